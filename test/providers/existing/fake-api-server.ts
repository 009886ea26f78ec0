import { randomUUID } from "node:crypto";
import { createServer } from "node:https";
import type { Server } from "node:net";
import { TLSSocket } from "node:tls";
import { issueAuthority, issueCertificate } from "../../../src/local/certificates.js";

/** What a path answers: JSON, or a status. */
export type Answer = object | number | "silence";

/** An HTTPS server that answers as an API server would, to a client certificate or a bearer token. */
export interface FakeApiServer {
  readonly url: string;
  readonly port: number;
  readonly ca: string;
  readonly client: { readonly cert: string; readonly key: string };
  readonly token: string;
  /** Every path that was asked for. */
  readonly asked: string[];
  answers: Record<string, Answer>;
  close(): Promise<void>;
}

export async function startFakeApiServer(): Promise<FakeApiServer> {
  const authority = issueAuthority("test authority");
  const server = issueCertificate(authority, {
    commonName: "api",
    usages: ["server"],
    names: ["127.0.0.1", "api.example.test"],
  });
  const client = issueCertificate(authority, { commonName: "admin", usages: ["client"], names: [] });
  const asked: string[] = [];
  const answers: Record<string, Answer> = {};
  const fake = { token: randomUUID(), asked, answers };
  const listener = createServer(
    {
      cert: server.certificate,
      key: server.key,
      ca: authority.certificate,
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => {
      const path = (request.url ?? "").replace(/\?.*/, "");
      fake.asked.push(path);
      const { socket } = request;
      const known =
        (socket instanceof TLSSocket && socket.authorized) || request.headers.authorization === `Bearer ${fake.token}`;
      const answer = known ? (fake.answers[path] ?? 404) : 401;
      if (answer === "silence") return;
      response.statusCode = typeof answer === "number" ? answer : 200;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(typeof answer === "number" ? { kind: "Status", code: answer } : answer));
    },
  );
  await new Promise<void>((done) => listener.listen(0, "127.0.0.1", done));
  const port = portOf(listener);
  return Object.assign(fake, {
    url: `https://127.0.0.1:${port}`,
    port,
    ca: authority.certificate,
    client: { cert: client.certificate, key: client.key },
    close: () =>
      new Promise<void>((done) => {
        listener.close(() => done());
        listener.closeAllConnections();
      }),
  });
}

export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  return address.port;
}

export const base64 = (text: string): string => Buffer.from(text).toString("base64");

const named = (name: string, more: object = {}) => ({ metadata: { name, ...more } });

/** The answers of a well-furnished cluster with real nodes. */
export function furnishedCluster(): Record<string, Answer> {
  const groups = ["apps", "metrics.k8s.io", "gateway.networking.k8s.io", "storage.k8s.io"];
  return {
    "/version": { gitVersion: "v1.35.3" },
    "/apis": { groups: groups.map((name) => ({ name })) },
    "/apis/metrics.k8s.io/v1beta1/nodes": { items: [] },
    "/api/v1/nodes": {
      items: [
        ...["cp-1", "cp-2", "cp-3"].map((name) =>
          named(name, { labels: { "node-role.kubernetes.io/control-plane": "", "kubernetes.io/arch": "amd64" } }),
        ),
        {
          ...named("worker-1", { labels: { "kubernetes.io/arch": "arm64", "isokube.dev/pool": "general" } }),
          status: {
            allocatable: { cpu: "4", memory: "16Gi", pods: "110", "nvidia.com/gpu": "1", "hugepages-2Mi": "0" },
          },
        },
      ],
    },
    "/apis/storage.k8s.io/v1/storageclasses": {
      items: [
        named("standard", { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } }),
        named("fast"),
      ],
    },
    "/apis/gateway.networking.k8s.io/v1/gatewayclasses": { items: [named("isokube")] },
    "/apis/apps/v1/namespaces/kube-system/daemonsets": { items: [named("cilium")] },
    "/apis/apps/v1/namespaces/kube-system/deployments": { items: [named("cluster-autoscaler")] },
    "/api/v1/services": {
      items: [{ ...named("web"), status: { loadBalancer: { ingress: [{ ip: "203.0.113.7" }] } } }],
    },
    "/api/v1/namespaces/kube-system/services": { items: [named("kube-dns", { labels: { "k8s-app": "kube-dns" } })] },
    "/.well-known/openid-configuration": { issuer: "https://oidc.example.com/id/1" },
    "/api/v1/namespaces/kube-system": named("kube-system", { uid: "3f1c" }),
  };
}
