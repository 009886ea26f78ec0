import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { distroOf } from "../../src/onprem/distro/distro-of.js";
import { listEtcdMembers, removeEtcdMember } from "../../src/onprem/facts/etcd.js";
import { observeHost, observeRemote } from "../../src/onprem/facts/observe-host.js";
import { watchAll } from "../../src/onprem/facts/watched.js";
import type { HostSight } from "../../src/onprem/facts.js";
import { type Remote, RemoteFailure } from "../../src/onprem/remote.js";
import type { NodeSpec } from "../../src/onprem/spec.js";
import { SshConnector } from "../../src/onprem/transport/connector.js";
import { startHosts, type TestHost, type TestHosts } from "../support/hosts/index.js";
import { partPaths } from "../support/parts.js";

let hosts: TestHosts;
let connector: SshConnector;
let folder: string;
beforeAll(async () => {
  hosts = await startHosts({ count: 2 });
  connector = new SshConnector();
  folder = mkdtempSync(join(tmpdir(), "isokube-facts-"));
});
afterAll(async () => {
  await connector?.close();
  await hosts?.close();
  rmSync(folder, { recursive: true, force: true });
});

function nodeOf(host: TestHost): NodeSpec {
  const ssh = {
    user: host.user,
    port: 22,
    hostKey: host.hostKey,
    knownHostsFile: join(host.folder, "known_hosts"),
    privateKeyFile: host.privateKeyFile,
    agentSocket: undefined,
    bastion: undefined,
  };
  const spec = { address: host.address, ssh, sudo: { kind: "passwordless" } } as const;
  return {
    name: host.name,
    role: "controlPlane",
    host: spec,
    pool: "general",
    labels: {},
    taints: [],
    needs: undefined,
  };
}

const onHost = <T>(host: TestHost, work: (remote: Remote) => Promise<T>): Promise<T> =>
  connector.use({ name: host.name, host: nodeOf(host).host }, work);

const watched = watchAll({
  files: ["/etc/hostname", "/etc/isokube/absent", "/usr/bin/containerd"],
  services: ["ssh", "haproxy"],
  sysctls: ["net.ipv4.ip_forward", "vm.overcommit_memory"],
  packages: ["containerd", "curl", "no-such-package"],
});

async function factsOf(host: TestHost): Promise<Extract<HostSight, { reachable: true }>["facts"]> {
  const sight = await observeHost(connector, nodeOf(host), watched);
  if (!sight.reachable) throw new Error(sight.why);
  return sight.facts;
}

describe("a look at a host", () => {
  it("sees what is there, in a moment", async () => {
    const host = hosts.get(0);
    const begun = performance.now();
    const facts = await factsOf(host);
    const seconds = (performance.now() - begun) / 1000;
    expect(facts).toMatchObject({
      os: { id: "debian", versionId: "12" },
      arch: expect.stringMatching(/^(amd64|arm64)$/),
      hostname: host.name,
      machineId: (await host.exec(["cat", "/etc/machine-id"])).trim(),
      systemd: "running",
      defaultInterface: "eth0",
      services: {
        containerd: { active: "active", enabled: "enabled" },
        ssh: { active: "active", enabled: "enabled" },
        haproxy: { active: "inactive", enabled: "disabled" },
      },
      files: { "/usr/bin/containerd": { mode: 0o755 } },
      marker: undefined,
      caHash: undefined,
      hasEtcdData: false,
    });
    expect(facts.services).not.toHaveProperty("kubelet");
    expect(facts.files).not.toHaveProperty(["/etc/isokube/absent"]);
    expect(facts.packages).toEqual({ containerd: expect.stringContaining("1.6.20"), curl: expect.any(String) });
    expect(facts.addresses).toContainEqual({ interface: "eth0", address: host.address, prefix: 24 });
    expect(facts.listening).toContainEqual({ address: "0.0.0.0", port: 22, program: "sshd" });
    // The hosts have the machine's clock, so what is left is the error of the measurement.
    expect(Math.abs(facts.clockOffsetSeconds)).toBeLessThan(1);
    expect(distroOf(facts)?.name).toBe("Debian and Ubuntu");
    expect(seconds).toBeLessThan(5);
  });

  it("brings no key along, whatever lies beside the certificates", async () => {
    const host = hosts.get(1);
    const { crt, key } = certify("kubelet", "/CN=system:node:host2");
    await host.exec("mkdir -p /var/lib/kubelet/pki /etc/kubernetes/pki");
    await host.exec("cat > /var/lib/kubelet/pki/kubelet-client-current.pem", { input: `${read(crt)}${read(key)}` });
    await host.exec("cat > /etc/kubernetes/pki/ca.crt", { input: read(authority().crt) });
    const seen: string[] = [];
    const { facts } = await onHost(host, async (remote) => {
      const listening = Object.assign(Object.create(remote), {
        run: async (script: Parameters<Remote["run"]>[0]) => {
          const result = await remote.run(script);
          seen.push(result.stdout);
          return result;
        },
      });
      const sight = await observeRemote(listening, watched);
      if (!sight.reachable) throw new Error(sight.why);
      return sight;
    });
    expect(Object.keys(facts.certificates)).toEqual([
      "/etc/kubernetes/pki/ca.crt",
      "/var/lib/kubelet/pki/kubelet-client-current.pem",
    ]);
    expect(facts.caHash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(seen.join()).toContain("BEGIN CERTIFICATE");
    expect(seen.join()).not.toMatch(/PRIVATE KEY/);
  });

  it("installs what is there already without the internet, and leaves no policy behind", {
    timeout: 200_000,
  }, async () => {
    const host = hosts.get(0);
    const distro = distroOf(await factsOf(host));
    if (distro === undefined) throw new Error("the host is of no family");
    await onHost(host, (remote) => remote.run(distro.installPackages(["curl", "ethtool"])));
    expect((await host.tryExec("ls /usr/sbin/policy-rc.d")).code).not.toBe(0);
    const failure = await onHost(host, (remote) => remote.run(distro.installPackages(["no-such-package"]))).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(RemoteFailure);
    expect(failure).toMatchObject({ message: expect.stringContaining("no-such-package") });
  });
});

const read = (file: string): string => readFileSync(file, "utf8");
const openssl = (...argv: string[]): void => {
  execFileSync("openssl", argv, { stdio: "pipe" });
};
const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** An authority of this test's, made once. */
function authority(): { crt: string; key: string } {
  const [crt, key] = [join(folder, "ca.crt"), join(folder, "ca.key")];
  try {
    read(crt);
  } catch {
    openssl("req", "-x509", ...curve, "-keyout", key, "-out", crt, "-days", "10", "-subj", "/CN=etcd-ca");
  }
  return { crt, key };
}

function certify(name: string, subject: string, names = ""): { crt: string; key: string } {
  const ca = authority();
  mkdirSync(folder, { recursive: true });
  const [crt, key, csr, extensions] = ["crt", "key", "csr", "ext"].map((end) => join(folder, `${name}.${end}`)) as [
    string,
    string,
    string,
    string,
  ];
  openssl("req", ...curve, "-keyout", key, "-out", csr, "-subj", subject);
  writeFileSync(extensions, names === "" ? "" : `subjectAltName=${names}\n`);
  const signing = ["-CA", ca.crt, "-CAkey", ca.key, "-CAcreateserial", "-extfile", extensions];
  openssl("x509", "-req", "-in", csr, "-out", crt, "-days", "10", ...signing);
  return { crt, key };
}

describe("etcd on two control planes", () => {
  const start = async (host: TestHost, state: "new" | "existing", members: string): Promise<void> => {
    const tls = ["cert-file", "key-file", "trusted-ca-file"]
      .flatMap((flag, index) => {
        const file = ["server.crt", "server.key", "ca.crt"][index];
        return [`--${flag}=/etc/kubernetes/pki/etcd/${file}`, `--peer-${flag}=/etc/kubernetes/pki/etcd/${file}`];
      })
      .join(" ");
    const urls = `--listen-client-urls=https://127.0.0.1:2379,https://${host.address}:2379 --advertise-client-urls=https://${host.address}:2379 --listen-peer-urls=https://${host.address}:2380 --initial-advertise-peer-urls=https://${host.address}:2380`;
    await host.exec(
      `systemd-run --quiet --unit=etcd-of-test /usr/local/bin/etcd --name=${host.name} --data-dir=/var/lib/etcd ${urls} --initial-cluster=${members} --initial-cluster-state=${state} ${tls} --client-cert-auth --peer-client-cert-auth`,
    );
  };

  const prepare = async (host: TestHost): Promise<void> => {
    const server = certify(`server-${host.name}`, "/CN=etcd", `IP:${host.address},IP:127.0.0.1`);
    const client = certify("client", "/CN=kube-apiserver-etcd-client");
    await host.exec("mkdir -p /etc/kubernetes/pki/etcd /var/lib/etcd");
    const files = {
      "etcd/server.crt": server.crt,
      "etcd/server.key": server.key,
      "etcd/ca.crt": authority().crt,
      "apiserver-etcd-client.crt": client.crt,
      "apiserver-etcd-client.key": client.key,
    };
    for (const [name, file] of Object.entries(files)) await host.copyIn(file, `/etc/kubernetes/pki/${name}`);
    const [etcd] = await partPaths(["etcd-server"]);
    await host.copyIn(etcd, "/usr/local/bin/etcd");
  };

  /** Waits until the members are as they shall be, for a bounded time. */
  const settle = async (host: TestHost, wanted: Readonly<Record<string, boolean>>): Promise<void> => {
    let seen: unknown;
    for (let tries = 0; tries < 60; tries += 1) {
      const members = await onHost(host, (remote) => listEtcdMembers(remote)).catch((error: unknown) => error);
      seen = Array.isArray(members) ? Object.fromEntries(members.map((it) => [it.name, it.healthy])) : String(members);
      if (isDeepStrictEqual(seen, wanted)) return; // etcd tells its members in no order
      await sleep(500);
    }
    throw new Error(`after 60 looks the members are ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`);
  };

  it("tells its members and their health, and lets one be taken out", { timeout: 200_000 }, async () => {
    const [first, second] = [hosts.get(0), hosts.get(1)];
    const none = await onHost(first, (remote) => listEtcdMembers(remote)).catch((error: unknown) => error);
    expect(none).toMatchObject({ kind: "exit", message: expect.stringContaining("is this a control plane?") });
    await prepare(first);
    await prepare(second);
    const one = `${first.name}=https://${first.address}:2380`;
    await start(first, "new", one);
    await settle(first, { [first.name]: true });

    const pki = "/etc/kubernetes/pki";
    const added = JSON.stringify({ peerURLs: [`https://${second.address}:2380`] });
    await first.exec(
      `curl -sSf --cacert ${pki}/etcd/ca.crt --cert ${pki}/apiserver-etcd-client.crt --key ${pki}/apiserver-etcd-client.key -d '${added}' https://127.0.0.1:2379/v3/cluster/member/add`,
    );
    await start(second, "existing", `${one},${second.name}=https://${second.address}:2380`);
    await settle(first, { [first.name]: true, [second.name]: true });
    expect((await factsOf(first)).hasEtcdData).toBe(true);

    // Without its peer the first has no quorum: it can still be asked, and changes nothing.
    await second.exec("systemctl kill --signal=STOP etcd-of-test");
    await settle(first, { [first.name]: false, [second.name]: false });
    const members = await onHost(first, (remote) => listEtcdMembers(remote));
    const id = members.find((member) => member.name === second.name)?.id ?? "";
    await expect(onHost(first, (remote) => removeEtcdMember(remote, id))).rejects.toMatchObject({
      kind: "exit",
      message: expect.stringContaining("without a quorum"),
    });

    await second.exec("systemctl kill --signal=CONT etcd-of-test");
    await settle(first, { [first.name]: true, [second.name]: true });
    await onHost(first, (remote) => removeEtcdMember(remote, id));
    await settle(first, { [first.name]: true });
    await onHost(first, (remote) => removeEtcdMember(remote, id));
  });
});
