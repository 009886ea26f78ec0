import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Engine, type Run } from "../support/engine.js";
import { ensureBundle } from "../support/hosts/bundle.js";
import { startHosts, type TestHost, type TestHosts } from "../support/hosts/index.js";
import { KubectlAt } from "../support/hosts/kubectl.js";
import { shopProgram } from "../support/hosts/shop.js";
import { onpremConfig } from "../support/hosts/stack.js";
import { HostFiles } from "../support/hosts/strikes.js";
import { type SampledProcesses, sampleProcesses } from "../support/sampled-processes.js";

const program = shopProgram({
  cluster: "controlPlane: { auditLogs: true, secretsEncryption: true },",
  workload: "scaling: { fixed: 1 },",
});

/** Names of secrets, and what betrays each: a text that is in nothing else. */
const betraying = new Map<string, string>();

let hosts: TestHosts;
let engine: Engine;
let kubectl: KubectlAt;
let run: Run;
let sampled: SampledProcesses;
/** Outside of what is searched. */
let folder: string;

beforeAll(async () => {
  const bundle = await ensureBundle("1.35");
  hosts = await startHosts({ count: 2, names: ["cp1", "worker1"], sudo: "password" });
  const config = onpremConfig(hosts, bundle.folder, ["cp1"]);
  const onprem = {
    ...(config["isokube:onprem"] as object),
    sudo: { mode: "password", passwordVariable: "HOSTS_PASSWORD" },
    onDestroy: "leave",
  };
  engine = await Engine.create({
    program,
    config: { "test:image": bundle.agnhost, ...config, "isokube:onprem": onprem },
    env: { HOSTS_PASSWORD: hosts.get(0).password },
  });
  folder = mkdtempSync(join(tmpdir(), "isokube-secrets-"));
}, 3_000_000);
afterAll(async () => {
  await engine?.close();
  await hosts?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}, 120_000);

test("up makes the cluster while all processes are looked at", { timeout: 900_000 }, async () => {
  const sampler = sampleProcesses([hosts.mark, engine.directory]);
  const joining = watchForToken(hosts.get("worker1"));
  run = await engine.up({ timeoutSeconds: 800, preview: true });
  sampled = await sampler.stop();
  betraying.set("bootstrap token", await joining.stop());
  // Without this a search that finds nothing would say nothing.
  expect(sampled.samples).toBeGreaterThan(run.seconds * 5);
  const commands = sampled.commands.join("\n");
  expect(commands).toMatch(/kubeadm\0init/);
  expect(commands).toMatch(/kubeadm\0join/);
  expect(commands).toMatch(/kubeadm.token.create/);
});

test("there are keys, tokens and a password to look for", { timeout: 120_000 }, async () => {
  for (const host of hosts) {
    const list = "find /etc/kubernetes /var/lib/kubelet/pki -type f '(' -name '*.key' -o -name '*.pem' ')'";
    for (const path of (await host.exec(list)).trim().split("\n")) {
      const key = privateKeyIn(await host.exec(["cat", path]));
      if (key !== undefined) betraying.set(`${host.name} ${path}`, key);
    }
    for (const path of (await host.exec("ls /etc/kubernetes/*.conf")).trim().split("\n")) {
      const data = /client-key-data: (\S+)/.exec(await host.exec(["cat", path]))?.[1];
      if (data === undefined) continue;
      betraying.set(`${host.name} ${path}`, data.slice(80, 140));
      const key = privateKeyIn(Buffer.from(data, "base64").toString());
      if (key !== undefined) betraying.set(`${host.name} ${path}, decoded`, key);
    }
  }
  const encryption = await hosts.get("cp1").exec(["cat", "/etc/kubernetes/isokube/encryption.yaml"]);
  betraying.set("encryption key", /secret: (\S+)/.exec(encryption)?.[1] ?? "");
  betraying.set("sudo password", hosts.get(0).password);
  betraying.set("ssh key", privateKeyIn(readFileSync(hosts.privateKeyFile, "utf8")) ?? "");
  betraying.set("passphrase of the state", engine.passphrase);
  const file = join(folder, "kubeconfig");
  const kubeconfig = String((await engine.outputs())["kubeconfig"]);
  writeFileSync(file, kubeconfig, { mode: 0o600 });
  kubectl = await KubectlAt.of(file);
  const speakers = ["--namespace", "metallb-system", "get", "secret", "memberlist"];
  const { data } = await kubectl.json<{ data: Record<string, string> }>(speakers);
  betraying.set("speakers' secret", Object.values(data)[0]?.slice(0, 60) ?? "");
  const names = [...betraying.keys()].join("\n");
  for (const expected of ["pki/ca.key", "pki/sa.key", "etcd/ca.key", "front-proxy-ca.key", "admin.conf", "kubelet"]) {
    expect(names).toContain(expected);
  }
  for (const [name, text] of betraying) expect(text.length, name).toBeGreaterThanOrEqual(16);
});

test("no process was ever told one of them", () => {
  expect(namesIn(sampled.commands.join("\n"))).toEqual([]);
  // Nor any other token.
  expect(sampled.commands.filter((command) => token.test(command) || jwt.test(command))).toEqual([]);
});

test("state, event log, output and whatever else Pulumi wrote hold none of them", { timeout: 120_000 }, async () => {
  const { text } = await engine.stackExport();
  expect(text).toContain("ciphertext");
  expect(namesIn(text)).toEqual([]);
  expect(namesIn(`${withoutDebug(run.raw)}\n${run.output}`)).toEqual([]);
  const refreshed = await engine.refresh({ timeoutSeconds: 100 });
  expect(namesIn(`${withoutDebug(refreshed.raw)}\n${refreshed.output}`)).toEqual([]);
  const files = await filesBelow(engine.directory);
  expect(files.length).toBeGreaterThan(10);
  for (const file of files) {
    // The official Kubernetes provider hands its kubeconfig to Helm this way, for its user alone.
    if (/^kubeconfig\d+$/.test(basename(file))) expect((await stat(file)).mode & 0o077, file).toBe(0);
    else expect(namesIn(withoutDebug(await readFile(file, "latin1"))), file).toEqual([]);
  }
});

test("journal, logs and isokube's own files on the hosts hold none of them", { timeout: 120_000 }, async () => {
  for (const host of hosts) {
    expect(new HostFiles(host).has("/var/lib/isokube/journal.jsonl"), host.name).toBe(true);
    const places = "/var/log /var/lib/isokube /etc/isokube /run/isokube /run/log";
    const script = `journalctl --no-pager --all --output=export
      find ${places} -type f -size -200M ! -name '*.tar' ! -path '*/journal/*' -exec cat {} + 2> /dev/null`;
    const text = await host.exec(script, { timeoutSeconds: 100 });
    expect(text.length, host.name).toBeGreaterThan(10_000);
    expect(namesIn(text), host.name).toEqual([]);
    expect(text.match(jwt), host.name).toBeNull();
  }
});

test("nobody but root can read one of them on a host", { timeout: 240_000 }, async () => {
  const list = "/tmp/isokube-what-to-look-for";
  for (const host of hosts) {
    await host.exec(`cat > ${list} && chmod 644 ${list}`, { input: `${[...betraying.values()].join("\n")}\n` });
    const found = (who: string, where: string) =>
      host.exec(
        `setpriv --reuid=${who} --regid=${who} --clear-groups find ${where} -type f -size -100M -readable ! -path ${list} \
          -exec grep -lFaf ${list} {} + 2> /dev/null || true`,
        { timeoutSeconds: 110 },
      );
    const everywhere = "/ '(' -path /proc -o -path /sys -o -path /usr ')' -prune -o";
    expect(await found("65534", everywhere), host.name).toBe("");
    // The same search as root finds them where they are.
    expect(await found("0", "/var/lib/kubelet/pki /etc/kubernetes"), host.name).toContain("/var/lib/kubelet/pki/");
    await host.exec(["rm", list]);
  }
});

test("destroy with `leave` leaves the cluster as it is", { timeout: 300_000 }, async () => {
  const before = await whatIsThere();
  expect(before.nodes).toEqual(["cp1 True", "worker1 True"]);
  await engine.destroy({ timeoutSeconds: 250 });
  expect((await engine.checkpoint()).resources ?? []).toEqual([]);
  expect(await whatIsThere()).toEqual(before);
});

/** Of a cluster's hosts and of what runs there: all that a destroy could have changed. */
async function whatIsThere() {
  const { items: nodes } = await kubectl.json<{ items: Item[] }>(["get", "nodes"]);
  const { items } = await kubectl.json<{ items: Item[] }>(["get", "all", "--all-namespaces"]);
  const files = `find /etc /usr/local /opt /var/lib/isokube /var/lib/kubelet/config.yaml -type f -exec sha256sum {} + | sort -k 2
    systemctl is-active kubelet containerd; systemctl is-enabled kubelet containerd`;
  return {
    nodes: nodes
      .map(
        ({ metadata, status }) =>
          `${metadata.name} ${status?.conditions?.find(({ type }) => type === "Ready")?.status}`,
      )
      .sort(),
    objects: items.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name} ${metadata.uid}`).sort(),
    hosts: await Promise.all(hosts.all.map((host) => host.exec(files))),
  };
}

const token = /\b[a-z0-9]{6}\.[a-z0-9]{16}\b/;
const jwt = /eyJ[\w-]{20,}\.[\w-]{20,}\./;

/** What Pulumi's SDK tells under `--debug` alone, of which Pulumi says that it shows secrets. */
function withoutDebug(log: string): string {
  const lines = log.split("\n");
  return lines.filter((line) => !/^\{"sequence".*"severity":"debug"/.test(line)).join("\n");
}

function namesIn(text: string): string[] {
  return [...betraying].flatMap(([name, part]) => (text.includes(part) ? [name] : []));
}

/** One line out of the middle of a private key, as PEM writes it. */
function privateKeyIn(text: string): string | undefined {
  const body = /-----BEGIN [A-Z ]*PRIVATE KEY-----\n([\s\S]+?)-----END/.exec(text)?.[1];
  const lines = body?.trim().split("\n") ?? [];
  // The first says which kind of key it is, and is the same in many.
  return lines.length < 2 ? undefined : lines[Math.floor(lines.length / 2)];
}

/** The document of a join is on the host while kubeadm runs, for root alone: there the token can be learned. */
function watchForToken(host: TestHost): { stop(): Promise<string> } {
  const files = new HostFiles(host);
  let found: string | undefined;
  let stopped = false;
  const watching = (async () => {
    while (!stopped) {
      const place = files.list("/run").find((name) => name.startsWith("isokube-kubeadm."));
      if (place !== undefined) found = token.exec(files.read(`/run/${place}`))?.[0] ?? found;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    async stop() {
      stopped = true;
      await watching;
      if (found === undefined) throw new Error(`no token was seen on ${host.name} while it joined`);
      return found;
    },
  };
}

/** Regular files; what links lead to is elsewhere. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

interface Item {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}
