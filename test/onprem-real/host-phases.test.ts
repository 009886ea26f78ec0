import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Artifacts } from "../../src/onprem/artifacts/artifacts.js";
import { distroOf } from "../../src/onprem/distro/distro-of.js";
import { lookAt } from "../../src/onprem/engine/look-at.js";
import { observeHost } from "../../src/onprem/facts/observe-host.js";
import { watchAll } from "../../src/onprem/facts/watched.js";
import type { HostFacts } from "../../src/onprem/facts.js";
import { hostPaths } from "../../src/onprem/host/host-paths.js";
import { readMarker } from "../../src/onprem/host/marker.js";
import { encryptionKey } from "../../src/onprem/phases/encryption-key.js";
import { hostPhases } from "../../src/onprem/phases/host-phases.js";
import { loadBalancer } from "../../src/onprem/phases/load-balancer.js";
import type { HostView, PhaseTools } from "../../src/onprem/phases/phase.js";
import { restoreHost } from "../../src/onprem/phases/restore.js";
import type { NodeSpec, OnpremClusterSpec } from "../../src/onprem/spec.js";
import { SshConnector } from "../../src/onprem/transport/connector.js";
import { clusterSpec, hostSettings, nodeSpec } from "../onprem-unit/fixtures.js";
import { compareSnapshots, startHosts, type TestHost, type TestHosts } from "../support/hosts/index.js";
import { eventually } from "../support/processes.js";
import { pause, smallRelease } from "./small-release.js";

describe("two hosts that become control planes behind one address", () => {
  let hosts: TestHosts;
  let folder: string;
  let connector: SshConnector;
  let artifacts: Artifacts;
  let cluster: OnpremClusterSpec;
  let vip: string;
  let nodes: NodeSpec[];

  beforeAll(async () => {
    hosts = await startHosts({ count: 2 });
    folder = await mkdtemp(join(tmpdir(), "isokube-phases-"));
    connector = new SshConnector({ maxConnections: 4 });
    vip = hosts.network.replace("0/24", "5");
    cluster = clusterSpec({
      endpoint: { kind: "vip", address: vip, routerId: 77 },
      // What these hosts need because they share a kernel with cgroup v1.
      hostSettings: {
        ...hostSettings,
        cgroupDriver: "cgroupfs",
        failCgroupV1: false,
        failSwapOn: false,
        restrictOomScoreAdj: true,
      },
    });
    nodes = hosts.all.map((host, index) => {
      const node = nodeSpec(`cp${index + 1}`);
      const { privateKeyFile, address, hostKey } = host;
      const ssh = { ...node.host.ssh, user: host.user, privateKeyFile, hostKey };
      return { ...node, host: { ...node.host, address, ssh } };
    });
    artifacts = await smallRelease(folder);
  }, 300_000);
  afterAll(async () => {
    await connector?.close();
    await hosts?.close();
    if (folder !== undefined) await rm(folder, { recursive: true });
  }, 120_000);

  const at = (index: number): { node: NodeSpec; host: TestHost } => {
    const node = nodes[index];
    if (node === undefined) throw new Error(`there is no node ${index}`);
    return { node, host: hosts.get(index) };
  };

  async function look(node: NodeSpec): Promise<HostView> {
    const facts = await observe(node);
    const distro = distroOf(facts);
    if (distro === undefined) throw new Error("the test host's distribution is not known");
    return { cluster, node, controlPlanes: nodes, facts, artifacts, distro };
  }

  async function observe(node: NodeSpec): Promise<HostFacts> {
    const distro = distroOf({ os: { id: "debian", idLike: [], versionId: "12", name: "Debian" } });
    if (distro === undefined) throw new Error("Debian is not known");
    const wanted = lookAt({ cluster, node, artifacts, distro });
    const sight = await observeHost(connector, node, watchAll(wanted));
    if (!sight.reachable) throw new Error(sight.why);
    return sight.facts;
  }

  const on = <T>(node: NodeSpec, work: (tools: PhaseTools) => Promise<T>): Promise<T> =>
    connector.use({ name: node.name, host: node.host }, (remote) =>
      work({ remote, signal: AbortSignal.timeout(300_000), report: () => {} }),
    );

  const reasons = (view: HostView) =>
    Object.fromEntries(
      hostPhases.flatMap((phase) => {
        const why = phase.needed(view);
        return why === undefined ? [] : [[phase.name, why]];
      }),
    );

  /** Every phase that is needed, in order; the names of those. */
  async function prepare(node: NodeSpec): Promise<string[]> {
    const view = await look(node);
    const needed = hostPhases.filter((phase) => phase.needed(view) !== undefined);
    await on(node, async (tools) => {
      for (const phase of needed) await phase.run(view, tools);
    });
    return needed.map(({ name }) => name);
  }

  it("need nothing more once the phases have run, and say who they are", async () => {
    for (const node of nodes) {
      expect(await prepare(node)).toEqual(
        expect.arrayContaining(["claim", "containerd", "binaries", "virtual-address"]),
      );
      expect(reasons(await look(node))).toEqual({});
      expect(await on(node, ({ remote }) => readMarker(remote))).toMatchObject({
        cluster: "shop",
        node: node.name,
        role: "controlPlane",
        state: "joining",
      });
    }
  }, 240_000);

  it("have their executables once on the disk, and their images pinned", async () => {
    const { host } = at(0);
    const inodes = await host.exec(`stat -c %i ${hostPaths.binaries}/kubelet ${hostPaths.binaries}/kubeadm`);
    expect(new Set(inodes.trim().split("\n")).size).toBe(1);
    expect(await host.exec(`${hostPaths.binaries}/kubectl`)).toBe("a program of the test\n");
    const labels = await host.exec(`ctr --namespace k8s.io images ls name==${pause}`);
    expect(labels).toContain("io.cri-containerd.pinned=pinned");
    expect(await host.exec(`ls -A ${hostPaths.imageArchives}`)).toBe("");
  });

  it("are mended where somebody changed them, by the one phase that it concerns", async () => {
    const { node, host } = at(0);
    await host.exec(`rm ${hostPaths.cniPlugins}/bridge && systemctl stop containerd`);
    // With containerd down nobody can see its images: that phase looks, and finds them.
    expect(await prepare(node)).toEqual(["containerd", "binaries", "images"]);
    expect(reasons(await look(node))).toEqual({});
  }, 120_000);

  it("make the key that Secrets are encrypted with on the host, once, and show it to nobody else", async () => {
    const { node, host } = at(0);
    const view = await look(node);
    expect(encryptionKey.needed(view)).toBe("there is no key yet");
    await on(node, (tools) => encryptionKey.run(view, tools));
    const made = await host.exec(`sha256sum ${hostPaths.encryption}; stat -c %a ${hostPaths.encryption}`);
    expect(made).toMatch(/\n600\n$/);
    await on(node, (tools) => encryptionKey.run(view, tools));
    expect(await host.exec(`sha256sum ${hostPaths.encryption}; stat -c %a ${hostPaths.encryption}`)).toBe(made);
    expect(await host.exec(`grep -Ec 'secret: [A-Za-z0-9+/]{43}=$' ${hostPaths.encryption}`)).toBe("1\n");
  });

  it("refuse a node of another cluster", async () => {
    const { node } = at(0);
    const view = await look(node);
    const stranger = { ...view, cluster: { ...cluster, name: "bank" } };
    const [claim] = hostPhases;
    await expect(on(node, async (tools) => claim?.run(stranger, tools))).rejects.toThrow(
      "the host is node cp1 of cluster shop",
    );
  });

  describe("and whose API servers come and go", () => {
    /** Names of the nodes that have the address; one that is dead has nothing. */
    const holders = async (): Promise<string[]> => {
      const found = await Promise.all(
        nodes.map(async ({ name }, index) => {
          try {
            return (await hosts.get(index).exec("ip -o address")).includes(` ${vip}/`) ? name : "";
          } catch {
            return "";
          }
        }),
      );
      return found.filter((name) => name !== "");
    };
    const untilOn = (wanted: string): Promise<true> =>
      eventually(`the address is on ${wanted} alone`, async () =>
        (await holders()).join() === wanted ? true : undefined,
      );
    const serve = (host: TestHost): Promise<string> => host.exec(startServer);
    const stop = (host: TestHost): Promise<string> => host.exec("systemctl stop test-api-server");
    /** Who answers at the address, one question after the other; fails when a question does. */
    const answers = async (count: number): Promise<string[]> => {
      const ask = `curl --silent --show-error --fail --max-time 5 --cacert /etc/kubernetes/pki/ca.crt --connect-to kubernetes:6443:${vip}:6443 https://kubernetes:6443/`;
      return (await at(0).host.exec(`for each in $(seq ${count}); do ${ask} || exit 1; done`)).trim().split("\n");
    };

    beforeAll(async () => {
      const authority = await at(0).host.exec(makeAuthority);
      for (const host of hosts)
        await host.exec("mkdir -p /etc/kubernetes/pki && cat > /etc/kubernetes/pki/test.pem", { input: authority });
      for (const host of hosts) await host.exec(makeCertificate(host.address));
    });

    it("have the address nowhere while no API server is ready", async () => {
      expect(await holders()).toEqual([]);
    });

    it("have it where the first one is ready, and move it in less than 10 s when that one ends", async () => {
      const [first, second] = [at(0), at(1)];
      await serve(first.host);
      await untilOn("cp1");
      await serve(second.host);
      const begun = Date.now();
      await stop(first.host);
      await untilOn("cp2");
      expect(Date.now() - begun).toBeLessThan(10_000);
      await serve(first.host);
      // A host that recovers does not take it back.
      await sleep(6000);
      expect(await holders()).toEqual(["cp2"]);
    }, 90_000);

    it("have one listener on the address, the API server's own, before there is a load balancer", async () => {
      expect(await answers(12)).toEqual(Array<string>(12).fill("host2"));
    });

    it("are both reached through the load balancer of the one that has the address", async () => {
      for (const node of nodes) {
        const view = await look(node);
        expect(loadBalancer.needed(view)).toMatch(/haproxy.cfg has other content; haproxy would not start at boot/);
        await on(node, (tools) => loadBalancer.run(view, tools));
        expect(loadBalancer.needed(await look(node))).toBeUndefined();
      }
      const found = await answers(12);
      for (const name of ["host1", "host2"]) expect(found.filter((each) => each === name).length).toBeGreaterThan(3);
    }, 60_000);

    it("take over from one whose API server ends without a question that fails", async () => {
      await stop(at(0).host);
      expect(await answers(12)).toEqual(Array<string>(12).fill("host2"));
      await serve(at(0).host);
      await eventually("the first answers again", async () =>
        (await answers(4)).includes("host1") ? true : undefined,
      );
    }, 60_000);

    it("answer there also while the load balancer is down, and a look says that it is", async () => {
      const { host, node } = at(1);
      await host.exec("systemctl stop haproxy");
      expect(await answers(4)).toEqual(Array<string>(4).fill("host2"));
      expect(await holders()).toEqual(["cp2"]);
      const view = await look(node);
      expect(loadBalancer.needed(view)).toBe("haproxy is inactive");
      await on(node, (tools) => loadBalancer.run(view, tools));
      expect(new Set(await answers(4))).toEqual(new Set(["host1", "host2"]));
    }, 60_000);

    it("do not listen to one that the cluster's authority did not sign", async () => {
      const { host } = at(0);
      await stop(host);
      await host.exec("cat > /etc/kubernetes/pki/other.pem", { input: await host.exec(makeAuthority) });
      await host.exec(makeCertificate(host.address, "other.pem"));
      await serve(host);
      // Longer than it takes to be found well again.
      await sleep(6000);
      expect(await answers(8)).toEqual(Array<string>(8).fill("host2"));
      await stop(host);
      await host.exec(makeCertificate(host.address));
      await serve(host);
    }, 60_000);

    it("move it in less than 8 s from a host that dies", async () => {
      const begun = Date.now();
      await at(1).host.kill();
      await untilOn("cp1");
      expect(Date.now() - begun).toBeLessThan(8000);
      await stop(at(0).host);
    }, 60_000);
  });
});

describe("a host that is given back", () => {
  it("is as it was before", async () => {
    const hosts = await startHosts({ count: 1 });
    const folder = await mkdtemp(join(tmpdir(), "isokube-phases-"));
    const connector = new SshConnector({ maxConnections: 2 });
    try {
      const host = hosts.get(0);
      const before = await host.snapshot();
      const original = await host.exec("cat /etc/containerd/config.toml");
      const artifacts = await smallRelease(folder);
      const plain = nodeSpec("worker1");
      const ssh = { ...plain.host.ssh, user: host.user, privateKeyFile: host.privateKeyFile, hostKey: host.hostKey };
      const node = { ...plain, host: { ...plain.host, address: host.address, ssh } };
      const cluster = clusterSpec({ hostSettings: { ...hostSettings, failCgroupV1: false, failSwapOn: false } });
      const distro = distroOf({ os: { id: "debian", idLike: [], versionId: "12", name: "Debian" } });
      if (distro === undefined) throw new Error("Debian is not known");
      const sight = await observeHost(connector, node, watchAll(lookAt({ cluster, node, artifacts, distro })));
      if (!sight.reachable) throw new Error(sight.why);
      const view = { cluster, node, controlPlanes: [], facts: sight.facts, artifacts, distro };
      await connector.use({ name: node.name, host: node.host }, async (remote) => {
        const tools = { remote, signal: AbortSignal.timeout(200_000), report: () => {} };
        for (const phase of hostPhases) if (phase.needed(view) !== undefined) await phase.run(view, tools);
        const marker = await readMarker(remote);
        if (marker === undefined) throw new Error("the host was not claimed");
        await restoreHost(marker, distro, tools);
        // Cut off and done again, it finds nothing more to do.
        await restoreHost(marker, distro, tools);
      });
      expect(await host.exec("cat /etc/containerd/config.toml")).toBe(original);
      const { added, missing } = compareSnapshots(before, await host.snapshot());
      const relevant = (lines: readonly string[] = []) =>
        lines.filter((line) => /isokube|kube|cni|sysctl|modules/.test(line));
      expect({ added: relevant(added["files"]), missing: relevant(missing["files"]) }).toEqual({
        added: [],
        missing: [],
      });
    } finally {
      await connector.close();
      await hosts.close();
      await rm(folder, { recursive: true });
    }
  }, 300_000);
});

const makeAuthority = `set -e
cd "$(mktemp -d)"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=test -days 2 -keyout key -out certificate 2> /dev/null
cat key certificate
`;

const makeCertificate = (address: string, authority = "test.pem") => `set -e
cd /etc/kubernetes/pki
openssl x509 -in test.pem -out ca.crt
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=api -keyout api.key -out api.csr 2> /dev/null
printf 'subjectAltName=DNS:kubernetes,IP:%s' ${address} > api.ext
openssl x509 -req -in api.csr -CA ${authority} -days 2 -extfile api.ext -out api.crt 2> /dev/null
cat > /etc/kubernetes/pki/answer << 'ANSWER'
#!/bin/sh
while IFS= read -r line && [ "\${#line}" -gt 1 ]; do :; done
name=$(hostname)
printf 'HTTP/1.0 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s\\n' $((\${#name} + 1)) "$name"
ANSWER
chmod 755 /etc/kubernetes/pki/answer
`;

/** On every address, and sharing the port: as API servers are told to. socat's children do not always hear a SIGTERM. With cgroup v1
 * in a container systemd is told of no group that is empty: of a process that was begun as the others were killed it
 * never hears, and waits for it until the time is over. */
const startServer =
  "systemd-run --quiet --collect --unit test-api-server --property KillSignal=SIGKILL --property TimeoutStopSec=2 socat OPENSSL-LISTEN:6443,reuseport,fork,verify=0,cert=/etc/kubernetes/pki/api.crt,key=/etc/kubernetes/pki/api.key EXEC:/etc/kubernetes/pki/answer";
