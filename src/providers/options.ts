import type * as pulumi from "@pulumi/pulumi";

/** What only the `local` target has words for. */
export interface LocalOptions {
  /**
   * How often HorizontalPodAutoscalers are evaluated, in seconds. Shorter shows
   * scaling sooner and costs CPU of this machine.
   * @default 15
   */
  readonly hpaSyncPeriodSeconds?: pulumi.Input<number>;
  /**
   * How long a HorizontalPodAutoscaler remembers higher recommendations before
   * it scales down, in seconds; a workload's own window comes first.
   * @default 300
   */
  readonly hpaDownscaleStabilizationSeconds?: pulumi.Input<number>;
  /** How often metrics-server reads usage, in seconds. @default 15 */
  readonly metricsResolutionSeconds?: pulumi.Input<number>;
}

/** Which existing cluster is meant, and how it is reached. */
export interface ExistingOptions {
  /**
   * Kubeconfig as YAML or JSON, for example the output of another stack;
   * treated as secret. Files that it names are read on this machine.
   * @default the files of `$KUBECONFIG`, else `~/.kube/config`
   */
  readonly kubeconfig?: pulumi.Input<string>;
  /**
   * Context of the kubeconfig.
   * @default the current context, when `kubeconfig` is given
   */
  readonly context?: pulumi.Input<string>;
  /**
   * What tells this cluster from others. When it changes, everything deployed
   * into the cluster is made anew; when only the kubeconfig changes, nothing is.
   * Set it when the kubeconfig is not known during a preview.
   * @default the UID of the cluster's kube-system namespace
   */
  readonly identity?: string;
  /** How long to wait for one answer of the API server, in seconds. @default 10 */
  readonly timeoutSeconds?: number;
}
