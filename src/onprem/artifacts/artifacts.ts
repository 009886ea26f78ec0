/** One file that a host needs, and what it must be. */
export interface Artifact {
  readonly name: string;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
  readonly source: /** On the machine that runs Pulumi. */
    | { readonly kind: "file"; readonly path: string }
    /** The host fetches it itself. */
    | { readonly kind: "url"; readonly url: string };
}

/** Everything that nodes of one Kubernetes release are made of, wherever it comes from. */
export interface Artifacts {
  /** Full version, for example `1.35.3`. */
  readonly kubernetesVersion: string;
  readonly binaries: Readonly<Record<"kubelet" | "kubeadm" | "kubectl", Artifact>>;
  /** Plugins of the container network interface, by the name of the executable. */
  readonly cniPlugins: readonly Artifact[];
  /** Archives for `ctr images import`; empty where containerd pulls from a registry. */
  readonly imageArchives: readonly ImageArchive[];
  /** Registry prefix in place of upstream's; undefined for upstream's own. */
  readonly imageRepository: string | undefined;
}

export interface ImageArchive {
  readonly file: Artifact;
  /** Full names, for example `registry.k8s.io/pause:3.10.1`. */
  readonly images: readonly string[];
  /** True where only control planes run them. */
  readonly controlPlaneOnly: boolean;
}
