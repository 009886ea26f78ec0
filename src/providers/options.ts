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

/** What only Amazon EKS has words for. */
export interface AwsOptions {
  /**
   * Zones of the subnets, by name.
   * @default as many of the region's zones as `network.zones` says, in the order of their names
   */
  readonly zones?: readonly string[];
  /**
   * What a pod shares with others under serverless compute: a `node` of EKS Auto
   * Mode, or nothing (`pod`): every pod runs on AWS Fargate.
   * @default "node"
   */
  readonly isolation?: "node" | "pod";
  /**
   * Namespaces whose pods run on AWS Fargate, with `isolation: "pod"`.
   * @default `default`, `kube-system` and the namespaces of isokube's own add-ons
   */
  readonly fargateNamespaces?: readonly string[];
  /** Instance types by pool: win over `cpu`, `memory`, `arch` and `gpu`. @default chosen from the catalogue */
  readonly instanceTypes?: Readonly<Record<string, readonly string[]>>;
  /** Managed policy that bounds every role that is made. @default none */
  readonly permissionsBoundary?: pulumi.Input<string>;
}

/** What only Azure Kubernetes Service has words for. */
export interface AzureOptions {
  /** Region of every resource. @default the location of the Azure provider's config */
  readonly location?: pulumi.Input<string>;
  /** A resource group that is there already. @default one is made */
  readonly resourceGroup?: pulumi.Input<string>;
  /**
   * Who runs the nodes under serverless compute: `automatic` is AKS Automatic,
   * `nodeAutoProvisioning` a Standard cluster whose nodes follow its pods.
   * @default "automatic"
   */
  readonly serverless?: "automatic" | "nodeAutoProvisioning";
  /** Virtual machine sizes by pool: win over `cpu`, `memory`, `arch` and `gpu`. @default chosen from the catalogue */
  readonly vmSizes?: Readonly<Record<string, string>>;
  /** How kubelogin signs in, for whoever uses the kubeconfig. @default "azurecli" */
  readonly login?: "azurecli" | "workloadidentity" | "msi" | "spn";
}

/** What only Google Kubernetes Engine has words for. */
export interface GcpOptions {
  /** Project of every resource. @default the project of the Google provider's config */
  readonly project?: pulumi.Input<string>;
  /** Region of every resource. @default the region of the Google provider's config */
  readonly region?: pulumi.Input<string>;
  /** Zones of nodes, by name. @default as many of the region's zones as `network.zones` says */
  readonly zones?: readonly string[];
  /** Machine types by pool: win over `cpu`, `memory`, `arch` and `gpu`. @default chosen from the catalogue */
  readonly machineTypes?: Readonly<Record<string, string>>;
}

export type {
  OnpremArtifacts,
  OnpremBastion,
  OnpremDigests,
  OnpremEndpoint,
  OnpremHost,
  OnpremHostSettings,
  OnpremLoadBalancer,
  OnpremOptions,
  OnpremProgramDigests,
  OnpremSsh,
  OnpremStorage,
  OnpremSudo,
  OnpremTaint,
} from "./options-onprem.js";
