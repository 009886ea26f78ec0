import { hostPaths } from "../host/host-paths.js";
import { executablePaths } from "../phases/binaries.js";
import { containerdPackages } from "../phases/containerd-configuration.js";
import { neededFeatures, neededSysctls } from "../phases/kernel.js";
import { kubeletService } from "../phases/kubelet-service.js";
import { haproxyService } from "../phases/load-balancer.js";
import { wantedPackages } from "../phases/packages.js";
import type { HostView } from "../phases/phase.js";
import { registryFiles } from "../phases/registries.js";
import { keepalivedService } from "../phases/virtual-address.js";

/** What the facts of a host must cover, so that every phase and check can decide from them. */
export interface LookAt {
  /** Files whose digest and mode are needed. */
  readonly files: readonly string[];
  readonly packages: readonly string[];
  readonly services: readonly string[];
  readonly sysctls: readonly string[];
  /** Names of kernel modules; whether the kernel has what they bring, see `HostFacts.features`. */
  readonly features: readonly string[];
  /** Directories whose file system's free space matters; the nearest that exists stands for one that does not. */
  readonly disks: readonly string[];
}

const manifests = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"].map(
  (name) => `${hostPaths.manifests}/${name}.yaml`,
);

/** Also used by kube-proxy's choice of a mode, hence not only what a host cannot do without. */
export const watchedFeatures = [...neededFeatures.map(({ name }) => name), "nf_tables"];

/** File systems that fill up: images and containers, etcd and logs of pods, everything else. */
export const watchedDisks = ["/", "/var/lib/containerd", "/var/lib/kubelet", hostPaths.etcdData];

export function lookAt(view: Pick<HostView, "cluster" | "node" | "artifacts" | "distro">): LookAt {
  return {
    files: [
      hostPaths.marker,
      hostPaths.modules,
      hostPaths.sysctls,
      hostPaths.containerdConfiguration,
      hostPaths.kubeletUnit,
      hostPaths.kubeletDropIn,
      hostPaths.kubeletConfiguration,
      hostPaths.kubeletFlags,
      hostPaths.kubeletKubeconfig,
      hostPaths.adminKubeconfig,
      hostPaths.auditPolicy,
      hostPaths.encryption,
      hostPaths.haproxyConfiguration,
      hostPaths.loadBalancerAuthority,
      hostPaths.clusterAuthority,
      hostPaths.keepalivedConfiguration,
      hostPaths.apiHealthScript,
      ...manifests,
      ...executablePaths(view.artifacts),
      ...registryFiles.flatMap(({ path, backup }) => [path, backup]),
    ],
    packages: [...new Set([...wantedPackages(view), ...containerdPackages])],
    services: [view.distro.containerdService, kubeletService, keepalivedService, haproxyService],
    sysctls: neededSysctls.map(({ name }) => name),
    features: watchedFeatures,
    disks: watchedDisks,
  };
}
