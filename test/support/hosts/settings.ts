/**
 * What Kubernetes must be told on these hosts, and only on these: they share the kernel of a machine that has cgroup
 * v1 and that may lack the right to make a process less likely to be killed. A test hands each to the product's typed
 * escape hatch; the product's own defaults stay those of a real machine.
 */
export const thisMachinesHostSettings = {
  /** To be merged into containerd's `config.toml`. */
  containerd: {
    version: 2,
    plugins: {
      "io.containerd.grpc.v1.cri": {
        // Without CAP_SYS_RESOURCE runc dies of it: "can't get final child's PID from pipe".
        restrict_oom_score_adj: true,
        containerd: { runtimes: { runc: { options: { SystemdCgroup: false } } } },
      },
    },
  },
  /** To be merged into `KubeletConfiguration`. */
  kubelet: { cgroupDriver: "cgroupfs", failCgroupV1: false, failSwapOn: false },
  /**
   * To be merged into `KubeProxyConfiguration`. Its default score, -999, is refused without CAP_SYS_RESOURCE, and the
   * size of the kernel's table of connections is the machine's: a host's own namespace may not change it (0: leave it).
   */
  kubeProxy: { oomScoreAdj: 0, conntrack: { maxPerCore: 0, min: 0 } },
} as const;
