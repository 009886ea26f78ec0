import type { ClusterSpec, ManifestGroup } from "../../contract.js";
import { subjectOf } from "../admins.js";
import { labelsOf } from "./objects.js";

/**
 * Whoever administers the cluster beside the owner of its kubeconfig. People
 * prove who they are by client certificates, which the cluster signs on request
 * (`kubectl certificate approve`).
 */
export function adminBindings({ admins }: ClusterSpec): ManifestGroup[] {
  if (admins.length === 0) return [];
  const name = "isokube:admins";
  return [
    {
      name: "admins",
      after: [],
      objects: [
        {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "ClusterRoleBinding",
          metadata: { name, labels: labelsOf("admins") },
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
          subjects: admins.map(subjectOf),
        },
      ],
    },
  ];
}
