/**
 * Where things are on a host. One list, because phases, facts, removal and the
 * kubeadm documents all name them.
 */
export const hostPaths = {
  marker: "/etc/isokube/node.json",
  /** Originals of files that isokube replaced. */
  backups: "/etc/isokube/backup",
  /** Archives on their way into containerd; empty between runs. */
  imageArchives: "/var/lib/isokube/images",
  /** What hosts fetch themselves, until it is whole and checked; empty between runs. */
  downloads: "/var/lib/isokube/downloads",
  /** Not `/usr/bin`: a package of the distribution must never replace what isokube put there. */
  binaries: "/usr/local/bin",
  cniPlugins: "/opt/cni/bin",
  cniConfiguration: "/etc/cni/net.d",
  modules: "/etc/modules-load.d/isokube.conf",
  /** Files are read in the order of their names and the last one wins, also over `99-sysctl.conf`. */
  sysctls: "/etc/sysctl.d/99-zz-isokube.conf",
  containerdConfiguration: "/etc/containerd/config.toml",
  containerdRegistries: "/etc/containerd/certs.d",
  containerdSocket: "unix:///run/containerd/containerd.sock",
  kubeletUnit: "/etc/systemd/system/kubelet.service",
  kubeletDropIn: "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf",
  kubeletConfiguration: "/var/lib/kubelet/config.yaml",
  /** Arguments that kubeadm gives the kubelet beside its configuration. */
  kubeletFlags: "/var/lib/kubelet/kubeadm-flags.env",
  kubeletKubeconfig: "/etc/kubernetes/kubelet.conf",
  /** What a kubelet asks for its first certificate with: a secret, there only as long as that takes. */
  kubeletBootstrap: "/etc/kubernetes/bootstrap-kubelet.conf",
  adminKubeconfig: "/etc/kubernetes/admin.conf",
  kubernetes: "/etc/kubernetes",
  pki: "/etc/kubernetes/pki",
  clusterAuthority: "/etc/kubernetes/pki/ca.crt",
  manifests: "/etc/kubernetes/manifests",
  etcdData: "/var/lib/etcd",
  /** What isokube adds to a control plane. */
  auditPolicy: "/etc/kubernetes/isokube/audit-policy.yaml",
  encryption: "/etc/kubernetes/isokube/encryption.yaml",
  auditLogs: "/var/log/kubernetes",
  haproxyConfiguration: "/etc/haproxy/haproxy.cfg",
  /** Copy of the cluster's authority, which haproxy knows API servers by. */
  loadBalancerAuthority: "/etc/haproxy/isokube-ca.crt",
  keepalivedConfiguration: "/etc/keepalived/keepalived.conf",
  /** SELinux lets keepalived run scripts of this directory, and of no other, without confining them. */
  apiHealthScript: "/usr/libexec/keepalived/isokube-api-healthy",
} as const;

export function binaryPath(name: "kubelet" | "kubeadm" | "kubectl"): string {
  return `${hostPaths.binaries}/${name}`;
}

/**
 * First line of every script that runs kubeadm or kubectl: sudo's `secure_path`
 * lacks `/usr/local/bin` on the RHEL family, and kubeadm looks for kubelet on PATH.
 */
export const kubernetesPath = `PATH=${hostPaths.binaries}:$PATH; export PATH\n`;
