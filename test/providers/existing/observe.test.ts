import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { capabilities } from "../../../src/providers/capabilities.js";
import { type ObserveRequest, observeExisting } from "../../../src/providers/existing/observe.js";
import { ExistingClusterError } from "../../../src/providers/existing/refusal.js";
import { base64, type FakeApiServer, furnishedCluster, portOf, startFakeApiServer } from "./fake-api-server.js";

let api: FakeApiServer;
let directory: string;

beforeAll(async () => {
  api = await startFakeApiServer();
  directory = await mkdtemp(join(tmpdir(), "isokube-existing-"));
});
afterAll(async () => {
  await api.close();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(() => {
  api.answers = furnishedCluster();
});
afterEach(() => {
  delete process.env["KUBECONFIG"];
});

const withCertificate = () => ({
  "client-certificate-data": base64(api.client.cert),
  "client-key-data": base64(api.client.key),
});

function kubeconfig(user: object = withCertificate(), cluster: object = {}): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "shop",
    contexts: [
      { name: "shop", context: { cluster: "c", user: "u", namespace: "web" } },
      { name: "other", context: { cluster: "missing", user: "u" } },
    ],
    clusters: [{ name: "c", cluster: { server: api.url, "certificate-authority-data": base64(api.ca), ...cluster } }],
    users: [
      { name: "u", user },
      { name: "somebody-else", user: { token: "not-for-the-state" } },
    ],
  });
}

const request = (change: Partial<ObserveRequest> = {}): ObserveRequest => ({
  kubeconfig: kubeconfig(),
  context: undefined,
  kubernetesVersion: undefined,
  timeoutSeconds: 5,
  ...change,
});

async function refusalOf(change: Partial<ObserveRequest>): Promise<ExistingClusterError> {
  try {
    await observeExisting(request(change));
  } catch (error) {
    if (error instanceof ExistingClusterError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

async function execPlugin(script: string, more: object = {}): Promise<object> {
  const path = join(directory, `plugin-${Math.random().toString(36).slice(2)}`);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o700);
  return { exec: { apiVersion: "client.authentication.k8s.io/v1", command: path, interactiveMode: "Never", ...more } };
}

const credential = (status: object) => JSON.stringify({ kind: "ExecCredential", status });

describe("an existing cluster is reached", () => {
  test.each<[string, () => Promise<object> | object]>([
    ["with a client certificate", withCertificate],
    ["with a token", () => ({ token: api.token })],
    [
      "with a token file",
      async () => {
        await writeFile(join(directory, "token"), `${api.token}\n`);
        return { tokenFile: join(directory, "token") };
      },
    ],
    ["with a plugin that prints a token", () => execPlugin(`echo '${credential({ token: api.token })}'`)],
    [
      "with a plugin that prints a certificate",
      () =>
        execPlugin(
          `cat <<'EOF'\n${credential({ clientCertificateData: api.client.cert, clientKeyData: api.client.key })}\nEOF`,
        ),
    ],
    [
      "with a plugin that needs its arguments, its environment and the cluster's address",
      () =>
        execPlugin(
          `case "$KUBERNETES_EXEC_INFO" in *'"server":"${api.url}"'*) ;; *) exit 3;; esac
           [ "$1 $REGION" = "get-token north" ] && echo '${credential({ token: api.token })}'`,
          { args: ["get-token"], env: [{ name: "REGION", value: "north" }], provideClusterInfo: true },
        ),
    ],
  ])("%s", async (_, user) => {
    const observed = await observeExisting(request({ kubeconfig: kubeconfig(await user()) }));
    expect(observed).toMatchObject({
      context: "shop",
      endpoint: api.url,
      version: "1.35.3",
      identity: "3f1c",
      nodes: 4,
      simulatedNodes: false,
    });
  });

  test("through the files of KUBECONFIG, the first that names an entry winning", async () => {
    await writeFile(join(directory, "ca.pem"), api.ca);
    await writeFile(
      join(directory, "one"),
      stringify({ contexts: [{ name: "shop", context: { cluster: "c", user: "u" } }], clusters: [], users: [] }),
    );
    await writeFile(
      join(directory, "two"),
      kubeconfig(undefined, { "certificate-authority-data": undefined, "certificate-authority": "ca.pem" }),
    );
    process.env["KUBECONFIG"] = [join(directory, "missing"), join(directory, "one"), join(directory, "two")].join(":");
    const observed = await observeExisting(request({ kubeconfig: undefined, context: "shop" }));
    expect(observed.version).toBe("1.35.3");
    // The first file has the context, without a namespace; a path stays a path, and is found from anywhere.
    const rendered = parse(observed.kubeconfig);
    expect(rendered.contexts).toEqual([{ name: "shop", context: { cluster: "shop", user: "shop" } }]);
    expect(rendered.clusters[0].cluster["certificate-authority"]).toBe(join(directory, "ca.pem"));
  });

  test("under the server name of the kubeconfig", async () => {
    const config = kubeconfig(undefined, { "tls-server-name": "api.example.test" });
    expect((await observeExisting(request({ kubeconfig: config }))).version).toBe("1.35.3");
    const wrong = await refusalOf({ kubeconfig: kubeconfig(undefined, { "tls-server-name": "other.example.test" }) });
    expect(wrong.problems[0]?.code).toBe("existing/unreachable");
  });

  test("through the kubeconfig's proxy", async () => {
    const through: string[] = [];
    const proxy = createServer();
    proxy.on("connect", (incoming, socket) => {
      through.push(incoming.url ?? "");
      const upstream = connect(api.port, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        upstream.pipe(socket).pipe(upstream);
      });
      socket.on("error", () => upstream.destroy());
      upstream.on("error", () => socket.destroy()).on("close", () => socket.destroy());
    });
    await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
    try {
      const port = portOf(proxy);
      const config = kubeconfig(undefined, { "proxy-url": `http://127.0.0.1:${port}` });
      expect((await observeExisting(request({ kubeconfig: config }))).version).toBe("1.35.3");
      expect(new Set(through)).toEqual(new Set([`127.0.0.1:${api.port}`]));
    } finally {
      await new Promise((done) => proxy.close(done));
    }
  });
});

describe("of the user's kubeconfig", () => {
  test("only the chosen context travels on", async () => {
    const { kubeconfig: rendered } = await observeExisting(request());
    expect(rendered).not.toContain("not-for-the-state");
    expect(parse(rendered)).toMatchObject({
      "current-context": "shop",
      contexts: [{ name: "shop", context: { cluster: "shop", user: "shop", namespace: "web" } }],
      users: [{ name: "shop", user: withCertificate() }],
    });
  });
});

describe("an existing cluster is refused", () => {
  test.each<[string, string, RegExp, () => Promise<Partial<ObserveRequest>> | Partial<ObserveRequest>]>([
    ["without such a context", "existing/unknown-context", /use one of: shop, other/, () => ({ context: "prod" })],
    ["with a context without a cluster", "existing/no-server", /mend/, () => ({ context: "other" })],
    ["with text that is no kubeconfig", "existing/kubeconfig-format", /contents/, () => ({ kubeconfig: "token: [" })],
    [
      "with a kubeconfig that is not there",
      "existing/no-kubeconfig",
      /KUBECONFIG/,
      () => {
        process.env["KUBECONFIG"] = join(directory, "missing");
        return { kubeconfig: undefined };
      },
    ],
    [
      "with a certificate file that is not there",
      "existing/file-missing",
      /--flatten --raw/,
      () => ({ kubeconfig: kubeconfig({ "client-certificate": "/missing.pem", "client-key": "/missing.key" }) }),
    ],
    [
      "with a plugin that is not installed",
      "existing/exec-missing",
      /apt install shop-login now/,
      () => ({
        kubeconfig: kubeconfig({ exec: { command: "no-such-plugin", installHint: "apt install shop-login\nnow" } }),
      }),
    ],
    [
      "with a plugin that fails",
      "existing/exec-failed",
      /log in/,
      async () => ({ kubeconfig: kubeconfig(await execPlugin("echo top-secret >&2; exit 1")) }),
    ],
    [
      "with a plugin that prints something else",
      "existing/exec-output",
      /run .* yourself/,
      async () => ({ kubeconfig: kubeconfig(await execPlugin("echo top-secret")) }),
    ],
    [
      "with an auth-provider",
      "existing/auth-provider",
      /exec plugin/,
      () => ({ kubeconfig: kubeconfig({ "auth-provider": { name: "oidc" } }) }),
    ],
    ["without credentials", "existing/denied", /log in again/, () => ({ kubeconfig: kubeconfig({}) })],
    [
      "with an authority that did not sign it",
      "existing/unreachable",
      /kubectl --context shop/,
      () => ({ kubeconfig: kubeconfig(undefined, { "certificate-authority-data": base64(api.client.cert) }) }),
    ],
    [
      "with a proxy of another kind",
      "existing/proxy",
      /http:\/\/ proxy/,
      () => ({ kubeconfig: kubeconfig(undefined, { "proxy-url": "socks5://127.0.0.1:1" }) }),
    ],
    ["that runs another minor", "existing/other-version", /write "1.35"/, () => ({ kubernetesVersion: "1.36" })],
    [
      "that fails",
      "existing/failing",
      /health/,
      () => {
        api.answers["/version"] = 500;
        return {};
      },
    ],
    [
      "that does not answer in time",
      "existing/unreachable",
      /network/,
      () => {
        api.answers["/apis"] = "silence";
        return { timeoutSeconds: 1 };
      },
    ],
  ])("%s", async (_, code, fix, prepare) => {
    const refused = await refusalOf(await prepare());
    expect(refused.problems).toMatchObject([{ code, fix: expect.stringMatching(fix) }]);
    expect(refused.message).not.toContain("top-secret");
    expect(refused.message).not.toContain(api.token);
  });
});

describe("what an existing cluster gives", () => {
  const levels = async (): Promise<Record<string, string>> => {
    const { capabilities: table } = await observeExisting(request());
    return Object.fromEntries(capabilities.map((capability) => [capability, table[capability].level]));
  };

  test("is detected where all is there", async () => {
    expect(await levels()).toMatchObject({
      kubernetesVersion: "native",
      kubeconfig: "native",
      metricsApi: "native",
      storageClasses: "native",
      loadBalancer: "native",
      gateway: "native",
      networkPolicy: "native",
      podSecurityRestricted: "native",
      dns: "native",
      workloadIdentity: "native",
      nodeLabels: "native",
      highlyAvailableControlPlane: "native",
      nodeAutoscaling: "native",
      containerExecution: "native",
      trafficToPods: "native",
      arm64: "native",
      gpu: "native",
      sidecars: "native",
      auditLogs: "unknown",
      secretsEncryption: "unknown",
    });
  });

  const empty = { items: [] };
  test.each<[string, Record<string, object | number>, Record<string, string>]>([
    ["no metrics API", { "/apis": { groups: [] } }, { metricsApi: "unsupported", gateway: "unsupported" }],
    [
      "a metrics API whose server is down",
      { "/apis/metrics.k8s.io/v1beta1/nodes": 503 },
      { metricsApi: "unsupported" },
    ],
    ["no right to ask for metrics", { "/apis/metrics.k8s.io/v1beta1/nodes": 403 }, { metricsApi: "unknown" }],
    [
      "other storage classes",
      { "/apis/storage.k8s.io/v1/storageclasses": { items: [{ metadata: { name: "gp3" } }] } },
      { storageClasses: "unsupported" },
    ],
    ["no load balancer yet", { "/api/v1/services": empty }, { loadBalancer: "unknown" }],
    [
      "an unknown network plugin",
      { "/apis/apps/v1/namespaces/kube-system/daemonsets": empty },
      { networkPolicy: "unknown" },
    ],
    ["no DNS", { "/api/v1/namespaces/kube-system/services": empty }, { dns: "unsupported" }],
    [
      "an issuer inside the cluster",
      { "/.well-known/openid-configuration": { issuer: "https://kubernetes.default.svc.cluster.local" } },
      { workloadIdentity: "unsupported" },
    ],
    [
      "an old version",
      { "/version": { gitVersion: "v1.24.17" } },
      { podSecurityRestricted: "unsupported", sidecars: "unsupported" },
    ],
    [
      "one control-plane node",
      {
        "/api/v1/nodes": {
          items: [{ metadata: { name: "one", labels: { "node-role.kubernetes.io/control-plane": "" } } }],
        },
      },
      {
        highlyAvailableControlPlane: "unsupported",
        arm64: "unsupported",
        gpu: "unsupported",
        nodeLabels: "unsupported",
      },
    ],
    [
      "nodes that isokube simulates",
      { "/api/v1/nodes": { items: [{ metadata: { name: "n", labels: { "isokube.dev/simulated": "true" } } }] } },
      { metricsApi: "emulated", containerExecution: "emulated", trafficToPods: "unsupported" },
    ],
    [
      "nodes that kwok simulates",
      { "/api/v1/nodes": { items: [{ metadata: { name: "n", annotations: { "kwok.x-k8s.io/node": "fake" } } }] } },
      { metricsApi: "emulated", containerExecution: "emulated", trafficToPods: "unsupported" },
    ],
    [
      "no right to see nodes",
      { "/api/v1/nodes": 403 },
      { nodeLabels: "unknown", containerExecution: "unknown", gpu: "unknown" },
    ],
    ["Karpenter", { "/apis": { groups: [{ name: "karpenter.sh" }] } }, { nodeAutoscaling: "native" }],
    [
      "MetalLB",
      { "/apis": { groups: [{ name: "metallb.io" }] }, "/api/v1/services": empty },
      { loadBalancer: "native" },
    ],
  ])("is judged with %s", async (_, answers, expected) => {
    Object.assign(api.answers, answers);
    expect(await levels()).toMatchObject(expected);
  });

  test("is read and never written", async () => {
    api.asked.length = 0;
    await observeExisting(request());
    expect(api.asked.length).toBeLessThan(16);
    expect(new Set(api.asked).size).toBe(api.asked.length);
  });

  test("tells clusters apart by their address where their UID may not be read", async () => {
    api.answers["/api/v1/namespaces/kube-system"] = 403;
    expect((await observeExisting(request())).identity).toBe(api.url);
  });
});
