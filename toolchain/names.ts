/** Every real part that the toolchain can get, by the name of its executable. */
export const partNames = [
  "pulumi",
  "pulumi-language-nodejs",
  "pulumi-resource-kubernetes",
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubectl",
  "kwok",
  "metrics-server",
  "kwokctl",
  "kubelet",
  "kubeadm",
  "kube-proxy",
  "etcd-server",
  "pause",
  "coredns",
  "kube-router",
  "bridge",
  "host-local",
  "loopback",
  "portmap",
  "host-exec",
  "metallb-controller",
  "metallb-speaker",
  "local-path-provisioner",
  "local-path-helper",
  "kubelet-csr-approver",
  "traefik",
  "gateway-kinds",
  "agnhost",
] as const;

export type PartName = (typeof partNames)[number];

export function isPartName(name: string): name is PartName {
  return partNames.some((known) => known === name);
}

/** One `go build`; the control plane's five parts come out of one. */
export type BuildName =
  | "pulumi"
  | "pulumi-language-nodejs"
  | "pulumi-resource-kubernetes"
  | "kubernetes"
  | "kwok"
  | "metrics-server"
  | "kwokctl"
  | "kubernetes-node"
  | "kube-proxy"
  | "etcd-server"
  | "pause"
  | "coredns"
  | "kube-router"
  | "bridge"
  | "host-local"
  | "loopback"
  | "portmap"
  | "host-exec"
  | "metallb-controller"
  | "metallb-speaker"
  | "local-path-provisioner"
  | "local-path-helper"
  | "kubelet-csr-approver"
  | "traefik"
  | "gateway-kinds"
  | "agnhost";

/**
 * One file of an official release, or of a mirror only where upstream publishes
 * none. Pulumi's archive carries the language host too, and one archive all CNI plugins.
 */
export const downloadNames = [
  "pulumi",
  "pulumi-resource-kubernetes",
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubectl",
  "kwok",
  "metrics-server",
  "kwokctl",
  "kubelet",
  "kubeadm",
  "kube-proxy",
  "etcd-server",
  "pause",
  "coredns",
  "kube-router",
  "cni-plugins",
  "host-exec",
  "metallb-controller",
  "metallb-speaker",
  "local-path-provisioner",
  "local-path-helper",
  "kubelet-csr-approver",
  "traefik",
  "gateway-kinds",
  "agnhost",
] as const satisfies readonly (PartName | "cni-plugins")[];

export type DownloadName = (typeof downloadNames)[number];
