import { describe, expect, test } from "vitest";
import type { HostFacts } from "../../../src/onprem/facts.js";
import { hostPaths } from "../../../src/onprem/host/host-paths.js";
import type { PreflightInput } from "../../../src/onprem/preflight/input.js";
import { preflight } from "../../../src/onprem/preflight/preflight.js";
import type { OnpremClusterSpec } from "../../../src/onprem/spec.js";
import {
  artifacts,
  caHash,
  clusterSight,
  clusterSpec,
  distro,
  etcdMember,
  hostFacts,
  hostSettings,
  marker,
  nodeSpec,
} from "../fixtures.js";

const names = ["cp1", "cp2", "cp3", "worker1"];

/** Four bare hosts of which some differ. */
function input(
  facts: Readonly<Record<string, Partial<HostFacts>>> = {},
  spec: Partial<OnpremClusterSpec> = {},
  over: Partial<PreflightInput> = {},
): PreflightInput {
  return {
    cluster: clusterSpec(spec),
    artifacts,
    hosts: names.map((name) => {
      const node = nodeSpec(name);
      return { node, facts: hostFacts(node, facts[name]), distro };
    }),
    sight: undefined,
    distroNames: ["Debian and Ubuntu", "RHEL"],
    virtualAddressAnswers: false,
    ...over,
  };
}

const found = (given: PreflightInput) => preflight(given).map(({ code, path }) => `${code} ${path}`);

test("nothing stands against four bare hosts", () => {
  expect(found(input())).toEqual([]);
});

const bundle = { artifacts: { kind: "bundle", directory: "bundle", publicKeyFile: undefined } } as const;
const loopback = { interface: "lo", address: "127.0.0.1", prefix: 8 };
const own = { interface: "eth0", address: "10.1.0.1", prefix: 24 };
const file = { sha256: "0".repeat(64), mode: 0o600 };

/** One host, cp1, that is not fit; what is said of it. */
const unfit: { what: string; facts: Partial<HostFacts>; spec?: Partial<OnpremClusterSpec>; problems: string[] }[] = [
  {
    what: "a processor that Kubernetes is not released for",
    facts: { arch: "other" },
    problems: ["onprem/arch-unsupported onprem.hosts.cp1"],
  },
  {
    what: "a processor that the programs are not for",
    facts: { arch: "arm64" },
    problems: ["onprem/arch-without-programs onprem.hosts.cp1"],
  },
  { what: "no systemd", facts: { systemd: "none" }, problems: ["onprem/no-systemd onprem.hosts.cp1"] },
  {
    what: "a systemd in maintenance",
    facts: { systemd: "maintenance" },
    problems: ["onprem/systemd-not-ready onprem.hosts.cp1"],
  },
  { what: "a degraded systemd is fine", facts: { systemd: "degraded" }, problems: [] },
  { what: "cgroup v1", facts: { cgroupVersion: 1 }, problems: ["onprem/cgroup-v1 onprem.hosts.cp1"] },
  {
    what: "cgroup v1 where that is asked for is fine",
    facts: { cgroupVersion: 1 },
    spec: { hostSettings: { ...hostSettings, failCgroupV1: false } },
    problems: [],
  },
  { what: "swap", facts: { swap: ["/dev/sda2", "/dev/zram0"] }, problems: ["onprem/swap-on onprem.hosts.cp1"] },
  {
    what: "swap where that is asked for is fine",
    facts: { swap: ["/dev/sda2"] },
    spec: { hostSettings: { ...hostSettings, failSwapOn: false } },
    problems: [],
  },
  {
    what: "a kernel without layers and bridge filter",
    facts: { features: { overlay: "missing", br_netfilter: "missing", nf_tables: "missing" } },
    problems: ["onprem/kernel-feature onprem.hosts.cp1", "onprem/kernel-feature onprem.hosts.cp1"],
  },
  {
    what: "packages that no repository is reached for",
    facts: { packages: { containerd: "1.6.20" } },
    spec: bundle,
    problems: names.map((name) => `onprem/packages-missing onprem.hosts.${name}`),
  },
  {
    what: "an old containerd",
    facts: { packages: { containerd: "1.4.13~ds1-1~deb11u4" } },
    problems: ["onprem/containerd-version onprem.hosts.cp1"],
  },
  { what: "one CPU", facts: { cpus: 1 }, problems: ["onprem/too-few-cpus onprem.hosts.cp1"] },
  {
    what: "1.5 GiB of memory",
    facts: { memoryBytes: 1.5 * 2 ** 30 },
    problems: ["onprem/too-little-memory onprem.hosts.cp1"],
  },
  {
    what: "a full disk, said once for all its directories",
    facts: {
      disks: {
        "/var/lib/containerd": { freeBytes: 2 ** 30, totalBytes: 2 ** 34 },
        "/": { freeBytes: 2 ** 30, totalBytes: 2 ** 34 },
        "/var/lib/etcd": { freeBytes: 2 ** 33, totalBytes: 2 ** 34 },
      },
    },
    problems: ["onprem/disk-full onprem.hosts.cp1"],
  },
  {
    what: "a clock 10 minutes ahead",
    facts: { clockOffsetSeconds: 603 },
    problems: ["onprem/clock-skew onprem.hosts.cp1"],
  },
  {
    what: "a clock that is good against ours and not against another host's",
    facts: { clockOffsetSeconds: -4.95 },
    problems: ["onprem/clock-skew onprem.hosts.worker1"],
  },
  {
    what: "another's machine id",
    facts: { machineId: "machine-of-cp2" },
    problems: ["onprem/machine-id-twice onprem.hosts.cp2"],
  },
  { what: "no machine id", facts: { machineId: "" }, problems: ["onprem/no-machine-id onprem.hosts.cp1"] },
  { what: "another's host name", facts: { hostname: "cp3" }, problems: ["onprem/hostname-twice onprem.hosts.cp3"] },
  {
    what: "a web server where the API server goes",
    facts: { listening: [{ address: "0.0.0.0", port: 6443, program: "nginx" }] },
    problems: ["onprem/port-in-use onprem.hosts.cp1"],
  },
  {
    what: "an address that is translated on the way",
    facts: { addresses: [loopback, { ...own, address: "192.0.2.1" }] },
    problems: ["onprem/address-not-on-host onprem.hosts.cp1.address"],
  },
  {
    what: "a network that is also the pods'",
    facts: { addresses: [own, { interface: "docker0", address: "10.244.3.1", prefix: 24 }] },
    problems: ["onprem/cidr-overlap onprem.podCidr"],
  },
  {
    what: "Kubernetes of somebody else",
    facts: { files: { [hostPaths.kubeletKubeconfig]: file } },
    problems: ["onprem/foreign-kubernetes onprem.hosts.cp1"],
  },
  {
    what: "data of somebody else's etcd",
    facts: { hasEtcdData: true },
    problems: ["onprem/foreign-kubernetes onprem.hosts.cp1"],
  },
  {
    what: "another cluster's marker",
    facts: { marker: marker(nodeSpec("cp1"), { cluster: "bank" }) },
    problems: ["onprem/claimed-by-another onprem.hosts.cp1"],
  },
  {
    what: "another role than it was made for",
    facts: { marker: marker(nodeSpec("cp1"), { role: "worker" }) },
    problems: ["onprem/role-changed onprem.hosts.cp1.role"],
  },
  {
    what: "a keepalived of its own",
    facts: { services: { keepalived: { active: "active", enabled: "enabled" } } },
    problems: ["onprem/keepalived-in-use onprem.hosts.cp1"],
  },
  {
    what: "a haproxy of its own",
    facts: { services: { haproxy: { active: "active", enabled: "enabled" } } },
    problems: ["onprem/haproxy-in-use onprem.hosts.cp1"],
  },
];

test.each(unfit)("cp1 with $what", ({ facts, spec, problems }) => {
  expect(found(input({ cp1: facts }, spec))).toEqual(problems);
});

test("an unknown system is told which ones are known", () => {
  const given = input();
  const hosts = given.hosts.map((host, index) => (index === 0 ? { ...host, distro: undefined } : host));
  expect(preflight({ ...given, hosts })).toEqual([
    {
      code: "onprem/os-unsupported",
      path: "onprem.hosts.cp1",
      value: "Debian GNU/Linux 12 (bookworm)",
      why: "isokube does not know how packages and services of this system are called",
      fix: "use a host with Debian and Ubuntu or RHEL",
    },
  ]);
});

test("all problems of all hosts are told at once", () => {
  const given = input({ cp1: { systemd: "none", cpus: 1 }, worker1: { arch: "other" } });
  expect(found(given)).toHaveLength(3);
});

describe("the words of a problem", () => {
  const only = (given: PreflightInput) => preflight(given).map(({ value, why }) => ({ value, why }));

  test.each([
    [603, "its clock is 10 min 3 s ahead of this machine's"],
    [-3661, "its clock is 1 h 1 min 1 s behind this machine's"],
    [5.6, "its clock is 6 s ahead of this machine's"],
  ])("a clock %d s off", (clockOffsetSeconds, why) => {
    expect(only(input({ cp1: { clockOffsetSeconds } }))[0]?.why).toBe(why);
  });

  test("a port in use names the program and who needs it", () => {
    const listening = [{ address: "::", port: 2379, program: "etcd" }];
    expect(only(input({ cp1: { listening } }))).toEqual([
      { value: 2379, why: "etcd listens on it, and etcd's clients needs it" },
    ]);
  });

  test("two hosts with one machine id and one product UUID may be one", () => {
    const [problem] = only(input({ cp1: { machineId: "m" }, cp2: { machineId: "m" } }));
    expect(problem?.why).toBe("cp1 has the same machine id and the same product UUID: it may be the same host");
    const [copy] = only(input({ cp1: { machineId: "m", productUuid: "a" }, cp2: { machineId: "m" } }));
    expect(copy?.why).toBe("cp1 has the same machine id, as copies of one disk have");
  });
});

describe("a host of this cluster", () => {
  const ours = { marker: marker(nodeSpec("cp1")), hasEtcdData: true, caHash };
  const sight = clusterSight([etcdMember(nodeSpec("cp1"))]);

  test("may use the ports, the pods' network and the virtual address", () => {
    const facts = {
      ...ours,
      files: { [hostPaths.kubeletKubeconfig]: file },
      listening: [{ address: "::", port: 6443, program: "kube-apiserver" }],
      services: { keepalived: { active: "active", enabled: "enabled" } },
      addresses: [
        own,
        { interface: "eth0", address: "10.1.0.100", prefix: 32 },
        { interface: "kube-bridge", address: "10.244.0.1", prefix: 24 },
      ],
    };
    expect(found(input({ cp1: facts }, {}, { sight, virtualAddressAnswers: true }))).toEqual([]);
  });

  test("that belongs to an earlier one of the same name is refused", () => {
    const facts = { ...ours, caHash: `sha256:${"0".repeat(64)}` };
    expect(found(input({ cp1: facts }, {}, { sight }))).toEqual(["onprem/another-authority onprem.hosts.cp1"]);
  });

  test("whose marker is gone, and nothing else, is not taken for a stranger's", () => {
    const facts = { files: { [hostPaths.kubeletKubeconfig]: file }, caHash };
    expect(found(input({ cp1: facts }, {}, { sight }))).toEqual(["onprem/marker-lost onprem.hosts.cp1"]);
  });

  test("that was installed anew may join again, its old node being down", () => {
    const down = { ...sight, nodes: sight.nodes.map((node) => ({ ...node, ready: false })) };
    expect(found(input({}, {}, { sight: down }))).toEqual([]);
  });

  test("cannot have the name of a node that is up", () => {
    expect(found(input({}, {}, { sight }))).toEqual(["onprem/name-in-use onprem.hosts.cp1"]);
  });
});

describe("the cluster's networks", () => {
  test.each([
    { spec: { podCidr: "10.244.0.0/33" }, problems: ["onprem/cidr-malformed onprem.podCidr"] },
    { spec: { serviceCidr: "fd00::/112" }, problems: ["onprem/cidr-malformed onprem.serviceCidr"] },
    { spec: { podCidr: "10.96.0.0/12" }, problems: ["onprem/cidr-overlap onprem.podCidr"] },
    { spec: { podCidr: "10.244.0.0/23" }, problems: ["onprem/pod-cidr-too-small onprem.podCidr"] },
    {
      spec: { serviceCidr: "10.1.0.0/16" },
      problems: names.map(() => "onprem/cidr-overlap onprem.serviceCidr"),
    },
  ])("$spec", ({ spec, problems }) => {
    expect(found(input({}, spec))).toEqual(problems);
  });
});

describe("the virtual address", () => {
  const vip = (address: string) => ({ endpoint: { kind: "vip", address, routerId: 51 } as const });
  const inUse = "onprem/vip-in-use onprem.endpoint.vip";

  test.each([
    { what: "of a host", given: input({}, vip("10.1.0.2")), problems: ["onprem/vip-of-a-host onprem.endpoint.vip"] },
    {
      what: "outside of the hosts' network",
      given: input({}, vip("10.2.0.100")),
      problems: ["cp1", "cp2", "cp3"].map(() => "onprem/vip-outside onprem.endpoint.vip"),
    },
    { what: "that somebody answers at", given: input({}, {}, { virtualAddressAnswers: true }), problems: [inUse] },
    {
      what: "on a host that is no member",
      given: input(
        { cp1: { addresses: [own, { ...own, address: "10.1.0.100" }] } },
        {},
        { virtualAddressAnswers: true },
      ),
      problems: [inUse],
    },
    {
      what: "that our own begun cluster answers at",
      given: input({ cp1: { marker: marker(nodeSpec("cp1")) } }, {}, { virtualAddressAnswers: true }),
      problems: [],
    },
    { what: "that was not tried", given: input({}, {}, { virtualAddressAnswers: undefined }), problems: [] },
  ])("$what", ({ given, problems }) => {
    expect(found(given)).toEqual(problems);
  });
});

test("a host that is given twice is found by its address", () => {
  const given = input();
  const twin = { ...nodeSpec("worker2"), host: nodeSpec("worker1").host };
  const hosts = [...given.hosts, { node: twin, facts: hostFacts(twin, { machineId: "machine-of-worker1" }), distro }];
  expect(found({ ...given, hosts })).toEqual([
    "onprem/machine-id-twice onprem.hosts.worker2",
    "onprem/address-twice onprem.hosts.worker2.address",
  ]);
});
