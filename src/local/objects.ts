import { readFileSync } from "node:fs";
import type { ApiClient, ApiObject } from "./api-client.js";
import type { Layout, Ports } from "./layout.js";
import { type Identity, users } from "./pki.js";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const read = ["get", "list", "watch"];
const core = [""];

const kwokRules: readonly Rule[] = [
  { apiGroups: core, resources: ["nodes", "pods"], verbs: [...read, "update", "patch", "delete"] },
  { apiGroups: core, resources: ["nodes/status", "pods/status"], verbs: ["update", "patch"] },
  { apiGroups: [...core, "events.k8s.io"], resources: ["events"], verbs: ["create", "update", "patch"] },
];
const simulatedKubeletRules: readonly Rule[] = [{ apiGroups: core, resources: ["pods"], verbs: ["list"] }];
const metricsServerRules: readonly Rule[] = [
  { apiGroups: core, resources: ["nodes", "pods"], verbs: read },
  // It asks the API server who its callers are and what they may do.
  { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
  { apiGroups: ["authorization.k8s.io"], resources: ["subjectaccessreviews"], verbs: ["create"] },
];

const rbac = "rbac.authorization.k8s.io/v1";

function bind(name: string, role: string, identity: Identity): ApiObject {
  const binding = {
    apiVersion: rbac,
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: users[identity] }],
  };
  return binding;
}

/** A role under the user's name, bound to that user. */
function granted(identity: Identity, rules: readonly Rule[]): ApiObject[] {
  const name = users[identity];
  const role = { apiVersion: rbac, kind: "ClusterRole", metadata: { name }, rules };
  return [role, bind(name, name, identity)];
}

/** What the engine's own processes may do; the others have roles that every cluster brings. */
export function renderAccess(): ApiObject[] {
  return [
    ...granted("kwok", kwokRules),
    ...granted("simulated-kubelet", simulatedKubeletRules),
    ...granted("metrics-server", metricsServerRules),
    bind(users["kube-apiserver-kubelet-client"], "system:kubelet-api-admin", "kube-apiserver-kubelet-client"),
  ];
}

/**
 * Every API server lets anonymous callers read health and version, and
 * metrics-server asks it who may: take the anonymous out. The annotation keeps
 * the API server from putting them back when it starts.
 */
export const healthReaders = {
  path: `/apis/${rbac}/clusterrolebindings/system:public-info-viewer`,
  patch: {
    metadata: { annotations: { "rbac.authorization.kubernetes.io/autoupdate": "false" } },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:authenticated" }],
  },
};

/** Leads the API server to metrics-server, whose certificate it verifies. */
export function renderMetricsApi(ports: Ports, certificateAuthority: string): ApiObject[] {
  const service = { name: "metrics-server", namespace: "kube-system" };
  const route = {
    apiVersion: "v1",
    kind: "Service",
    metadata: service,
    // Endpoints may not be loopback addresses; an external name may lead to one.
    spec: { type: "ExternalName", externalName: "localhost" },
  };
  const api = {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: "v1beta1.metrics.k8s.io" },
    spec: {
      group: "metrics.k8s.io",
      version: "v1beta1",
      groupPriorityMinimum: 100,
      versionPriority: 100,
      service: { ...service, port: ports["metrics-server"] },
      caBundle: Buffer.from(certificateAuthority).toString("base64"),
    },
  };
  return [route, api];
}

export async function ensureAccess(api: ApiClient): Promise<void> {
  await Promise.all(renderAccess().map((object) => api.apply(object)));
}

export async function closeHealthReaders(api: ApiClient): Promise<void> {
  await api.patch(healthReaders.path, healthReaders.patch);
}

export async function ensureMetricsApi(api: ApiClient, layout: Layout, ports: Ports): Promise<void> {
  const authority = readFileSync(layout.certificate("ca"), "utf8");
  for (const object of renderMetricsApi(ports, authority)) await api.apply(object);
}
