import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ReplicaSet } from "@pulumi/kubernetes/apps/v1/replicaSet.js";
import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import * as pulumi from "@pulumi/pulumi";
import { claim, kubernetesProvider } from "./kubernetes-provider.js";
import { grantIdentity } from "./workload/identity.js";
import { checkLaterLeaves, laterLeaves } from "./workload/later.js";
import { pulumiLeafTools } from "./workload/leaf-tools.js";
import { type PreparedWorkload, prepareWorkload } from "./workload/prepare.js";
import { renderWorkload } from "./workload/render.js";
import type { TypedWorkloadArgs } from "./workload/typed-args.js";

/**
 * Pods kept running on a cluster, with what belongs to them: service account,
 * Service, disruption budget, autoscaler, and the ConfigMaps and Secrets that
 * are written in place.
 *
 * @throws ValidationError with every problem of the arguments, before anything is created
 */
export class Workload extends pulumi.ComponentResource {
  /** Name of the Kubernetes objects. */
  readonly workloadName: pulumi.Output<string>;
  /** Namespace of the Kubernetes objects. */
  readonly namespace: pulumi.Output<string>;
  /** Name under which the pods are reached inside the cluster; undefined without a Service. */
  readonly host: pulumi.Output<string | undefined>;
  /** Address of the load balancer; undefined without one. */
  readonly loadBalancerAddress: pulumi.Output<string | undefined>;

  constructor(name: string, args: TypedWorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
    const prepared = prepareWorkload(name, args);
    super("isokube:index:Workload", name, {}, opts);
    const service = register(this, name, prepared);
    const { spec } = prepared;
    this.workloadName = pulumi.output(spec.name);
    this.namespace = pulumi.output(spec.namespace);
    this.host =
      spec.service === undefined
        ? pulumi.output(undefined)
        : this.namespace.apply((namespace) => `${spec.name}.${namespace}.svc`);
    this.loadBalancerAddress =
      spec.service?.type === "LoadBalancer" && service !== undefined
        ? service.status.loadBalancer.ingress.apply((ingress) => ingress?.[0]?.ip ?? ingress?.[0]?.hostname)
        : pulumi.output(undefined);
    // Nothing to add: all of the above follows from the objects, which the state holds already.
    this.registerOutputs();
  }
}

/** Registers the objects; what one needs is there before it. */
function register(parent: Workload, name: string, prepared: PreparedWorkload): Service | undefined {
  const { subject, spec, claims } = prepared;
  const { cluster } = prepared.args;
  const provider = kubernetesProvider(cluster);
  for (const { object } of claims) claim(provider, object, subject);

  const later = laterLeaves(prepared);
  const checked = later.length === 0 ? undefined : checkLaterLeaves(prepared, later);
  const identity = grantIdentity(parent, prepared, checked);
  const objects = renderWorkload(spec, pulumiLeafTools, {
    ...(prepared.facts.rules === undefined ? {} : { rules: prepared.facts.rules }),
    ...(identity === undefined ? {} : { identity }),
  });
  /** Whoever depends on this waits until the leaves are known and right, and fails with them. */
  const after = (resources: pulumi.Resource[]) => checked?.then(() => resources) ?? resources;
  const { deletedWith } = cluster;
  const options: pulumi.CustomResourceOptions = {
    parent,
    provider,
    dependsOn: after([]),
    ...(deletedWith === undefined ? {} : { deletedWith }),
  };

  const needed: pulumi.Resource[] = [...(identity?.resources ?? [])];
  if (objects.serviceAccount !== undefined) needed.push(new ServiceAccount(name, objects.serviceAccount, options));
  for (const [ending, object] of Object.entries(objects.configMaps)) {
    needed.push(new ConfigMap(`${name}-${ending}`, object, options));
  }
  for (const [ending, object] of Object.entries(objects.secrets)) {
    needed.push(new Secret(`${name}-${ending}`, object, options));
  }

  // Pulumi deletes what left the program last of all, so an autoscaler that is given up would go on
  // scaling while its Deployment is already told its fixed number (docs/adr/0005-workload.md). The
  // budget is always there and may be missing for a moment: a change of mode replaces it, which takes
  // the autoscaler along, before the Deployment's turn.
  const disruptionBudget = new PodDisruptionBudget(name, objects.disruptionBudget, {
    ...options,
    replacementTrigger: spec.scaling.mode,
    deleteBeforeReplace: true,
  });

  const controllerOptions: pulumi.CustomResourceOptions = {
    ...options,
    dependsOn: after([...needed, disruptionBudget]),
    ...(spec.scaling.mode === "auto" ? { ignoreChanges: ["spec.replicas"] } : {}),
  };
  const controller =
    objects.deployment === undefined
      ? new ReplicaSet(name, objects.replicaSet, controllerOptions)
      : new Deployment(name, objects.deployment, controllerOptions);

  if (objects.autoscaler !== undefined) {
    new HorizontalPodAutoscaler(name, objects.autoscaler, {
      ...options,
      dependsOn: after([controller]),
      replaceWith: [disruptionBudget],
    });
  }
  return objects.service === undefined ? undefined : new Service(name, objects.service, options);
}
