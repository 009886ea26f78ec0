import type { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { assertNoProblems } from "../core/validation.js";
import { type CapabilityTable, capabilitiesOf, workloadRulesOf } from "../providers/capabilities.js";
import type {
  ClusterRef,
  ClusterSpec,
  ComputeMode,
  ProvisionedCluster,
  ReportRow,
  Target,
  WorkloadIdentityRef,
  WorkloadRules,
} from "../providers/contract.js";
import { targetEntry } from "../providers/registry.js";
import type { ClusterArgs, TypedClusterArgs } from "./cluster/args.js";
import { checkCluster } from "./cluster/check.js";
import { createGuard } from "./cluster/guard.js";
import { provisionInside } from "./cluster/in-cluster.js";
import { createProvider } from "./cluster/provider.js";
import { type ConfiguredClusterArgs, namedAsInConfig } from "./config.js";
import { withShallowStacks } from "./shallow-stacks.js";

/**
 * A Kubernetes cluster: the same on every target, or the report says how not.
 *
 * Give it to a `Workload`, or deploy into it with any resource of
 * `@pulumi/kubernetes` through `cluster.provider`.
 *
 * @throws ValidationError with every problem of the arguments, before anything is created.
 */
export class Cluster extends pulumi.ComponentResource implements ClusterRef {
  /** Where the cluster lives. */
  readonly target: Target;
  /** How its nodes come to be. */
  readonly compute: ComputeMode;
  /** What the target gives, known while the program runs; `unknown` where only the live cluster can tell. */
  readonly capabilities: CapabilityTable;
  /** What this very cluster gives, as far as it can be seen. */
  readonly detectedCapabilities: pulumi.Output<CapabilityTable>;
  /** Kubeconfig without long-lived credentials; secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Changes when, and only when, the cluster is another one: see `ClusterRef.identity`. */
  readonly identity: pulumi.Output<string>;
  /** URL of the API server. */
  readonly endpoint: pulumi.Output<string>;
  /** Full Kubernetes version that runs, for example `1.35.3`. */
  readonly version: pulumi.Output<string>;
  /** What was asked, which resource and field realise it, and how the result differs. */
  readonly report: pulumi.Output<readonly ReportRow[]>;
  /** True when nodes are simulated: pods are scheduled and reported, but no container runs. */
  readonly simulatedNodes: pulumi.Output<boolean>;
  /** The Kubernetes provider that deploys into this cluster, by server-side apply. */
  readonly provider: Provider;
  /** See `ClusterRef.deletedWith`. */
  declare readonly deletedWith?: pulumi.Resource;
  /** See `ClusterRef.workloadIdentity`: with it, another stack's workloads get identities of the cloud too. */
  declare readonly workloadIdentity?: WorkloadIdentityRef;
  /** See `ClusterRef.workloadRules`. */
  declare readonly workloadRules?: WorkloadRules;

  constructor(name: string, args: TypedClusterArgs, opts?: pulumi.ComponentResourceOptions);
  /** With the arguments of a stack's config, which are checked when the program runs. */
  constructor(name: string, args: ConfiguredClusterArgs, opts?: pulumi.ComponentResourceOptions);
  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    const { spec, problems } = checkCluster(name, args);
    assertNoProblems(`Cluster ${JSON.stringify(name)}`, namedAsInConfig(args, problems));
    const adapter = targetEntry(spec.target).provider;
    // A choice of the target's own block may narrow what its compute mode gives.
    const capabilities = adapter.capabilities?.(spec) ?? capabilitiesOf(spec.target, spec.compute);
    if (capabilities === undefined) throw new Error(`the checks let ${spec.target} pass`);
    super("isokube:index:Cluster", name, {}, opts);

    const { provisioned, rules, provider } = withShallowStacks(() => {
      const guard = createGuard(name, adapter, spec, this);
      const made = adapter.provision({ name, spec, parent: this, ...(guard === undefined ? {} : { guard }) });
      const followed = workloadRulesFor(spec, made);
      const inside = provisionInside(name, made, followed, this);
      return { provisioned: made, rules: followed, provider: createProvider(name, made, this, inside) };
    });
    this.target = spec.target;
    this.compute = spec.compute;
    this.capabilities = capabilities;
    this.detectedCapabilities = provisioned.capabilities;
    this.kubeconfig = provisioned.kubeconfig;
    this.identity = provisioned.identity;
    this.endpoint = provisioned.endpoint;
    this.version = provisioned.version;
    this.report = provisioned.report;
    this.simulatedNodes = provisioned.simulatedNodes;
    if (provisioned.deletedWith !== undefined) this.deletedWith = provisioned.deletedWith;
    if (provisioned.workloadIdentity !== undefined) this.workloadIdentity = provisioned.workloadIdentity;
    this.provider = provider;
    if (rules !== undefined) this.workloadRules = rules;
    this.registerOutputs({
      target: this.target,
      compute: this.compute,
      capabilities: this.detectedCapabilities,
      kubeconfig: this.kubeconfig,
      identity: this.identity,
      endpoint: this.endpoint,
      version: this.version,
      report: this.report,
      simulatedNodes: this.simulatedNodes,
      ...(provisioned.workloadIdentity === undefined ? {} : { workloadIdentity: provisioned.workloadIdentity }),
      ...(rules === undefined ? {} : { workloadRules: rules }),
    });
  }
}

/** Whatever load balancer the gateway gets, a workload's own gets too. */
function workloadRulesFor(spec: ClusterSpec, cluster: ProvisionedCluster): WorkloadRules | undefined {
  const rules = cluster.workloadRules ?? workloadRulesOf(spec.target, spec.compute);
  const { gatewayAnnotations: annotations } = cluster;
  if (rules?.loadBalancer === undefined || annotations === undefined) return rules;
  return { ...rules, loadBalancer: { ...rules.loadBalancer, annotations } };
}
