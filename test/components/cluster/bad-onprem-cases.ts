import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(import.meta.url);

/** Arguments that are good, one host of each kind. */
const hosts = {
  "cp-1": { address: "10.89.0.11", role: "controlPlane" },
  "w-1": { address: "10.89.0.21", role: "worker" },
};
const threeControlPlanes = {
  ...hosts,
  "cp-2": { address: "10.89.0.12", role: "controlPlane" },
  "cp-3": { address: "10.89.0.13", role: "controlPlane" },
};
export const goodBlock = { hosts, ssh: { user: "ubuntu" } };
export const goodArgs = { target: "onprem", onprem: goodBlock };

const pool = { cpu: 2, memory: "4Gi", min: 0, max: 3 };
const key = (algorithm: string, data = 32): string => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(algorithm.length);
  return Buffer.concat([length, Buffer.from(algorithm), Buffer.alloc(data)]).toString("base64");
};
export const goodKeys = [
  `ssh-ed25519 ${key("ssh-ed25519")}`,
  `ecdsa-sha2-nistp256 ${key("ecdsa-sha2-nistp256")} a comment`,
  `SHA256:${"a".repeat(43)}`,
];

export interface BadOnpremCase {
  readonly what: string;
  readonly args: object;
  readonly code: string;
  readonly path: string;
  /** What is shown of what was written; undefined where nothing may be. */
  readonly value?: unknown;
  readonly fix: RegExp;
  /** Paths of what is wrong besides. */
  readonly also?: readonly string[];
}

type Wrong = Omit<BadOnpremCase, "what" | "args">;

const block = (what: string, change: object, wrong: Wrong): BadOnpremCase => ({
  what,
  args: { ...goodArgs, onprem: { ...goodBlock, ...change } },
  ...wrong,
});
const worker = (what: string, change: object, wrong: Wrong): BadOnpremCase =>
  block(what, { hosts: { ...hosts, "w-1": { ...hosts["w-1"], ...change } } }, wrong);
const around = (what: string, change: object, wrong: Wrong): BadOnpremCase => ({
  what,
  args: { ...goodArgs, ...change },
  ...wrong,
});

const w1 = "onprem.hosts.w-1";

const hostCases: readonly BadOnpremCase[] = [
  around("no block", { onprem: undefined }, { code: "target/missing-block", path: "onprem", fix: /add the block/ }),
  block("no hosts", { hosts: {} }, { code: "onprem/no-hosts", path: "onprem.hosts", value: {}, fix: /add a host/ }),
  block(
    "two control planes",
    { hosts: { ...hosts, "cp-2": threeControlPlanes["cp-2"] }, endpoint: { vip: "10.89.0.100" } },
    { code: "onprem/even-control-planes", path: "onprem.hosts", value: 2, fix: /use 1, 3 or 5/ },
  ),
  block(
    "seven control planes",
    {
      hosts: Object.fromEntries(
        [1, 2, 3, 4, 5, 6, 7].map((n) => [`cp-${n}`, { address: `10.89.0.${n}`, role: "controlPlane" }]),
      ),
      endpoint: { vip: "10.89.0.100" },
    },
    { code: "onprem/too-many-control-planes", path: "onprem.hosts", value: 7, fix: /use 3 or 5/ },
  ),
  block(
    "workers only",
    { hosts: { "w-1": hosts["w-1"] } },
    { code: "onprem/no-control-plane", path: "onprem.hosts", value: 0, fix: /role: "controlPlane"/ },
  ),
  around(
    "one control plane that shall survive its loss",
    { controlPlane: { highlyAvailable: true } },
    { code: "onprem/not-highly-available", path: "controlPlane.highlyAvailable", value: true, fix: /3 or 5 hosts/ },
  ),
  worker(
    "one address for two hosts",
    { address: "10.89.0.11" },
    {
      code: "onprem/address-twice",
      path: `${w1}.address`,
      value: "10.89.0.11",
      fix: /the host's own address/,
    },
  ),
  worker(
    "a name in place of an address",
    { address: "w-1.example.com" },
    {
      code: "onprem/address-format",
      path: `${w1}.address`,
      value: "w-1.example.com",
      fix: /IPv4 address/,
    },
  ),
  worker(
    "an IPv6 address",
    { address: "fd00::21" },
    {
      code: "onprem/address-format",
      path: `${w1}.address`,
      value: "fd00::21",
      fix: /IPv4 address/,
    },
  ),
  block(
    "a name that no node can have",
    { hosts: { ...hosts, W_2: { address: "10.89.0.22", role: "worker" } } },
    { code: "name/format", path: "onprem.hosts.W_2", value: "W_2", fix: /rename/ },
  ),
  worker(
    "a role that there is not",
    { role: "master" },
    {
      code: "shape/unknown-choice",
      path: `${w1}.role`,
      value: "master",
      fix: /"worker", "controlPlane"/,
    },
  ),
  worker(
    "a misspelt option of a host",
    { adress: "10.89.0.21" },
    {
      code: "shape/unknown-property",
      path: `${w1}.adress`,
      fix: /did you mean address/,
    },
  ),
  worker(
    "the label that isokube sets",
    { labels: { "isokube.dev/pool": "general" } },
    {
      code: "label/reserved",
      path: `${w1}.labels["isokube.dev/pool"]`,
      value: "isokube.dev/pool",
      fix: /write pool instead/,
    },
  ),
  worker(
    "a taint twice",
    { taints: [1, 2].map(() => ({ key: "dedicated", effect: "NoSchedule" })) },
    {
      code: "list/duplicate",
      path: `${w1}.taints[1]`,
      value: "dedicated:NoSchedule",
      fix: /remove one/,
    },
  ),
];

const poolCases: readonly BadOnpremCase[] = [
  {
    what: "a pool that there is not",
    args: {
      ...goodArgs,
      pools: { general: pool, batch: pool },
      onprem: { ...goodBlock, hosts: { ...hosts, "w-1": { ...hosts["w-1"], pool: "genral" } } },
    },
    code: "pools/unknown-name",
    path: `${w1}.pool`,
    value: "genral",
    fix: /did you mean "general"/,
  },
  around(
    "a worker in one of several pools",
    { pools: { general: pool, batch: pool } },
    { code: "onprem/which-pool", path: `${w1}.pool`, fix: /"general" or "batch"/ },
  ),
  around(
    "more nodes than there are hosts",
    { pools: { general: { ...pool, min: 2 } } },
    {
      code: "onprem/too-few-hosts",
      path: "pools.general.min",
      value: 2,
      fix: /add hosts with pool: "general", or set min to 1/,
    },
  ),
  around(
    "machines that follow the pods",
    { compute: "serverless" },
    { code: "capability/unsupported", path: "compute", value: "serverless", fix: /"pools"/ },
  ),
];

const loginCases: readonly BadOnpremCase[] = [
  block("no way to log in", { ssh: undefined }, { code: "shape/missing", path: "onprem.ssh", fix: /add ssh/ }),
  block(
    "neither agent nor key",
    { ssh: { user: "ubuntu", agent: false } },
    { code: "onprem/no-login", path: "onprem.ssh.agent", value: false, fix: /privateKeyFile/ },
  ),
  block(
    "a key in place of its file",
    { ssh: { user: "ubuntu", privateKeyFile: "-----BEGIN OPENSSH PRIVATE KEY-----\nsecret" } },
    { code: "onprem/key-in-arguments", path: "onprem.ssh.privateKeyFile", fix: /into a file/ },
  ),
  block(
    "a key file that is not there",
    { ssh: { user: "ubuntu", privateKeyFile: "/nowhere/id_ed25519" } },
    {
      code: "onprem/no-such-file",
      path: "onprem.ssh.privateKeyFile",
      value: "/nowhere/id_ed25519",
      fix: /that is there/,
    },
  ),
  block(
    "a port that there is not",
    { ssh: { user: "ubuntu", port: 70000 } },
    { code: "shape/out-of-range", path: "onprem.ssh.port", value: 70000, fix: /65535/ },
  ),
  block(
    "a user with blanks",
    { ssh: { user: "the admin" } },
    { code: "onprem/user-format", path: "onprem.ssh.user", value: "the admin", fix: /user's name/ },
  ),
  worker(
    "text that is no host key",
    { hostKey: "AAAAC3NzaC1lZDI1NTE5" },
    {
      code: "onprem/host-key-format",
      path: `${w1}.hostKey`,
      value: "AAAAC3NzaC1lZDI1NTE5",
      fix: /ssh-keyscan/,
    },
  ),
  worker(
    "a host key of another kind than it says",
    { hostKey: `ssh-ed25519 ${key("ssh-rsa")}` },
    {
      code: "onprem/host-key-format",
      path: `${w1}.hostKey`,
      value: `ssh-ed25519 ${key("ssh-rsa")}`,
      fix: /ssh-keyscan/,
    },
  ),
  worker(
    "an MD5 fingerprint",
    { hostKey: Array.from({ length: 16 }, () => "ab").join(":") },
    {
      code: "onprem/host-key-format",
      path: `${w1}.hostKey`,
      value: Array.from({ length: 16 }, () => "ab").join(":"),
      fix: /ssh-keyscan/,
    },
  ),
  block(
    "a bastion's key that is none",
    { ssh: { user: "ubuntu", bastion: { address: "bastion.example.com", hostKey: "SHA256:short" } } },
    { code: "onprem/host-key-format", path: "onprem.ssh.bastion.hostKey", value: "SHA256:short", fix: /ssh-keyscan/ },
  ),
  block(
    "no sudo for somebody who is not root",
    { sudo: { mode: "none" } },
    { code: "onprem/not-root", path: "onprem.sudo", value: "none", fix: /"passwordless"/ },
  ),
  block(
    "a password from nowhere",
    { sudo: { mode: "password" } },
    { code: "onprem/no-password", path: "onprem.sudo.passwordVariable", fix: /environment variable/ },
  ),
  block(
    "the password itself",
    { sudo: { mode: "password", passwordVariable: "hunter 2" } },
    { code: "onprem/password-variable", path: "onprem.sudo.passwordVariable", fix: /into the variable/ },
  ),
  worker(
    "a password that nobody asks for",
    { sudo: { mode: "passwordless", passwordVariable: "SUDO" } },
    {
      code: "onprem/unused-password",
      path: `${w1}.sudo.passwordVariable`,
      fix: /leave it out/,
    },
  ),
];

const endpointCases: readonly BadOnpremCase[] = [
  block(
    "three control planes without an address for all",
    { hosts: threeControlPlanes },
    {
      code: "onprem/endpoint-needed",
      path: "onprem.endpoint",
      fix: /vip/,
    },
  ),
  block(
    "two endpoints",
    { endpoint: { vip: "10.89.0.100", external: "lb.example.com:6443" } },
    {
      code: "onprem/endpoint-twice",
      path: "onprem.endpoint",
      fix: /leave out one/,
    },
  ),
  block(
    "a virtual address that a host has",
    { endpoint: { vip: "10.89.0.21" } },
    {
      code: "onprem/vip-taken",
      path: "onprem.endpoint.vip",
      value: "10.89.0.21",
      fix: /that nobody has/,
    },
  ),
  block(
    "a virtual address that is none",
    { endpoint: { vip: "api.example.com" } },
    {
      code: "onprem/address-format",
      path: "onprem.endpoint.vip",
      value: "api.example.com",
      fix: /free IPv4 address/,
    },
  ),
  block(
    "a load balancer without a port",
    { endpoint: { external: "lb.example.com" } },
    {
      code: "onprem/external-format",
      path: "onprem.endpoint.external",
      value: "lb.example.com",
      fix: /lb\.example\.com:6443/,
    },
  ),
  block(
    "a load balancer with a scheme",
    { endpoint: { external: "https://lb.example.com:6443" } },
    {
      code: "onprem/external-format",
      path: "onprem.endpoint.external",
      value: "https://lb.example.com:6443",
      fix: /without a scheme/,
    },
  ),
  block(
    "a router id without a virtual address",
    { endpoint: { external: "lb.example.com:6443", routerId: 7 } },
    {
      code: "onprem/unused-router-id",
      path: "onprem.endpoint.routerId",
      value: 7,
      fix: /leave routerId out/,
    },
  ),
];

const addresses = (...ranges: string[]) => ({ loadBalancer: { addresses: ranges } });
const lb = "onprem.loadBalancer.addresses";

const addressCases: readonly BadOnpremCase[] = [
  block("no addresses for load balancers", addresses(), {
    code: "onprem/no-addresses",
    path: lb,
    value: [],
    fix: /add a range/,
  }),
  block("a range that is none", addresses("10.89.0.220-10.89.0.200"), {
    code: "onprem/range-format",
    path: `${lb}[0]`,
    value: "10.89.0.220-10.89.0.200",
    fix: /10\.89\.0\.200-10\.89\.0\.220/,
  }),
  block("a single address in place of a range", addresses("10.89.0.200"), {
    code: "onprem/range-format",
    path: `${lb}[0]`,
    value: "10.89.0.200",
    fix: /a CIDR/,
  }),
  block("addresses of hosts for load balancers", addresses("10.89.0.16/28"), {
    code: "onprem/range-overlap",
    path: `${lb}[0]`,
    value: "10.89.0.16/28",
    fix: /nothing else has/,
  }),
  block(
    "the virtual address for load balancers",
    { ...addresses("10.89.0.96/28"), endpoint: { vip: "10.89.0.100" } },
    {
      code: "onprem/range-overlap",
      path: `${lb}[0]`,
      value: "10.89.0.96/28",
      fix: /nothing else has/,
    },
  ),
  block("pods' addresses for load balancers", addresses("10.244.3.0/24"), {
    code: "onprem/range-overlap",
    path: `${lb}[0]`,
    value: "10.244.3.0/24",
    fix: /nothing else has/,
  }),
  block("addresses twice", addresses("10.89.0.200-10.89.0.220", "10.89.0.220-10.89.0.230"), {
    code: "onprem/range-overlap",
    path: `${lb}[1]`,
    value: "10.89.0.220-10.89.0.230",
    fix: /nothing else has/,
  }),
  around(
    "pods where the hosts are",
    { network: { podCidr: "10.89.0.0/16" } },
    {
      code: "onprem/range-holds-host",
      path: "network.podCidr",
      value: "10.89.0.0/16",
      fix: /used nowhere/,
    },
  ),
  around(
    "fewer ranges for pods than hosts",
    { network: { podCidr: "10.244.0.0/24" } },
    {
      code: "onprem/pod-range-too-small",
      path: "network.podCidr",
      value: "10.244.0.0/24",
      fix: /use a \/23/,
    },
  ),
  around(
    "pods' addresses that cannot be divided",
    { network: { podCidr: "10.244.0.0/25" } },
    {
      code: "onprem/prefix-length",
      path: "network.podCidr",
      value: "10.244.0.0/25",
      fix: /\/8 to \/24/,
    },
  ),
  around(
    "IPv6 for Services",
    { network: { serviceCidr: "fd00::/112" } },
    {
      code: "onprem/ipv4-only",
      path: "network.serviceCidr",
      value: "fd00::/112",
      fix: /IPv4 range/,
    },
  ),
];

const otherCases: readonly BadOnpremCase[] = [
  block(
    "a bundle that is not there",
    { artifacts: { bundle: "/nowhere/bundle" } },
    {
      code: "onprem/no-such-file",
      path: "onprem.artifacts.bundle",
      value: "/nowhere/bundle",
      fix: /name a folder/,
    },
  ),
  block(
    "a bundle that is a file",
    { artifacts: { bundle: here } },
    {
      code: "onprem/wrong-kind-of-file",
      path: "onprem.artifacts.bundle",
      value: here,
      fix: /name a folder/,
    },
  ),
  block(
    "a bundle and a mirror",
    { artifacts: { bundle: dirname(here), images: "registry.example.com" } },
    {
      code: "onprem/bundle-and-place",
      path: "onprem.artifacts.images",
      value: "registry.example.com",
      fix: /leave bundle out/,
    },
  ),
  block(
    "a key without a bundle",
    { artifacts: { publicKeyFile: here } },
    {
      code: "onprem/unused-key",
      path: "onprem.artifacts.publicKeyFile",
      value: here,
      fix: /add bundle/,
    },
  ),
  block(
    "a registry with a scheme",
    { artifacts: { images: "https://registry.example.com" } },
    {
      code: "onprem/artifact-place",
      path: "onprem.artifacts.images",
      value: "https://registry.example.com",
      fix: /registry\.example\.com/,
    },
  ),
  block(
    "binaries from somewhere",
    { artifacts: { binaries: "mirror.example.com" } },
    {
      code: "onprem/artifact-place",
      path: "onprem.artifacts.binaries",
      value: "mirror.example.com",
      fix: /https:\/\//,
    },
  ),
  block(
    "volumes among the host's own files",
    { storage: { path: "/etc/volumes" } },
    {
      code: "onprem/storage-path",
      path: "onprem.storage.path",
      value: "/etc/volumes",
      fix: /of its own/,
    },
  ),
  block(
    "volumes in a relative folder",
    { storage: { fastPath: "volumes" } },
    {
      code: "onprem/storage-path",
      path: "onprem.storage.fastPath",
      value: "volumes",
      fix: /of its own/,
    },
  ),
  block(
    "volumes at the root",
    { storage: { path: "/volumes" } },
    {
      code: "onprem/storage-path",
      path: "onprem.storage.path",
      value: "/volumes",
      fix: /of its own/,
    },
  ),
  block(
    "a kubelet field that isokube writes",
    { hostSettings: { kubelet: { cgroupDriver: "cgroupfs" } } },
    {
      code: "onprem/own-field",
      path: "onprem.hostSettings.kubelet.cgroupDriver",
      fix: /hostSettings\.cgroupDriver/,
    },
  ),
  block(
    "another network plugin",
    { cni: "flannel" },
    {
      code: "shape/unknown-choice",
      path: "onprem.cni",
      value: "flannel",
      fix: /kube-router/,
    },
  ),
  block(
    "no worker that may be missing",
    { maxUnavailable: 0 },
    {
      code: "shape/out-of-range",
      path: "onprem.maxUnavailable",
      value: 0,
      fix: /from 1/,
    },
  ),
  around(
    "a minor without binaries",
    { kubernetesVersion: "1.30" },
    {
      code: "version/not-offered",
      path: "kubernetesVersion",
      value: "1.30",
      fix: /1\.35, 1\.36/,
    },
  ),
  around(
    "a key that no host has",
    { controlPlane: { encryptionKey: "alias/shop" } },
    {
      code: "onprem/encryption-key",
      path: "controlPlane.encryptionKey",
      value: "alias/shop",
      fix: /secretsEncryption: true/,
    },
  ),
  around(
    "a firewall that isokube does not manage",
    { controlPlane: { allowedCidrs: ["203.0.113.0/24"] } },
    {
      code: "capability/unsupported",
      path: "controlPlane.allowedCidrs",
      value: ["203.0.113.0/24"],
      fix: /your firewall/,
    },
  ),
  around(
    "one of Kubernetes' own groups as administrators",
    { access: { admins: ["group:system:masters"] } },
    {
      code: "onprem/admin-reserved",
      path: "access.admins[0]",
      value: "group:system:masters",
      fix: /as its certificate names it/,
    },
  ),
];

/** One way to be wrong each. */
export const badOnpremCases: readonly BadOnpremCase[] = [
  ...hostCases,
  ...poolCases,
  ...loginCases,
  ...endpointCases,
  ...addressCases,
  ...otherCases,
];
