/**
 * What a target can be asked to give: the rules of the equivalence contract
 * (docs/adr/0006-contract-and-capabilities.md) and the options of `ClusterArgs`
 * that not every target has.
 */
export const capabilityMeanings = {
  kubernetesVersion: "the asked Kubernetes minor is what runs",
  releaseChannels: "the version follows a channel of the provider",
  kubeconfig: "a kubeconfig whose credentials are not long-lived secrets",
  metricsApi: "the metrics API answers, so a HorizontalPodAutoscaler scales",
  storageClasses: "storage classes `standard` (default) and `fast`",
  loadBalancer: "a Service of type LoadBalancer gets an address",
  gateway: "Gateway API with the gateway class `isokube`",
  networkPolicy: "NetworkPolicy is enforced",
  podSecurityRestricted: "the Pod Security Standard `restricted` can be enforced",
  dns: "Services and pods are found by name",
  workloadIdentity: "an OIDC issuer through which pods get an identity of the provider",
  nodeLabels: "nodes carry `isokube.dev/pool` and the standard arch and zone labels",
  auditLogs: "the API server writes an audit log where asked",
  secretsEncryption: "Secrets are encrypted at rest where asked",
  cleanDestroy: "destroy leaves nothing behind",
  highlyAvailableControlPlane: "the control plane survives the loss of one member",
  nodeAutoscaling: "pools grow and shrink between `min` and `max`",
  containerExecution: "containers really run",
  trafficToPods: "a pod answers requests",
  publicEndpoint: "the API server is reachable from outside its network",
  privateEndpoint: "the API server is reachable from inside its network only",
  endpointAllowList: "only listed address ranges reach the API server",
  arm64: "pools of arm64 nodes",
  gpu: "pools of nodes with GPUs",
  spot: "pools of spare capacity at a lower price",
  podAddresses: "pods have addresses of `network.podCidr`",
  zones: "nodes are in as many zones as `network.zones` says",
  deletionProtection: "destroy is refused until the protection is lifted",
  tags: "the provider's resources carry tags",
  adminAccess: "named principals administer the cluster",
  sidecars: "init containers with `restartPolicy: Always`",
  daemonSets: "one pod on every node",
} as const;

/** The name of a capability; a key of every `CapabilityTable`. */
export type Capability = keyof typeof capabilityMeanings;

/** Every capability, in the order of the documentation's table. */
export const capabilities = Object.keys(capabilityMeanings) as readonly Capability[];

/**
 * The equivalence contract: what every target must give, whatever it is built
 * from, or say that it does not. Rely on nothing else.
 */
export const contract = [
  { rule: "the asked Kubernetes minor", capabilities: ["kubernetesVersion"] },
  { rule: "a kubeconfig without long-lived secrets", capabilities: ["kubeconfig"] },
  { rule: "the metrics API, so an HPA scales", capabilities: ["metricsApi"] },
  { rule: "storage classes standard (default) and fast", capabilities: ["storageClasses"] },
  { rule: "addresses for LoadBalancer Services, and one gateway class", capabilities: ["loadBalancer", "gateway"] },
  { rule: "NetworkPolicy is enforced", capabilities: ["networkPolicy"] },
  { rule: "Pod Security restricted works for every Workload", capabilities: ["podSecurityRestricted"] },
  { rule: "DNS", capabilities: ["dns"] },
  { rule: "an OIDC issuer for workload identity", capabilities: ["workloadIdentity"] },
  { rule: "neutral node labels", capabilities: ["nodeLabels"] },
  { rule: "audit log and secrets encryption where asked", capabilities: ["auditLogs", "secretsEncryption"] },
  { rule: "destroy leaves nothing behind", capabilities: ["cleanDestroy"] },
] as const satisfies readonly { readonly rule: string; readonly capabilities: readonly Capability[] }[];

/**
 * How a target gives a capability: `native` by itself, `addon` by something
 * isokube installs, `emulated` by something that behaves alike, `unsupported`
 * not at all; `unknown` is read from the live cluster or cannot be seen.
 */
export type SupportLevel = "native" | "addon" | "emulated" | "unsupported" | "unknown";

/** A capability that is given, and by what. */
export interface Supported {
  readonly level: "native" | "addon" | "emulated";
  /** What gives it, for example `metrics-server`. */
  readonly by: string;
}

/** A capability that is not given, why, and what to do instead. */
export interface Unsupported {
  readonly level: "unsupported";
  /** A clause without a full stop. */
  readonly reason: string;
  /** In the imperative, without a full stop. */
  readonly remedy: string;
}

/** A capability that only the live cluster can tell of. */
export interface Unknown {
  readonly level: "unknown";
  /** A clause without a full stop. */
  readonly reason: string;
}

/** One cell of the matrix. */
export type Support = Supported | Unsupported | Unknown;

/** What one cluster gives: plain data, so it passes through stack references. */
export type CapabilityTable = Readonly<Record<Capability, Support>>;

export const native = (by: string): Supported => ({ level: "native", by });
export const addon = (by: string): Supported => ({ level: "addon", by });
export const emulated = (by: string): Supported => ({ level: "emulated", by });
export const unsupported = (reason: string, remedy: string): Unsupported => ({ level: "unsupported", reason, remedy });
export const unknown = (reason: string): Unknown => ({ level: "unknown", reason });
