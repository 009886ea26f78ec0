import type { types } from "@pulumi/kubernetes";
import type { Leaf } from "../leaf.js";
import type { WorkloadSpec } from "../spec.js";

export type ObjectMeta = types.input.meta.v1.ObjectMeta;
type Leaves = Readonly<Record<string, Leaf<string>>>;

/** What Services, controllers, budgets and spread constraints find the pods by; never changes. */
export function selectorOf(spec: WorkloadSpec): Record<string, string> {
  return { "app.kubernetes.io/name": spec.name, "app.kubernetes.io/instance": spec.name };
}

export function labelsOf(spec: WorkloadSpec): Record<string, Leaf<string>> {
  return { ...spec.labels, ...selectorOf(spec), "app.kubernetes.io/managed-by": "isokube" };
}

export function metadataOf(spec: WorkloadSpec, name: string, annotations: Leaves = {}): ObjectMeta {
  const all = { ...spec.annotations, ...annotations };
  return {
    name,
    namespace: spec.namespace,
    labels: labelsOf(spec),
    ...(Object.keys(all).length > 0 ? { annotations: all } : {}),
  };
}

/** A number stays one, a percentage stays text: Kubernetes reads "1" as a percentage without its sign. */
export function intOrPercent(count: string): number | string {
  return count.endsWith("%") ? count : Number(count);
}
