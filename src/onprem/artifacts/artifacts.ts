/** Processors that Kubernetes is released for, as its releases name them. */
export type Architecture = "amd64" | "arm64";

/** One file that a host needs, and what it must be. */
export interface Artifact {
  readonly name: string;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** Undefined where nobody said; the digest decides. */
  readonly bytes: number | undefined;
  readonly source: /** On the machine that runs Pulumi. */
    | { readonly kind: "file"; readonly path: string }
    /** The host fetches it itself. */
    | { readonly kind: "url"; readonly url: string };
}

/** An archive of executables whose own digests nobody publishes. */
export interface ProgramArchive {
  readonly file: Artifact;
  /** Names of those that are wanted. */
  readonly members: readonly string[];
}

/** The executables of a release for one kind of processor. */
export interface Programs {
  readonly binaries: Readonly<Record<"kubelet" | "kubeadm" | "kubectl", Artifact>>;
  /** Plugins of the container network interface, by the name of the executable. */
  readonly cniPlugins: readonly Artifact[];
  /** The plugins where they come packed; undefined where each is a file of its own. */
  readonly cniArchive: ProgramArchive | undefined;
}

/** Everything that nodes of one Kubernetes release are made of, wherever it comes from. */
export interface Artifacts extends Programs {
  /** Full version, for example `1.35.3`. */
  readonly kubernetesVersion: string;
  /** Of the programs; hosts with another processor need others. */
  readonly architecture: Architecture;
  /** Programs for the other architectures, or why there are none. */
  readonly others: Readonly<Partial<Record<Architecture, Programs | { readonly why: string }>>>;
  /** Archives for `ctr images import`; empty where containerd pulls from a registry. */
  readonly imageArchives: readonly ImageArchive[];
}

export interface ImageArchive {
  readonly file: Artifact;
  /** Full names, for example `registry.k8s.io/pause:3.10.1`. */
  readonly images: readonly string[];
  /** True where only control planes run them. */
  readonly controlPlaneOnly: boolean;
}

/** The same with the programs for this processor, or why there are none. */
export function forArchitecture(
  artifacts: Artifacts,
  architecture: Architecture,
): Artifacts | { readonly why: string } {
  if (artifacts.architecture === architecture) return artifacts;
  const other = artifacts.others[architecture] ?? { why: `there are programs for ${artifacts.architecture} only` };
  return "why" in other ? other : { ...artifacts, ...other, architecture };
}
