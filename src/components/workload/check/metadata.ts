import { poolLabel } from "../../../core/labels.js";
import {
  dnsLabelProblem,
  dnsSubdomainProblem,
  labelKeyProblem,
  labelValueProblem,
  serviceNameProblem,
} from "../../../core/names.js";
import type { Problem } from "../../../core/problems.js";
import { joinPath } from "../../../core/shape.js";
import { known, type Leaf } from "../leaf.js";
import { ownPrefix, standardLabels } from "../names.js";
import type { WorkloadSpec } from "../spec.js";

/**
 * A pod is named after its workload, its ReplicaSet's hash (10 characters) and
 * 5 of its own, and must stay a host name of at most 63.
 */
export const longestName = 63 - "-0123456789-abcde".length;

type Leaves = Readonly<Record<string, Leaf<string>>>;

export function checkMetadata(spec: WorkloadSpec): Problem[] {
  return [
    ...checkName(spec),
    ...checkLabels("labels", spec.labels),
    ...standardLabels
      .filter((label) => label in spec.labels)
      .map((label) => ({
        code: "label/reserved",
        path: joinPath("labels", label),
        why: "selectors rest on it, and those can never change",
        fix: "remove it; the workload's name sets it",
      })),
    ...checkAnnotations("annotations", spec.annotations),
    ...checkAnnotations("podAnnotations", spec.podAnnotations),
    ...(spec.service === undefined ? [] : checkAnnotations("service.annotations", spec.service.annotations)),
    ...(spec.serviceAccount.own ? checkAnnotations("serviceAccount.annotations", spec.serviceAccount.annotations) : []),
    ...checkReferences(spec),
    ...checkPlacement(spec),
  ];
}

function checkName(spec: WorkloadSpec): Problem[] {
  const problems: Problem[] = [];
  const { name } = spec;
  const why = serviceNameProblem(name);
  if (name.length > longestName) {
    problems.push({
      code: "name/too-long",
      path: "name",
      value: name,
      why: `is ${name.length} characters long; with what Kubernetes adds, a pod's name would not fit into 63`,
      fix: `give a name of at most ${longestName} characters`,
    });
  } else if (why !== undefined) {
    problems.push({
      code: "name/invalid",
      path: "name",
      value: name,
      why,
      fix: 'give the Kubernetes objects a name, for example "web"',
    });
  }
  const namespace = known(spec.namespace);
  const namespaceProblem = namespace === undefined ? undefined : dnsLabelProblem(namespace);
  if (namespace !== undefined && namespaceProblem !== undefined) {
    problems.push({
      code: "name/namespace",
      path: "namespace",
      value: namespace,
      why: namespaceProblem,
      fix: "give the name of a namespace",
    });
  }
  return problems;
}

export function checkLabels(path: string, labels: Leaves): Problem[] {
  return Object.entries(labels).flatMap(([key, leaf]): Problem[] => {
    const at = joinPath(path, key);
    const keyProblem = labelKeyProblem(key);
    if (keyProblem !== undefined)
      return [{ code: "label/key", path: at, value: key, why: `the key ${keyProblem}`, fix: "rename it" }];
    const value = known(leaf);
    const valueProblem = value === undefined ? undefined : labelValueProblem(value);
    return valueProblem === undefined
      ? []
      : [{ code: "label/value", path: at, value, why: valueProblem, fix: "change the value, or use an annotation" }];
  });
}

export function checkAnnotations(path: string, annotations: Leaves): Problem[] {
  return Object.keys(annotations).flatMap((key): Problem[] => {
    const at = joinPath(path, key);
    const why = labelKeyProblem(key.toLowerCase());
    if (why !== undefined)
      return [{ code: "annotation/key", path: at, value: key, why: `the key ${why}`, fix: "rename it" }];
    return key.startsWith(ownPrefix)
      ? [{ code: "annotation/reserved", path: at, why: `${ownPrefix} is isokube's own`, fix: "choose another prefix" }]
      : [];
  });
}

function checkReferences(spec: WorkloadSpec): Problem[] {
  const references: [path: string, name: Leaf<string> | undefined][] = [
    ...spec.imagePullSecrets.map((name, index): [string, Leaf<string>] => [`imagePullSecrets[${index}]`, name]),
    ["priorityClassName", spec.priorityClassName],
    ["serviceAccount.name", spec.serviceAccount.own ? undefined : spec.serviceAccount.name],
  ];
  return references.flatMap(([path, leaf]) => {
    const name = known(leaf);
    const why = name === undefined ? undefined : dnsSubdomainProblem(name);
    return why === undefined
      ? []
      : [{ code: "name/reference", path, value: name, why, fix: "give the name of an existing object" }];
  });
}

function checkPlacement(spec: WorkloadSpec): Problem[] {
  const problems = checkLabels("nodeSelector", spec.nodeSelector);
  const poolProblem = spec.pool === undefined ? undefined : dnsLabelProblem(spec.pool);
  if (poolProblem !== undefined) {
    problems.push({
      code: "pool/name",
      path: "pool",
      value: spec.pool,
      why: poolProblem,
      fix: "give the name of one of the cluster's pools",
    });
  }
  if (poolLabel in spec.nodeSelector) {
    problems.push({
      code: "pool/selector",
      path: joinPath("nodeSelector", poolLabel),
      why: "pools are chosen by pool",
      fix: "remove it and set pool",
    });
  }
  for (const toleration of spec.tolerations) {
    const { path, key, operator, value, effect, tolerationSeconds } = toleration;
    const keyProblem = key === undefined ? undefined : labelKeyProblem(key);
    if (keyProblem !== undefined)
      problems.push({
        code: "toleration/key",
        path: `${path}.key`,
        value: key,
        why: keyProblem,
        fix: "give the key of a taint",
      });
    if (key === undefined && operator === "Equal") {
      problems.push({
        code: "toleration/key",
        path,
        why: "says no key, which only Exists may leave out",
        fix: 'add key, or use operator "Exists"',
      });
    }
    if (operator === "Exists" && value !== undefined) {
      problems.push({
        code: "toleration/value",
        path: `${path}.value`,
        value,
        why: "Exists looks at the key only",
        fix: 'remove it, or use operator "Equal"',
      });
    }
    const valueProblem = value === undefined ? undefined : labelValueProblem(value);
    if (valueProblem !== undefined)
      problems.push({
        code: "toleration/value",
        path: `${path}.value`,
        value,
        why: valueProblem,
        fix: "give the value of a taint",
      });
    if (tolerationSeconds !== undefined && effect !== "NoExecute") {
      problems.push({
        code: "toleration/seconds",
        path: `${path}.tolerationSeconds`,
        value: tolerationSeconds,
        why: "only NoExecute ends running pods",
        fix: 'remove it, or use effect "NoExecute"',
      });
    }
  }
  return problems;
}
