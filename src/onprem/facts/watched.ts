import { hostPaths } from "../host/host-paths.js";

/** What a look at a host looks for, beyond what it always does. */
export interface Watched {
  /** Files whose digest and mode count. */
  readonly files: readonly string[];
  /** Without `.service`. */
  readonly services: readonly string[];
  readonly sysctls: readonly string[];
  readonly packages: readonly string[];
  /** Folders whose file system's room counts; the nearest folder above stands for one that is not there. */
  readonly disks: readonly string[];
  /** Names of kernel modules; it is what they bring that counts, see `HostFacts.features`. */
  readonly features: readonly string[];
}

/** What every look needs, whatever is done to the host. */
const always: Watched = {
  files: [hostPaths.clusterAuthority, hostPaths.kubeletKubeconfig, hostPaths.adminKubeconfig],
  services: ["kubelet", "containerd"],
  sysctls: ["net.ipv4.ip_forward"],
  packages: [],
  disks: ["/", "/var/lib/containerd", hostPaths.etcdData, "/var/lib/kubelet"],
  features: [],
};

/** One list of all that is asked for, each once. */
export function watchAll(...parts: readonly Partial<Watched>[]): Watched {
  const all = [always, ...parts];
  const merge = (key: keyof Watched): string[] => [...new Set(all.flatMap((part) => part[key] ?? []))].sort();
  return {
    files: merge("files"),
    services: merge("services"),
    sysctls: merge("sysctls"),
    packages: merge("packages"),
    disks: merge("disks"),
    features: merge("features"),
  };
}

/** What nothing can ask for: the host gets these lists as lines. */
export function unlookable(watched: Watched): string | undefined {
  const names = [watched.services, watched.packages, watched.features].flat();
  const paths = [watched.files, watched.disks].flat();
  return (
    paths.find((path) => !path.startsWith("/") || /[\n\0\\]/.test(path)) ??
    names.find((name) => !/^[A-Za-z0-9][A-Za-z0-9+._@:-]*$/.test(name)) ??
    watched.sysctls.find((name) => !/^[a-z0-9_]+(\.[A-Za-z0-9_-]+)+$/.test(name))
  );
}
