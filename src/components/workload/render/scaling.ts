import type { types } from "@pulumi/kubernetes";
import { compact } from "../../../core/compact.js";
import type { ScalingSpec, WorkloadSpec } from "../spec.js";
import { intOrPercent, metadataOf, selectorOf } from "./metadata.js";

export type DisruptionBudget = types.input.policy.v1.PodDisruptionBudget;
export type Autoscaler = types.input.autoscaling.v2.HorizontalPodAutoscaler;
type Metric = types.input.autoscaling.v2.MetricSpec;

/** How many pods the controller is told to run; under an autoscaler only at its creation. */
export function initialReplicas(scaling: ScalingSpec): number {
  switch (scaling.mode) {
    case "fixed":
      return scaling.replicas;
    case "auto":
      return scaling.min;
    case "unclear":
      throw new TypeError("scaling was rendered without being checked");
  }
}

export function renderDisruptionBudget(spec: WorkloadSpec): DisruptionBudget {
  const { maxUnavailable, minAvailable, unhealthyPodEviction } = spec.disruption;
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadataOf(spec, spec.name),
    spec: compact<types.input.policy.v1.PodDisruptionBudgetSpec>({
      selector: { matchLabels: selectorOf(spec) },
      maxUnavailable: maxUnavailable === undefined ? undefined : intOrPercent(maxUnavailable),
      minAvailable: minAvailable === undefined ? undefined : intOrPercent(minAvailable),
      unhealthyPodEvictionPolicy: unhealthyPodEviction,
    }),
  };
}

export function renderAutoscaler(spec: WorkloadSpec): Autoscaler | undefined {
  const { scaling } = spec;
  if (scaling.mode !== "auto") return undefined;
  const metric = (name: "cpu" | "memory", averageUtilization: number | undefined): Metric[] =>
    averageUtilization === undefined
      ? []
      : [{ type: "Resource", resource: { name, target: { type: "Utilization", averageUtilization } } }];
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: metadataOf(spec, spec.name),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: spec.controller, name: spec.name },
      minReplicas: scaling.min,
      maxReplicas: scaling.max,
      metrics: [...metric("cpu", scaling.cpu), ...metric("memory", scaling.memory)],
      behavior: {
        scaleDown: { stabilizationWindowSeconds: scaling.scaleDownWindowSeconds },
        scaleUp: { stabilizationWindowSeconds: scaling.scaleUpWindowSeconds },
      },
    },
  };
}
