import type { KubernetesObject } from "../../contract.js";

/** Labels of everything that belongs to an add-on. */
export function labelsOf(name: string) {
  return { "app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "isokube" } as const;
}

/** The labels by which an add-on's pods are found. They can never change. */
export function selectorOf(name: string, component?: string) {
  return {
    "app.kubernetes.io/name": name,
    ...(component === undefined ? {} : { "app.kubernetes.io/component": component }),
  };
}

/** A namespace whose pods may be as much as `level` of the Pod Security Standards allows. */
export function namespaceOf(
  name: string,
  addon: string,
  level: "privileged" | "baseline" | "restricted",
): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name,
      labels: {
        ...labelsOf(addon),
        "pod-security.kubernetes.io/enforce": level,
        "pod-security.kubernetes.io/audit": level,
        "pod-security.kubernetes.io/warn": level,
      },
    },
  };
}

/** Nobody speaks to these pods; they speak to the API server. Pods in the host's network are not concerned. */
export function denyIngress(namespace: string, addon: string): KubernetesObject {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "deny-ingress", namespace, labels: labelsOf(addon) },
    spec: { podSelector: {}, policyTypes: ["Ingress"] },
  };
}

export function serviceAccount(name: string, namespace: string, addon: string = name): KubernetesObject {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace, labels: labelsOf(addon) } };
}

/** What a role allows. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export const look = ["get", "list", "watch"] as const;

/** A role of the whole cluster, and its binding to one account. */
export function clusterRole(
  name: string,
  account: { readonly name: string; readonly namespace: string },
  rules: readonly Rule[],
  addon: string = name,
): KubernetesObject[] {
  const metadata = { name, labels: labelsOf(addon) };
  return [
    { apiVersion: `${rbac}/v1`, kind: "ClusterRole", metadata, rules },
    clusterRoleBinding(name, account, name, addon),
  ];
}

export function clusterRoleBinding(
  name: string,
  account: { readonly name: string; readonly namespace: string },
  role: string,
  addon: string = name,
): KubernetesObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name, labels: labelsOf(addon) },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: role },
    subjects: [{ kind: "ServiceAccount", ...account }],
  };
}

/** A role within one namespace, and its binding to accounts there. */
export function role(
  name: string,
  namespace: string,
  accounts: readonly string[],
  rules: readonly Rule[],
  addon: string = name,
): KubernetesObject[] {
  const metadata = { name, namespace, labels: labelsOf(addon) };
  return [
    { apiVersion: `${rbac}/v1`, kind: "Role", metadata, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: rbac, kind: "Role", name },
      subjects: accounts.map((account) => ({ kind: "ServiceAccount", name: account, namespace })),
    },
  ];
}

const rbac = "rbac.authorization.k8s.io";

/** Add-ons run on control planes too: in a small cluster there is nothing else, and in every other they are needed first. */
export const onControlPlanes = [
  { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
] as const;

/** On every node, whatever keeps others off it. */
export const everywhere = [{ operator: "Exists" }] as const;

/** A container that needs nothing but the network, under the Pod Security Standard `restricted`. */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
} as const;

/** A pod under the same standard. */
export const restrictedPod = {
  runAsNonRoot: true,
  runAsUser: 65532,
  runAsGroup: 65532,
  seccompProfile: { type: "RuntimeDefault" },
} as const;

/** Never more memory than is asked for, so that an add-on is not what a full node evicts. */
export function resourcesOf(cpu: string, memory: string) {
  return { requests: { cpu, memory }, limits: { memory } };
}

/**
 * Asked often, so that who waits for an add-on is not kept by the clock; out of the service only after the same half
 * minute as with the common ten seconds.
 */
export const readiness = { periodSeconds: 2, failureThreshold: 15 } as const;

export function httpProbe(path: string, port: number | string, options: object = {}) {
  return { httpGet: { path, port }, periodSeconds: 10, failureThreshold: 3, ...options };
}

export function fieldEnv(name: string, fieldPath: string) {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}
