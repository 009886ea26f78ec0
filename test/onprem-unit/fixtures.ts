import type { Artifact, Artifacts } from "../../src/onprem/artifacts/artifacts.js";
import type { Distro } from "../../src/onprem/distro/distro.js";
import type { ClusterSight, EtcdMemberSight, HostFacts, HostSight, NodeMarker } from "../../src/onprem/facts.js";
import { hostPaths } from "../../src/onprem/host/host-paths.js";
import { sha256Hex } from "../../src/onprem/host/managed-file.js";
import { kubeProxySettings } from "../../src/onprem/kubeadm/kube-proxy.js";
import { renderLoadBalancer } from "../../src/onprem/phases/load-balancer.js";
import type { HostView } from "../../src/onprem/phases/phase.js";
import type { HostSettings, NodeSpec, OnpremClusterSpec } from "../../src/onprem/spec.js";

export const hostSettings: HostSettings = {
  cgroupDriver: "systemd",
  failCgroupV1: true,
  failSwapOn: true,
  restrictOomScoreAdj: false,
  kubelet: {},
  kubeProxy: {},
};

export function clusterSpec(over: Partial<OnpremClusterSpec> = {}): OnpremClusterSpec {
  return {
    name: "shop",
    kubernetesVersion: "1.35.3",
    endpoint: { kind: "vip", address: "10.1.0.100", routerId: 51 },
    podCidr: "10.244.0.0/16",
    serviceCidr: "10.96.0.0/16",
    auditLogs: true,
    secretsEncryption: true,
    artifacts: { kind: "online", binaries: undefined, images: undefined, digests: undefined },
    hostSettings,
    maxUnavailable: 1,
    drainTimeoutSeconds: 300,
    ...over,
  };
}

/** `cp1` has the address 10.1.0.1, `cp12` 10.1.0.12; workers begin at 10.1.0.51. */
export function nodeSpec(name: string, over: Partial<NodeSpec> = {}): NodeSpec {
  const number = Number(/\d+$/.exec(name)?.[0] ?? 1);
  const role = name.startsWith("cp") ? "controlPlane" : "worker";
  return {
    name,
    needs: undefined,
    role,
    host: {
      address: `10.1.0.${role === "worker" ? 50 + number : number}`,
      ssh: {
        user: "admin",
        port: 22,
        hostKey: undefined,
        knownHostsFile: "known_hosts",
        privateKeyFile: undefined,
        agentSocket: undefined,
        bastion: undefined,
      },
      sudo: { kind: "passwordless" },
    },
    pool: "general",
    labels: {},
    taints: [],
    ...over,
  };
}

export function marker(node: NodeSpec, over: Partial<NodeMarker> = {}): NodeMarker {
  return {
    formatVersion: 1,
    cluster: "shop",
    node: node.name,
    role: node.role,
    state: "member",
    kubernetesVersion: "1.35.3",
    restore: {},
    manifests: {},
    ...(node.role === "controlPlane" ? { sharesPort: true } : {}),
    ...over,
  };
}

/** A bare Debian host that could become any node. */
export function hostFacts(node: NodeSpec, over: Partial<HostFacts> = {}): HostFacts {
  const disk = { freeBytes: 40 * 2 ** 30, totalBytes: 50 * 2 ** 30 };
  return {
    os: { id: "debian", idLike: [], versionId: "12", name: "Debian GNU/Linux 12 (bookworm)" },
    arch: "amd64",
    kernel: "6.1.0-18-amd64",
    hostname: node.name,
    machineId: `machine-of-${node.name}`,
    productUuid: "03000200-0400-0500-0006-000700080009",
    systemd: "running",
    cgroupVersion: 2,
    cpus: 4,
    memoryBytes: 8 * 2 ** 30,
    swap: [],
    time: Date.UTC(2026, 0, 15) / 1000,
    clockOffsetSeconds: 0.1,
    disks: { "/": disk },
    listening: [{ address: "0.0.0.0", port: 22, program: "sshd" }],
    addresses: [
      { interface: "lo", address: "127.0.0.1", prefix: 8 },
      { interface: "eth0", address: node.host.address, prefix: 24 },
    ],
    defaultInterface: "eth0",
    sysctls: {
      "net.ipv4.ip_forward": "0",
      "fs.inotify.max_user_instances": "128",
      "fs.inotify.max_user_watches": "1048576",
    },
    features: { overlay: "present", br_netfilter: "loadable", nf_tables: "loadable" },
    packages: {},
    services: {},
    files: {},
    certificates: {},
    images: [],
    marker: undefined,
    caHash: undefined,
    hasEtcdData: false,
    ...over,
  };
}

export const distro: Distro = {
  name: "Debian and Ubuntu",
  matches: () => true,
  packages: { node: ["containerd", "conntrack"], virtualAddress: ["haproxy", "keepalived"] },
  installPackages: (names) => ({ text: "install\n", args: names, timeoutSeconds: 900 }),
  containerdService: "containerd",
  caBundle: "/etc/ssl/certs/ca-certificates.crt",
};

function artifact(name: string, digit: string): Artifact {
  return { name, sha256: digit.repeat(64), bytes: 50_000_000, source: { kind: "file", path: `/bundle/${name}` } };
}

export const artifacts: Artifacts = {
  kubernetesVersion: "1.35.3",
  architecture: "amd64",
  others: {},
  binaries: { kubelet: artifact("kubelet", "a"), kubeadm: artifact("kubeadm", "b"), kubectl: artifact("kubectl", "c") },
  cniPlugins: [artifact("bridge", "d"), artifact("host-local", "e")],
  cniArchive: undefined,
  imageArchives: [
    { file: artifact("node.tar", "1"), images: ["registry.k8s.io/pause:3.10.1"], controlPlaneOnly: false },
    { file: artifact("etcd.tar", "2"), images: ["registry.k8s.io/etcd:3.6.5-0"], controlPlaneOnly: true },
  ],
};

export function hostView(node: NodeSpec, over: Partial<HostView> = {}): HostView {
  return {
    cluster: clusterSpec(),
    node,
    controlPlanes: [nodeSpec("cp1"), nodeSpec("cp2"), nodeSpec("cp3")],
    facts: hostFacts(node),
    artifacts,
    distro,
    ...over,
  };
}

/** What a load balancer that is as it shall be has on its host, beside the authority that it was copied from. */
export function balanced(node: NodeSpec, over: Partial<HostView> = {}): Pick<HostFacts, "files" | "services"> {
  const file = renderLoadBalancer(hostView(node, over));
  if (file === undefined) throw new Error(`${node.name} has no load balancer`);
  const authority = { sha256: "9".repeat(64), mode: 0o644 };
  return {
    files: {
      [`${hostPaths.pki}/ca.crt`]: authority,
      [hostPaths.loadBalancerAuthority]: authority,
      [file.path]: { sha256: sha256Hex(file.content), mode: file.mode },
    },
    services: { haproxy: { active: "active", enabled: "enabled" } },
  };
}

export const reachable = (facts: HostFacts): HostSight => ({ reachable: true, facts });

export const unreachable: HostSight = { reachable: false, why: "no answer within 10 s", kind: "unreachable" };

export function etcdMember(node: NodeSpec, over: Partial<EtcdMemberSight> = {}): EtcdMemberSight {
  return {
    id: `id-${node.name}`,
    name: node.name,
    peerUrl: `https://${node.host.address}:2380`,
    learner: false,
    healthy: true,
    ...over,
  };
}

export const caHash = `sha256:${"f".repeat(64)}`;

export function clusterSight(etcd: readonly EtcdMemberSight[], over: Partial<ClusterSight> = {}): ClusterSight {
  return {
    version: "1.35.3",
    configuredVersion: "1.35.3",
    caHash,
    kubeProxySettings: kubeProxySettings(clusterSpec()),
    etcd,
    nodes: etcd.map((member) => ({
      name: member.name,
      ready: member.healthy,
      unschedulable: false,
      kubeletVersion: "1.35.3",
      address: new URL(member.peerUrl).hostname,
      controlPlane: true,
      labels: {},
      taints: [],
    })),
    ...over,
  };
}

/** A control plane that is a member, as its host tells it. */
export function memberSight(node: NodeSpec, owned: NodeMarker = marker(node)): HostSight {
  return reachable(hostFacts(node, { marker: owned, hasEtcdData: true, caHash, listening: [] }));
}
