import * as pulumi from "@pulumi/pulumi";
import { packageVersion } from "../../core/package.js";

/** A taint of a local pool's nodes. */
export interface ControlPlaneTaint {
  key: pulumi.Input<string>;
  value?: pulumi.Input<string>;
  effect: pulumi.Input<string>;
}

/** A pool of simulated nodes. */
export interface ControlPlanePool {
  name: pulumi.Input<string>;
  count: pulumi.Input<number>;
  /** Cores of one node, as a Kubernetes quantity. */
  cpu: pulumi.Input<string>;
  /** Memory of one node, as a Kubernetes quantity. */
  memory: pulumi.Input<string>;
  /** @default "amd64" */
  arch?: pulumi.Input<string>;
  labels?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  taints?: pulumi.Input<pulumi.Input<ControlPlaneTaint>[]>;
}

/** The inputs of a `ControlPlane`. */
export interface ControlPlaneArgs {
  /**
   * Unique on this machine, usable as a file name.
   * @default `<project>-<stack>-<name>`
   */
  clusterName?: pulumi.Input<string>;
  /** A minor (`1.35`) or a full version. */
  kubernetesVersion: pulumi.Input<string>;
  pools: pulumi.Input<pulumi.Input<ControlPlanePool>[]>;
  /** Addresses of pods, as a CIDR. */
  podCidr?: pulumi.Input<string>;
  /** Addresses of Services, as a CIDR. */
  serviceCidr?: pulumi.Input<string>;
  /** Writes an audit log into the data directory. */
  auditLogs?: pulumi.Input<boolean>;
  /** Encrypts Secrets in etcd. */
  secretsEncryption?: pulumi.Input<boolean>;
  hpaSyncPeriodSeconds?: pulumi.Input<number>;
  hpaDownscaleStabilizationSeconds?: pulumi.Input<number>;
  metricsResolutionSeconds?: pulumi.Input<number>;
}

/** What runs of a control plane, and whether it does. */
export type ComponentStatus = "running" | "down" | "unhealthy";

/**
 * A Kubernetes control plane of real processes on this machine with simulated
 * nodes. Its provider plugin makes, mends, upgrades and removes it; it outlives
 * the command that made it.
 */
export class ControlPlane extends pulumi.CustomResource {
  /** Where its certificates, data and logs are. */
  declare readonly dataDirectory: pulumi.Output<string>;
  /** URL of the API server, on loopback. */
  declare readonly endpoint: pulumi.Output<string>;
  /** Holds a client certificate: secret. */
  declare readonly kubeconfig: pulumi.Output<string>;
  /** Full version, for example `1.35.3`. */
  declare readonly version: pulumi.Output<string>;
  declare readonly clusterName: pulumi.Output<string>;
  /** Health of each process when it was last looked at. */
  declare readonly components: pulumi.Output<Record<string, ComponentStatus>>;
  /** How many simulated nodes there are. */
  declare readonly nodes: pulumi.Output<number>;

  constructor(name: string, args: ControlPlaneArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = {
      dataDirectory: undefined,
      endpoint: undefined,
      kubeconfig: undefined,
      version: undefined,
      components: undefined,
      nodes: undefined,
    };
    super(
      "isokube:local:ControlPlane",
      name,
      { clusterName: undefined, ...args, ...outputs },
      pulumi.mergeOptions({ version: packageVersion(), additionalSecretOutputs: ["kubeconfig"] }, opts),
    );
  }
}
