import type { Problem } from "../../../core/problems.js";
import { compareQuantities } from "../../../core/quantity.js";
import { known } from "../leaf.js";
import { allContainers, fewestPods, type ScalingSpec, type WorkloadSpec } from "../spec.js";
import { checkPodCount, isNone, parsePodCount, podsOf } from "./pod-count.js";

export function checkScaling(spec: WorkloadSpec): Problem[] {
  return [...checkMode(spec), ...checkDisruption(spec), ...checkRollout(spec)];
}

function checkMode(spec: WorkloadSpec): Problem[] {
  const { scaling } = spec;
  switch (scaling.mode) {
    case "fixed":
      return [];
    case "unclear":
      return [
        {
          code: "scaling/one-of",
          path: "scaling",
          why:
            scaling.given.length === 0
              ? "says neither fixed nor auto"
              : "says fixed and auto, and two masters of one number undo each other's work",
          fix: "give exactly one of fixed, auto",
        },
      ];
    case "auto":
      return checkAuto(spec, scaling);
  }
}

function checkAuto(spec: WorkloadSpec, auto: Extract<ScalingSpec, { mode: "auto" }>): Problem[] {
  const problems: Problem[] = [];
  if (auto.min === 0) {
    problems.push({
      code: "scaling/zero",
      path: "scaling.auto.min",
      value: 0,
      why: "no pod uses no processor and no memory, so nothing would ever start the first one again",
      fix: "set min to at least 1",
    });
  }
  if (auto.min > auto.max) {
    problems.push({
      code: "scaling/min-above-max",
      path: "scaling.auto.min",
      value: auto.min,
      why: `is more than scaling.auto.max, which is ${auto.max}`,
      fix: `set min to at most ${auto.max}, or raise max`,
    });
  }
  for (const metric of ["cpu", "memory"] as const) {
    if (auto[metric] !== 0) continue;
    problems.push({
      code: "scaling/utilisation",
      path: `scaling.auto.${metric}`,
      value: 0,
      why: "there is no number of pods that uses nothing",
      fix: `give the percentage of the asked ${metric} to aim at, for example 70`,
    });
  }
  if ((auto.memory ?? 0) > 100 && !allContainers(spec).some(mayUseMoreMemory)) {
    problems.push({
      code: "scaling/never-reached",
      path: "scaling.auto.memory",
      value: auto.memory,
      why: "no container may use more memory than it asks for, so this is never reached",
      fix: "aim at 100 or less, or raise a memoryLimit",
    });
  }
  return problems;
}

function mayUseMoreMemory({ resources }: { resources: WorkloadSpec["containers"][number]["resources"] }): boolean {
  const [asked, most] = [known(resources.memory), known(resources.memoryLimit)];
  return asked === undefined || most === undefined || compareQuantities(asked, most) !== 0;
}

/** A budget that lets no pod go stops every node drain, and with it every upgrade of the cluster. */
function checkDisruption({ disruption, scaling }: WorkloadSpec): Problem[] {
  const { maxUnavailable, minAvailable } = disruption;
  if (maxUnavailable !== undefined && minAvailable !== undefined) {
    return [
      {
        code: "disruption/one-of",
        path: "disruption",
        why: "says maxUnavailable and minAvailable",
        fix: "give at most one of them",
      },
    ];
  }
  const field = minAvailable === undefined ? "maxUnavailable" : "minAvailable";
  const text = minAvailable ?? maxUnavailable ?? "1";
  const path = `disruption.${field}`;
  const count = parsePodCount(text);
  if (count === undefined) return checkPodCount(path, text);
  const pods = fewestPods(scaling);
  const blocks = field === "maxUnavailable" ? isNone(count) : pods > 0 && podsOf(count, pods) >= pods;
  if (!blocks) return [];
  return [
    {
      code: "disruption/blocks-drain",
      path,
      value: text,
      why:
        field === "maxUnavailable"
          ? "no pod may ever go, so no node can be drained"
          : `${pods === 1 ? "the only pod" : `all ${pods} pods there may be`} must stay, so no node can be drained`,
      fix: field === "maxUnavailable" ? "allow at least 1" : "ask for fewer, or use maxUnavailable",
    },
  ];
}

function checkRollout({ rollout, controller }: WorkloadSpec): Problem[] {
  const { given, strategy, maxUnavailable, maxSurge, minReadySeconds = 0, progressDeadlineSeconds } = rollout;
  if (controller === "ReplicaSet" && given.length > 0) {
    return [
      {
        code: "rollout/with-replica-set",
        path: "rollout",
        why: "a ReplicaSet never rolls a change out: new pods are made as it says, running ones stay",
        fix: 'remove rollout, or use controller "Deployment"',
      },
    ];
  }
  const problems: Problem[] = [];
  if (strategy === "Recreate") {
    for (const field of ["maxUnavailable", "maxSurge"].filter((name) => given.includes(name))) {
      problems.push({
        code: "rollout/recreate",
        path: `rollout.${field}`,
        why: "Recreate ends all pods before it starts new ones",
        fix: "leave it out, or use RollingUpdate",
      });
    }
    return problems;
  }
  problems.push(
    ...checkPodCount("rollout.maxUnavailable", maxUnavailable),
    ...checkPodCount("rollout.maxSurge", maxSurge),
  );
  const counts = [parsePodCount(maxUnavailable), parsePodCount(maxSurge)];
  if (counts.every((count) => count !== undefined && isNone(count))) {
    problems.push({
      code: "rollout/stuck",
      path: "rollout.maxSurge",
      value: maxSurge,
      why: "no pod may be missing and none may be added, so nothing can change",
      fix: "allow at least one more or one fewer",
    });
  }
  if (progressDeadlineSeconds !== undefined && progressDeadlineSeconds <= minReadySeconds) {
    problems.push({
      code: "rollout/deadline",
      path: "rollout.progressDeadlineSeconds",
      value: progressDeadlineSeconds,
      why: `is not more than minReadySeconds, which is ${minReadySeconds}, so every rollout would fail`,
      fix: "raise it",
    });
  } else if (progressDeadlineSeconds === undefined && minReadySeconds >= 600) {
    problems.push({
      code: "rollout/deadline",
      path: "rollout.minReadySeconds",
      value: minReadySeconds,
      why: "is not less than the default progressDeadlineSeconds of 600, so every rollout would fail",
      fix: "lower it, or set progressDeadlineSeconds above it",
    });
  }
  return problems;
}
