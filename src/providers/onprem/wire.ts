import type * as pulumi from "@pulumi/pulumi";
import type { OnpremOptions } from "../contract.js";

/**
 * What the plugin is told of a cluster and its hosts: plain data with every
 * default filled in, the same on every machine that runs the program. Where a
 * secret is, never the secret itself: files as they are named (`~/` is the home
 * of whoever runs it), an agent, an environment variable.
 */
export interface ClusterWire {
  /** A DNS label. */
  readonly clusterName: string;
  /** A minor such as `1.35`, or a full version; which patch a minor stands for, the plugin knows. */
  readonly kubernetesVersion: pulumi.Input<string>;
  readonly controlPlaneEndpoint: EndpointWire;
  readonly podCidr: pulumi.Input<string>;
  readonly serviceCidr: pulumi.Input<string>;
  readonly artifacts: ArtifactsWire;
  readonly hostSettings: HostSettingsWire;
  readonly maxUnavailable: number;
  readonly drainTimeoutSeconds: number;
  readonly onDestroy: "reset" | "leave";
}

/** `address` with `single` and `vip`, `routerId` with `vip`; `host` and `port` with `external`. */
export interface EndpointWire {
  readonly kind: "single" | "vip" | "external";
  readonly address?: pulumi.Input<string>;
  readonly routerId?: pulumi.Input<number>;
  readonly host?: pulumi.Input<string>;
  readonly port?: pulumi.Input<number>;
}

/** `directory` and perhaps `publicKeyFile` with `bundle`; perhaps `binaries`, `images` and `digests` with `online`. */
export interface ArtifactsWire {
  readonly kind: "bundle" | "online";
  readonly directory?: string;
  readonly publicKeyFile?: string;
  readonly binaries?: string;
  readonly images?: string;
  readonly digests?: NonNullable<NonNullable<OnpremOptions["artifacts"]>["digests"]>;
}

export interface HostSettingsWire {
  readonly cgroupDriver: "systemd" | "cgroupfs";
  readonly failCgroupV1: boolean;
  readonly failSwapOn: boolean;
  readonly restrictOomScoreAdj: boolean;
  readonly kubelet: Readonly<Record<string, unknown>>;
  readonly kubeProxy: Readonly<Record<string, unknown>>;
}

/** One host and what it is in the cluster. */
export interface NodeWire {
  /** Name of the node; a DNS label. */
  readonly name: string;
  readonly role: "controlPlane" | "worker";
  readonly host: HostWire;
  /** Value of the label `isokube.dev/pool`, which is not among `labels`. */
  readonly pool: string;
  readonly labels: Readonly<Record<string, pulumi.Input<string>>>;
  /** Every taint that the node has, that of control planes included. */
  readonly taints: readonly TaintWire[];
  /** What its pool says a node must have; left out where `pools` says nothing of the pool. */
  readonly needs?: NeedsWire;
}

export interface TaintWire {
  readonly key: pulumi.Input<string>;
  readonly value?: pulumi.Input<string>;
  readonly effect: pulumi.Input<string>;
}

/** What the host must have at least; `cpu` and `memory` are Kubernetes quantities. */
export interface NeedsWire {
  readonly cpu: pulumi.Input<string>;
  readonly memory: pulumi.Input<string>;
  readonly arch: "amd64" | "arm64";
}

export interface HostWire {
  readonly address: pulumi.Input<string>;
  readonly ssh: SshWire;
  readonly sudo: SudoWire;
}

export interface SshWire {
  readonly user: pulumi.Input<string>;
  readonly port: number;
  /** A public key or a fingerprint; left out where the known-hosts file decides. */
  readonly hostKey?: pulumi.Input<string>;
  readonly knownHostsFile: string;
  /** Left out where the agent has the key. */
  readonly privateKeyFile?: string;
  /** Whether the agent is asked. Its socket is another one in every session, so the plugin finds it out. */
  readonly agent: boolean;
  readonly bastion?: BastionWire;
}

export interface BastionWire extends Omit<SshWire, "bastion"> {
  readonly address: pulumi.Input<string>;
}

/** `variable` with `password` only. */
export interface SudoWire {
  readonly kind: "none" | "passwordless" | "password";
  readonly variable?: string;
}
