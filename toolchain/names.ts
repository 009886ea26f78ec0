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
  | "kwokctl";

/** One file of an official release; Pulumi's archive carries the language host too. */
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
] as const satisfies readonly PartName[];

export type DownloadName = (typeof downloadNames)[number];
