import type * as pulumi from "@pulumi/pulumi";

/**
 * What only the `onprem` target has words for: the hosts, and how they are
 * reached. Secrets are never part of it: a key is named by its file or left to
 * the agent, a password by the environment variable that holds it.
 */
export interface OnpremOptions {
  /** Every host of the cluster, by the name of its node. Listing one adds it, removing one drains and removes it. */
  readonly hosts: Readonly<Record<string, OnpremHost>>;
  /** How the hosts are reached. */
  readonly ssh: OnpremSsh;
  /** How commands become root's. @default none for the user `root`, else without a password */
  readonly sudo?: OnpremSudo;
  /** Where nodes and clients reach the API server. @default the only control plane's own address */
  readonly endpoint?: OnpremEndpoint;
  /** Where binaries and images come from. @default their publishers */
  readonly artifacts?: OnpremArtifacts;
  /** Addresses for Services of type LoadBalancer. @default none: such Services, and gateways, get no address */
  readonly loadBalancer?: OnpremLoadBalancer;
  /** Where volumes are. @default the default of each option */
  readonly storage?: OnpremStorage;
  /** The network plugin, which also enforces NetworkPolicies. @default "kube-router" */
  readonly cni?: "kube-router";
  /** What differs on these hosts from a usual one. @default nothing */
  readonly hostSettings?: OnpremHostSettings;
  /**
   * How many workers may be out of service at once while hosts are changed. One that is not Ready counts, also before
   * the change: others wait until it is back.
   * @default 1
   */
  readonly maxUnavailable?: number;
  /** How long a drain may take before the change stops, in seconds. @default 300 */
  readonly drainTimeoutSeconds?: number;
  /**
   * What becomes of the hosts when the cluster is destroyed: `reset` removes what
   * isokube put on them; `leave` only forgets the cluster, which goes on with its
   * add-ons and workloads, and which a later `up` takes over. A change counts
   * from the next `up` on.
   * @default "reset"
   */
  readonly onDestroy?: "reset" | "leave";
}

/** One host, and what it is in the cluster. */
export interface OnpremHost {
  /** IPv4 address in the hosts' network. */
  readonly address: pulumi.Input<string>;
  /** What runs on it: the control plane, or workloads. */
  readonly role: "controlPlane" | "worker";
  /**
   * Name of its pool: an entry of `pools`, where there are any.
   * @default for a worker the only pool, or `general` where there are none; for a control plane `control-plane`
   */
  readonly pool?: string;
  /** Labels of the node, beside those of its pool. @default none */
  readonly labels?: Readonly<Record<string, pulumi.Input<string>>>;
  /**
   * Taints of the node, beside those of its pool.
   * @default none; for a control plane that is not the only kind of host, the one that keeps workloads off
   */
  readonly taints?: readonly OnpremTaint[];
  /**
   * What the host must prove to be: its public key as in `ssh-ed25519 AAAA…`, or
   * a fingerprint as in `SHA256:…`.
   * @default what the known-hosts file says
   */
  readonly hostKey?: pulumi.Input<string>;
  /** What differs from the common `ssh`. @default nothing */
  readonly ssh?: Partial<OnpremSsh>;
  /** In place of the common `sudo`. @default the common one */
  readonly sudo?: OnpremSudo;
}

/** A taint that keeps pods off a host unless they tolerate it. */
export interface OnpremTaint {
  readonly key: pulumi.Input<string>;
  readonly value?: pulumi.Input<string>;
  readonly effect: pulumi.Input<"NoSchedule" | "PreferNoSchedule" | "NoExecute">;
}

/** How a host is reached by SSH. */
export interface OnpremSsh {
  readonly user: pulumi.Input<string>;
  /** @default 22 */
  readonly port?: number;
  /** File of a private key on the machine that runs Pulumi; `~/` is the home there. @default the agent's keys */
  readonly privateKeyFile?: string;
  /** Asks the agent that `SSH_AUTH_SOCK` names. @default true without `privateKeyFile` */
  readonly agent?: boolean;
  /** File in OpenSSH's known_hosts format. @default "~/.ssh/known_hosts" */
  readonly knownHostsFile?: string;
  /** A host to go through. @default none */
  readonly bastion?: OnpremBastion;
}

/** A host to go through; what is left out is as for the hosts behind it. */
export interface OnpremBastion {
  /** Name or address. */
  readonly address: pulumi.Input<string>;
  readonly user?: pulumi.Input<string>;
  /** @default 22 */
  readonly port?: number;
  readonly privateKeyFile?: string;
  readonly agent?: boolean;
  readonly knownHostsFile?: string;
  /** See `OnpremHost.hostKey`. */
  readonly hostKey?: pulumi.Input<string>;
}

/** How commands become root's. */
export interface OnpremSudo {
  /** `none`: the SSH user is root. `password`: sudo asks, and is answered on standard input. */
  readonly mode: "none" | "passwordless" | "password";
  /** Environment variable, on the machine that runs Pulumi, that holds the password. With `password` only. */
  readonly passwordVariable?: string;
}

/** Where the API server is reached; one of `vip` and `external`. It cannot change later. */
export interface OnpremEndpoint {
  /**
   * A free address of the hosts' network, which moves between the control planes; at its port 6443 clients are
   * spread over all of them.
   */
  readonly vip?: pulumi.Input<string>;
  /** Virtual router id of VRRP, 1 to 255, unlike any other in that network. @default the last number of `vip` */
  readonly routerId?: number;
  /** A load balancer that is there already, as `host:port`. */
  readonly external?: pulumi.Input<string>;
}

/** Where binaries and images come from: a bundle, or places to download from. */
export interface OnpremArtifacts {
  /** Folder that `npx isokube bundle` wrote; nothing else is reached. */
  readonly bundle?: string;
  /** File of the public key that the bundle's list of digests is signed with. @default the signature is not asked for */
  readonly publicKeyFile?: string;
  /**
   * URL prefix in place of `https://dl.k8s.io` and `https://github.com`, for example
   * `https://mirror.example.com/files`: below it, files are where they are there.
   * @default their publishers
   */
  readonly binaries?: string;
  /**
   * What those files must be. A host checks each before it uses it.
   * @default what is published beside each file as `.sha256`; the machine that runs Pulumi reads it
   */
  readonly digests?: OnpremDigests;
  /**
   * A registry that stands for every image's own, and perhaps a path in it, for
   * example `registry.example.com/mirror`. Images keep their names: containerd is sent there.
   * @default each image's own registry
   */
  readonly images?: string;
}

/** SHA-256 of a release's files by the hosts' processor; a host with another one is refused. */
export interface OnpremDigests {
  readonly amd64?: OnpremProgramDigests;
  readonly arm64?: OnpremProgramDigests;
}

/** Each in 64 lower-case hexadecimal digits. They change with `kubernetesVersion`. */
export interface OnpremProgramDigests {
  readonly kubelet: string;
  readonly kubeadm: string;
  readonly kubectl: string;
  /** Of the archive with the plugins of the container network. @default the official archive's, which is known */
  readonly cniPlugins?: string;
}

/** Addresses for Services of type LoadBalancer. */
export interface OnpremLoadBalancer {
  /** Free IPv4 addresses of the hosts' network: `10.89.0.200-10.89.0.220`, or a CIDR. */
  readonly addresses: readonly string[];
}

/** Volumes on the hosts' own disks. */
export interface OnpremStorage {
  /** Folder of every host. @default "/var/lib/isokube/volumes" */
  readonly path?: string;
  /** Folder on a faster disk, for the class `fast`. @default that of `path` */
  readonly fastPath?: string;
}

/** What differs on these hosts, on top of what is right for a usual one (systemd, cgroup v2). */
export interface OnpremHostSettings {
  /** Who manages cgroups; cannot change later. @default "systemd" */
  readonly cgroupDriver?: "systemd" | "cgroupfs";
  /** False lets the kubelet start on cgroup v1. @default true */
  readonly failCgroupV1?: boolean;
  /** False lets the kubelet start with swap on. @default true */
  readonly failSwapOn?: boolean;
  /** For hosts without CAP_SYS_RESOURCE. @default false */
  readonly restrictOomScoreAdj?: boolean;
  /** Fields of KubeletConfiguration. @default none */
  readonly kubelet?: Readonly<Record<string, unknown>>;
  /** Fields of KubeProxyConfiguration. @default none */
  readonly kubeProxy?: Readonly<Record<string, unknown>>;
}
