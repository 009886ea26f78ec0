import * as pulumi from "@pulumi/pulumi";
import type { KubernetesObject, ManifestGroup } from "../../providers/contract.js";

/**
 * Makes the objects of every group, each as a resource of its own, so that a
 * preview shows them and a destroy takes them down in the reverse order. Within
 * a group, what others refer to comes first.
 */
export function createManifests(
  cluster: string,
  groups: readonly ManifestGroup[],
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const made = new Map<string, readonly pulumi.Resource[]>();
  for (const group of groups) {
    const before = group.after.flatMap((name) => {
      const resources = made.get(name);
      if (resources === undefined) throw new Error(`${group.name} needs ${name}, which is not listed before it`);
      return resources;
    });
    made.set(group.name, createGroup(cluster, group, before, options));
  }
  return [...made.values()].flat();
}

function createGroup(
  cluster: string,
  { name, objects }: ManifestGroup,
  before: readonly pulumi.Resource[],
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const made: pulumi.Resource[] = [];
  for (const step of [...new Set(objects.map(stepOf))].sort()) {
    const dependsOn = [...before, ...made];
    const inStep = objects.filter((object) => stepOf(object) === step);
    made.push(
      ...inStep.map((object) => new Manifest(resourceName(cluster, name, object), object, { ...options, dependsOn })),
    );
  }
  return made;
}

/** Everything that runs, and custom resources, which others act on; Services, which Pulumi makes wait for their pods. */
const running = "everything else";

/** In which order kinds come: first those that others refer to by name. */
const steps: readonly (readonly string[])[] = [
  ["Namespace", "CustomResourceDefinition", "PriorityClass"],
  ["ServiceAccount", "ConfigMap", "Role", "ClusterRole", "NetworkPolicy"],
  ["RoleBinding", "ClusterRoleBinding"],
  [running],
  // While nobody answers for it, no namespace can be deleted.
  ["APIService"],
];

function stepOf({ kind }: KubernetesObject): number {
  const step = steps.findIndex((kinds) => kinds.includes(kind));
  return step < 0 ? steps.findIndex(([first]) => first === running) : step;
}

/** The same in every run, and told apart by kind: a role often has the name of its account. */
function resourceName(cluster: string, group: string, { kind, metadata }: KubernetesObject): string {
  const own = metadata.name.replaceAll(":", "-");
  const place = metadata.namespace === "kube-system" || metadata.namespace === undefined ? [] : [metadata.namespace];
  return [cluster, group, kind.toLowerCase(), ...place, own].join("-");
}

/** Any Kubernetes object, under the very type that the SDK's own class of its kind has. */
class Manifest extends pulumi.CustomResource {
  constructor(name: string, object: KubernetesObject, options: pulumi.CustomResourceOptions) {
    const group = object.apiVersion.includes("/") ? object.apiVersion : `core/${object.apiVersion}`;
    super(`kubernetes:${group}:${object.kind}`, name, { ...object }, options);
  }
}
