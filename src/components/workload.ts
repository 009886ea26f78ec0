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
import { withShallowStacks } from "./shallow-stacks.js";
import { grantIdentity } from "./workload/identity.js";
import { checkLaterLeaves, laterLeaves } from "./workload/later.js";
import { pulumiLeafTools } from "./workload/leaf-tools.js";
import { type PreparedWorkload, prepareWorkload } from "./workload/prepare.js";
import { renderWorkload } from "./workload/render.js";
import type { WorkloadSpec } from "./workload/spec.js";
import type { TypedWorkloadArgs } from "./workload/typed-args.js";

/**
 * Pods kept running on a cluster, with what belongs to them: service account,
 * Service, disruption budget, autoscaler, and the ConfigMaps and Secrets that
 * are written in place.
 *
 * @throws ValidationError with every problem of the arguments, before anything is created
 */
export class Workload extends pulumi.ComponentResource {
  readonly #spec: WorkloadSpec;
  readonly #service: Service | undefined;

  constructor(name: string, args: TypedWorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
    const prepared = prepareWorkload(name, args);
    super("isokube:index:Workload", name, {}, opts);
    this.#spec = prepared.spec;
    this.#service = withShallowStacks(() => register(this, name, prepared));
    // Nothing to add: all of what follows comes from the objects, which the state holds already.
    this.registerOutputs();
  }

  // Made when they are asked for: of many workloads few are, and an output costs as much as an object's property.

  /** Name of the Kubernetes objects. */
  get workloadName(): pulumi.Output<string> {
    return pulumi.output(this.#spec.name);
  }

  /** Namespace of the Kubernetes objects. */
  get namespace(): pulumi.Output<string> {
    return pulumi.output(this.#spec.namespace);
  }

  /** Name under which the pods are reached inside the cluster; undefined without a Service. */
  get host(): pulumi.Output<string | undefined> {
    const { name, service } = this.#spec;
    if (service === undefined) return pulumi.output(undefined);
    return this.namespace.apply((namespace) => `${name}.${namespace}.svc`);
  }

  /** Address of the load balancer; undefined without one. */
  get loadBalancerAddress(): pulumi.Output<string | undefined> {
    const service = this.#service;
    if (this.#spec.service?.type !== "LoadBalancer" || service === undefined) return pulumi.output(undefined);
    return service.status.loadBalancer.ingress.apply((ingress) => ingress?.[0]?.ip ?? ingress?.[0]?.hostname);
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
  // Every object has it: none is made before the leaves are known and right, and all fail with them.
  const namespace = checked === undefined ? spec.namespace : pulumi.output(checked.then(() => spec.namespace));
  const objects = renderWorkload({ ...spec, namespace }, pulumiLeafTools, {
    ...(prepared.facts.rules === undefined ? {} : { rules: prepared.facts.rules }),
    ...(identity === undefined ? {} : { identity }),
  });
  const { deletedWith } = cluster;
  const options: pulumi.CustomResourceOptions = {
    parent,
    provider,
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
    dependsOn: [...needed, disruptionBudget],
    ...(spec.scaling.mode === "auto" ? { ignoreChanges: ["spec.replicas"] } : {}),
  };
  const controller =
    objects.deployment === undefined
      ? new ReplicaSet(name, objects.replicaSet, controllerOptions)
      : new Deployment(name, objects.deployment, controllerOptions);

  if (objects.autoscaler !== undefined) {
    new HorizontalPodAutoscaler(name, objects.autoscaler, {
      ...options,
      dependsOn: controller,
      replaceWith: [disruptionBudget],
    });
  }
  return objects.service === undefined ? undefined : new Service(name, objects.service, options);
}
