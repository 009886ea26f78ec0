import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Engine } from "../support/engine.js";
import { ensureBundle } from "../support/hosts/bundle.js";
import { type HostSnapshot, startHosts, type TestHosts } from "../support/hosts/index.js";
import type { KubectlAt } from "../support/hosts/kubectl.js";
import {
  askNamed,
  askWeb,
  changesOf,
  expectAsBefore,
  kubectlOf,
  nodesOf,
  shopProgram,
  snapshotsOf,
  webAddress,
} from "../support/hosts/shop.js";
import { onpremConfig } from "../support/hosts/stack.js";
import { eventually } from "../support/processes.js";

const more = `
const inside = { provider: shop.provider };
const claims = { standard: undefined, fast: "fast" };
for (const [name, storageClassName] of Object.entries(claims)) {
  new k8s.core.v1.PersistentVolumeClaim(name, {
    metadata: { name, namespace: namespaceName },
    spec: { storageClassName, accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "16Mi" } } },
  }, inside);
}
const labels = { app: "notes" };
new k8s.apps.v1.Deployment("notes", {
  metadata: { name: "notes", namespace: namespaceName },
  spec: {
    strategy: { type: "Recreate" },
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        terminationGracePeriodSeconds: 1,
        securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
        containers: [{
          name: "notes", image, args: ["netexec", "--http-port=8080"],
          readinessProbe: { httpGet: { path: "/healthz", port: 8080 } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          volumeMounts: Object.keys(claims).map((name) => ({ name, mountPath: "/" + name })),
        }],
        volumes: Object.keys(claims).map((name) => ({ name, persistentVolumeClaim: { claimName: name } })),
      },
    },
  },
}, inside);
new k8s.core.v1.Service("notes", {
  metadata: { name: "notes", namespace: namespaceName },
  spec: { selector: labels, ports: [{ port: 8080 }] },
}, inside);
new k8s.networking.v1.NetworkPolicy("notes", {
  metadata: { name: "notes", namespace: namespaceName },
  spec: {
    podSelector: { matchLabels: labels },
    policyTypes: ["Ingress"],
    ingress: [{ from: [{ namespaceSelector: {}, podSelector: { matchLabels: { reads: "notes" } } }] }],
  },
}, inside);
new k8s.apiextensions.CustomResource("shop-gateway", {
  apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway",
  metadata: { name: "shop", namespace: namespaceName },
  spec: {
    gatewayClassName: "isokube",
    listeners: [
      { name: "http", port: 80, protocol: "HTTP" },
      { name: "https", port: 443, protocol: "HTTPS", tls: { certificateRefs: [{ name: "web-tls" }] } },
    ],
  },
}, inside);
new k8s.apiextensions.CustomResource("strange-gateway", {
  apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway",
  metadata: { name: "strange", namespace: namespaceName },
  spec: { gatewayClassName: "isokube", listeners: [{ name: "http", port: 8088, protocol: "HTTP" }] },
}, inside);
const test = new pulumi.Config("test");
new k8s.core.v1.Secret("web-tls", {
  metadata: { name: "web-tls", namespace: namespaceName },
  type: "kubernetes.io/tls",
  stringData: { "tls.crt": test.require("certificate"), "tls.key": test.requireSecret("key") },
}, inside);
new k8s.apiextensions.CustomResource("web-route", {
  apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute",
  metadata: { name: "web", namespace: namespaceName },
  spec: {
    parentRefs: [{ name: "shop" }], hostnames: ["web.example"],
    rules: [{ backendRefs: [{ name: "web", port: 8080 }] }],
  },
}, inside);
`;
const program = shopProgram({
  container: 'mounts: [{ volume: "shared", path: "/shared" }], resources: { cpu: "100m", memory: "64Mi" },',
  workload: `
    containers: {
      web,
      side: {
        image, args: ["netexec", "--http-port=8081", "--udp-port=8091"], ports: { side: 8081 },
        resources: { cpu: "20m", memory: "32Mi" }, readiness: { http: "/healthz" },
        mounts: [{ volume: "shared", path: "/shared" }],
      },
    },
    volumes: { shared: { emptyDir: { sizeLimit: "16Mi" } } },
    scaling: { auto: { min: 2, max: 4, cpu: 50, scaleDownWindowSeconds: 15 } },
    service: { type: "LoadBalancer" },`,
  more,
});

/** Usage is measured every 15 s and looked at every 15 s, and a window of 15 s passes before pods go. */
const patient = { timeoutSeconds: 150, everyMs: 1000 };

let hosts: TestHosts;
let engine: Engine;
let before: ReadonlyMap<string, HostSnapshot>;
let kubectl: KubectlAt;
let image: string;
/** For the name `web.example`, its own authority. */
let tls: { readonly certificate: string; readonly key: string };

beforeAll(async () => {
  const bundle = await ensureBundle("1.35");
  image = bundle.agnhost;
  const made = execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"],
      ...["-subj", "/CN=web.example", "-addext", "subjectAltName=DNS:web.example", "-keyout", "-", "-out", "-"],
    ],
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
  );
  const begin = made.indexOf("-----BEGIN CERTIFICATE-----");
  tls = { key: made.slice(0, begin), certificate: made.slice(begin) };
  hosts = await startHosts({ count: 3, names: ["cp1", "worker1", "worker2"] });
  before = await snapshotsOf(hosts);
  engine = await Engine.create({
    program,
    config: {
      "test:image": image,
      "test:certificate": tls.certificate,
      "test:key": tls.key,
      ...onpremConfig(hosts, bundle.folder, ["cp1"]),
    },
  });
}, 3_000_000);
afterAll(async () => {
  await engine?.close();
  await hosts?.close();
}, 120_000);

test("up makes bare hosts into a cluster with a workload that runs", { timeout: 900_000 }, async () => {
  const up = await engine.up({ timeoutSeconds: 800 });
  expect(up.exitCode).toBe(0);
  kubectl = await kubectlOf(engine);
  const names = ["cp1", "worker1", "worker2"];
  expect(await nodesOf(kubectl)).toEqual(
    names.map((name) => ({ name, ready: true, schedulable: true, version: "v1.35.3" })),
  );
});

test("again there is nothing to do", { timeout: 200_000 }, async () => {
  const run = await engine.up({ timeoutSeconds: 180 });
  expect(changesOf(run)).toEqual([]);
});

test("the workload answers by the Service's name from another node, and by its address from outside", {
  timeout: 180_000,
}, async () => {
  expect(await webAddress(kubectl)).toMatch(/^10\.89\./);
  const hostname = await eventually(
    "the load balancer's address answers",
    () => askWeb(kubectl, "/hostname").catch(() => undefined),
    { timeoutSeconds: 60, everyMs: 500 },
  );
  expect(hostname).toMatch(/^web-/);
  for (const node of ["worker1", "worker2", "cp1"]) {
    const answer = await kubectl.runOn(node, image, ["connect", "--timeout=5s", "web.shop.svc.cluster.local:8080"]);
    expect(answer, node).toEqual({ node, phase: "Succeeded", log: "" });
  }
});

test("a Gateway of the class isokube gets an address and sends a route's name to the workload, other names nowhere", {
  timeout: 180_000,
}, async () => {
  const address = await eventually("the Gateway is programmed and has an address", async () => {
    const { status } = await kubectl.json<Gateway>(["--namespace", "shop", "get", "gateway", "shop"]);
    const programmed = status?.conditions?.some((it) => it.type === "Programmed" && it.status === "True") === true;
    return programmed ? status.addresses?.[0]?.value : undefined;
  });
  expect(address).toMatch(/^10\.89\./);
  const answer = await eventually(
    "the route's name is answered by the workload",
    async () => {
      const found = await askNamed(address, "web.example", "/hostname").catch(() => undefined);
      return found?.status === 200 ? found : undefined;
    },
    { timeoutSeconds: 60, everyMs: 500 },
  );
  expect(answer.text).toMatch(/^web-/);
  expect((await askNamed(address, "mail.example", "/hostname")).status).toBe(404);
  expect(await askNamed(address, "web.example", "/hostname", tls.certificate)).toMatchObject({
    status: 200,
    text: expect.stringMatching(/^web-/),
  });
  // A port that is not served is told where its user looks.
  const { status } = await kubectl.json<Gateway>(["--namespace", "shop", "get", "gateway", "strange"]);
  expect(status?.listeners?.[0]?.conditions).toContainEqual(
    expect.objectContaining({ type: "Accepted", status: "False", reason: "PortUnavailable" }),
  );
});

test("a NetworkPolicy lets in whom it names and refuses everybody else, on both nodes", {
  timeout: 180_000,
}, async () => {
  const clients = ["worker1", "worker2"].flatMap((node) => ["notes", "mail"].map((reads) => ({ node, reads })));
  const names = await Promise.all(clients.map(({ node, reads }) => kubectl.startOn(node, image, { reads })));
  const connect = (name: string) => kubectl.try(name, ["/agnhost", "connect", "--timeout=5s", server]);
  const server = "notes.shop.svc.cluster.local:8080";
  const answers = () => Promise.all(names.map(connect));
  // Who may is known on a node a moment after the pod is there; who may not is refused from the first moment on.
  const seen = await eventually(
    "those that the policy names are let in",
    async () => {
      const all = await answers();
      return clients.every(({ reads }, index) => reads !== "notes" || all[index] === "ok") ? all : undefined;
    },
    { timeoutSeconds: 60, everyMs: 500 },
  );
  expect(seen).toEqual(
    clients.map(({ reads }) => (reads === "notes" ? "ok" : expect.stringMatching(/^REFUSED\n.*exit code/s))),
  );
});

test("what is in a volume of either class survives the pod", { timeout: 180_000 }, async () => {
  const notes = async () => {
    const { items } = await kubectl.json<{ items: Pod[] }>(["--namespace", "shop", "get", "pods", "-l", "app=notes"]);
    return items.find(
      ({ metadata, status }) =>
        metadata.deletionTimestamp === undefined && status.containerStatuses?.every(({ ready }) => ready) === true,
    )?.metadata.name;
  };
  const first = await eventually("the pod with the volumes is ready", notes);
  const mounttest = (pod: string, ...args: string[]) =>
    kubectl.text(["--namespace", "shop", "exec", pod, "--", "/agnhost", "mounttest", ...args]);
  const note = `note-${Date.now()}`;
  for (const volume of ["standard", "fast"]) await mounttest(first, `--new_file_0644=/${volume}/${note}`);
  await kubectl.text(["--namespace", "shop", "delete", "pod", first]);
  const second = await eventually("another pod with the volumes is ready", notes);
  expect(second).not.toBe(first);
  for (const volume of ["standard", "fast"]) {
    const read = await mounttest(second, `--file_content=/${volume}/${note}`);
    expect(read).toContain("mount-tester new file");
  }
});

test("its autoscaler follows the load that metrics-server measures", { timeout: 400_000 }, async () => {
  const replicas = async () => {
    const { status } = await kubectl.json<Deployment>(["--namespace", "shop", "get", "deployment", "web"]);
    return status.readyReplicas ?? 0;
  };
  expect(await replicas()).toBe(2);
  const address = await webAddress(kubectl);
  // The server computes for as long as it is asked to; one request at a time keeps one core of the machine busy.
  const stop = new AbortController();
  const load = (async () => {
    while (!stop.signal.aborted) {
      await fetch(`http://${address}:8080/shell?cmd=true`, { signal: AbortSignal.timeout(5000) }).catch(
        () => undefined,
      );
    }
  })();
  try {
    await eventually(
      "there are more than two replicas",
      async () => ((await replicas()) > 2 ? true : undefined),
      patient,
    );
  } finally {
    stop.abort();
    await load;
  }
  await eventually("there are two replicas again", async () => ((await replicas()) === 2 ? true : undefined), patient);
});

test("an audit log that is asked for later is written, and then there is nothing to do", {
  timeout: 400_000,
}, async () => {
  const lines = async () =>
    Number((await hosts.get("cp1").exec("wc -l < /var/log/kubernetes/audit.log || echo 0")).trim());
  expect(await lines()).toBe(0);
  await engine.setConfig({ "isokube:controlPlane": { auditLogs: true } });
  const up = await engine.up({ timeoutSeconds: 380 });
  expect(changesOf(up)).toEqual(["update isokube:onprem:ControlPlane shop"]);
  expect(await lines()).toBeGreaterThan(0);
  // What joins and upgrades go by.
  const stored = await kubectl.text(["--namespace", "kube-system", "get", "configmap", "kubeadm-config", "-o", "yaml"]);
  expect(stored).toContain("audit-log-path");
  expect(changesOf(await engine.up({ timeoutSeconds: 180 }))).toEqual([]);
});

test("what is stored in plain cannot become secret later: the preview says so", { timeout: 200_000 }, async () => {
  await engine.setConfig({ "isokube:controlPlane": { auditLogs: true, secretsEncryption: true } });
  const { exitCode, output } = await engine.preview({ mayFail: true, timeoutSeconds: 180 });
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/controlPlane\.secretsEncryption[\s\S]*cannot change without making the cluster anew/);
  await engine.setConfig({ "isokube:controlPlane": { auditLogs: true } });
});

test("destroy leaves the hosts as they were, also where volumes are removed late", { timeout: 500_000 }, async () => {
  // As after the API server was away: the provisioner sees a minute later that claims are gone.
  const found = await Promise.all(
    hosts.all.map(async (host) => {
      const { code } = await host.tryExec(`pid=$(pgrep -x local-path-prov) && kill -STOP $pid &&
        systemd-run --quiet --collect sh -c "sleep 90; kill -CONT $pid"`);
      return code === 0 ? [host.name] : [];
    }),
  );
  expect(found.flat()).toHaveLength(1);
  await engine.destroy({ timeoutSeconds: 480 });
  await expectAsBefore(hosts.all, before);
});

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly status: { readonly containerStatuses?: readonly { readonly ready: boolean }[] };
}
interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}
interface Gateway {
  readonly status?: {
    readonly addresses?: readonly { readonly value: string }[];
    readonly conditions?: readonly Condition[];
    readonly listeners?: readonly { readonly conditions: readonly Condition[] }[];
  };
}
interface Deployment {
  readonly status: { readonly readyReplicas?: number };
}
