import type { Artifacts } from "../../../src/onprem/artifacts/artifacts.js";
import { debian } from "../../../src/onprem/distro/debian.js";
import type { NodeMarker } from "../../../src/onprem/facts.js";
import { hostPaths } from "../../../src/onprem/host/host-paths.js";
import { type ManagedFile, sha256Hex } from "../../../src/onprem/host/managed-file.js";
import { renderMarker } from "../../../src/onprem/host/marker.js";
import { wantedBinaries } from "../../../src/onprem/phases/binaries.js";
import { renderContainerdConfiguration } from "../../../src/onprem/phases/containerd-configuration.js";
import { renderKubeletService } from "../../../src/onprem/phases/kubelet-service.js";
import type { NodeSpec, OnpremClusterSpec } from "../../../src/onprem/spec.js";

/** A host as the script of a fleet plays it. */
export interface PlayedHost {
  readonly cluster: OnpremClusterSpec;
  readonly node: NodeSpec;
  readonly artifacts: Artifacts;
  /** Whether it is a member of the cluster, or has never been one. */
  readonly isMember: boolean;
  /** The cluster's authority, PEM. */
  readonly authority: string;
}

/** What a host is asked for, in the order of the script's arguments. */
type Asked = readonly [
  files: string,
  services: string,
  sysctls: string,
  packages: string,
  disks: string,
  features: string,
];

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** A report as a host's script frames it. */
function framed(facts: readonly (readonly [key: string, value: string])[]): string {
  return facts.map(([key, value]) => `${key}\0${value}\0`).join("");
}

/** What a Debian host says of itself: a bare one, or one on which every phase has run. */
export function reportOf(host: PlayedHost, asked: Asked): string {
  const { node, isMember, artifacts, authority } = host;
  const [files, services, sysctls, packages, disks, features] = asked;
  const now = (Date.now() / 1000).toFixed(9);
  const digests = isMember ? filesOf(host) : new Map<string, FileFact>();
  const found = lines(files).flatMap((path) => {
    const fact = digests.get(path);
    return fact === undefined ? [] : [{ path, ...fact }];
  });
  return framed([
    ["begun", now],
    ["os-release", 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n'],
    ["uname", `${node.name} 6.1.0-37-amd64 x86_64`],
    ["machine-id", sha256Hex(node.name).slice(0, 32)],
    ["product-uuid", ""],
    ["systemd", "running\n"],
    ["cgroup", "2"],
    ["cpus", "8"],
    ["meminfo", "MemTotal:       16305912 kB\n"],
    ["swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"],
    ["addresses", JSON.stringify([{ ifname: "eth0", addr_info: [{ local: node.host.address, prefixlen: 16 }] }])],
    ["routes", JSON.stringify([{ dst: "default", gateway: "10.0.0.1", dev: "eth0" }])],
    ["listening", 'LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=1,fd=3))\n'],
    ["marker", isMember ? renderMarker(markerOf(host)) : ""],
    ["etcd-data", isMember && node.role === "controlPlane" ? "yes" : "no"],
    ...lines(disks).map((path) => [`disk ${path}`, "4096 10000000 20000000"] as const),
    ...lines(sysctls).map((name) => [`sysctl ${name}`, isMember ? "1048576" : "0"] as const),
    ...lines(features).map((name) => [`feature ${name}`, isMember ? "present" : "loadable"] as const),
    ["modes", found.map(({ path, mode }) => `${mode.toString(8)} ${path}\n`).join("")],
    ["digests", found.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join("")],
    [
      "services",
      lines(services)
        .map((name) => serviceOf(name, isMember))
        .join("\n"),
    ],
    [
      "packages",
      lines(packages)
        .map((name) => packageOf(name))
        .join(""),
    ],
    ...(isMember ? [[`certificate ${hostPaths.pki}/ca.crt`, authority] as const] : []),
    ...(isMember ? [["images", artifacts.imageArchives.flatMap(({ images }) => images).join("\n")] as const] : []),
    ["ended", now],
  ]);
}

interface FileFact {
  readonly sha256: string;
  readonly mode: number;
}

/** What the phases have put there. */
function filesOf({ cluster, artifacts }: PlayedHost): Map<string, FileFact> {
  const managed: readonly ManagedFile[] = [
    renderContainerdConfiguration({ cluster, artifacts }, { major: 1, minor: 6 }),
    ...renderKubeletService({ distro: debian }),
  ];
  const { kubernetes, cni } = wantedBinaries({ artifacts });
  return new Map([
    ...managed.map(({ path, content, mode }) => [path, { sha256: sha256Hex(content), mode }] as const),
    ...[...kubernetes, ...cni].map(({ artifact, path }) => [path, { sha256: artifact.sha256, mode: 0o755 }] as const),
  ]);
}

function markerOf({ cluster, node }: PlayedHost): NodeMarker {
  return {
    formatVersion: 1,
    cluster: cluster.name,
    node: node.name,
    role: node.role,
    state: "member",
    kubernetesVersion: cluster.kubernetesVersion,
    restore: {},
    manifests: {},
  };
}

function serviceOf(name: string, isMember: boolean): string {
  const runs = isMember && ["kubelet", debian.containerdService].includes(name);
  return runs
    ? "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n"
    : "LoadState=not-found\nActiveState=inactive\nUnitFileState=\n";
}

function packageOf(name: string): string {
  const versions: Readonly<Record<string, string>> = { containerd: "1.6.20~ds1-1+b1", "containerd.io": "" };
  const version = versions[name] ?? "1.0-1";
  return version === "" ? "" : `${name}\tinstalled\t${version}\n`;
}
