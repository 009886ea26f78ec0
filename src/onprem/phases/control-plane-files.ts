import { hostPaths } from "../host/host-paths.js";
import { fileDifference, joinReasons, type ManagedFile } from "../host/managed-file.js";
import { yamlDocument } from "../yaml-document.js";
import type { HostPhase, HostView } from "./phase.js";

/** Who did what to which object; never a body, so no Secret can get into the log. */
export function renderAuditPolicy(): ManagedFile {
  const policy = {
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    omitStages: ["RequestReceived"],
    rules: [
      // First match decides: who reads a Secret is told of whoever it is.
      { level: "Metadata", resources: [{ group: "", resources: ["secrets"] }] },
      // The control plane's and the nodes' own reading and heartbeats would drown everything else.
      {
        level: "None",
        users: ["system:apiserver", "system:kube-controller-manager", "system:kube-scheduler", "system:kube-proxy"],
        verbs: ["get", "list", "watch"],
      },
      { level: "None", userGroups: ["system:nodes"], verbs: ["get", "list", "watch"] },
      { level: "None", resources: [{ group: "coordination.k8s.io", resources: ["leases"] }] },
      { level: "None", nonResourceURLs: ["/healthz*", "/livez*", "/readyz*", "/version"] },
      { level: "Metadata" },
    ],
  };
  return { path: hostPaths.auditPolicy, content: yamlDocument(policy), mode: 0o600 };
}

/** Files that the API server reads and kubeadm does not write. */
export function controlPlaneFiles({ cluster, node }: Pick<HostView, "cluster" | "node">): ManagedFile[] {
  return node.role === "controlPlane" && cluster.auditLogs ? [renderAuditPolicy()] : [];
}

/** Before kubeadm: the API server does not start without a file that its flags name. */
export const controlPlaneFilesPhase: HostPhase = {
  name: "control-plane-files",
  title: "files of the control plane",
  needed(view) {
    return joinReasons(controlPlaneFiles(view).map((file) => fileDifference(view.facts, file)));
  },
  async run(view, { remote }) {
    for (const file of controlPlaneFiles(view)) await remote.writeFile(file);
  },
};
