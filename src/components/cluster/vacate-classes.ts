import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { ClusterRole } from "@pulumi/kubernetes/rbac/v1/clusterRole.js";
import { ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding.js";
import type * as pulumi from "@pulumi/pulumi";
import type { WorkloadRules } from "../../providers/contract.js";

const namespace = "isokube-system";
const objectName = "vacate-storage-classes";
const labels = { "app.kubernetes.io/name": objectName, "app.kubernetes.io/managed-by": "isokube" };
const metadata = { name: objectName, namespace, labels };

/** Kubernetes' own image of kubectl; any release deletes a storage class. */
const image = "registry.k8s.io/kubectl:v1.35.3";

/** What kubectl is told, to delete a storage class unless isokube made it. Succeeds when there is none. */
export function deletionOf(className: string): string[] {
  return [
    "delete",
    "storageclass",
    "--selector",
    "app.kubernetes.io/managed-by!=isokube",
    "--field-selector",
    `metadata.name=${className}`,
  ];
}

/**
 * Deletes storage classes that the cloud brings under names that are needed:
 * neither Pulumi nor Kubernetes can turn one class into another. A Job inside
 * the cluster does it, once, and may do nothing else.
 */
export function vacateClasses(
  name: string,
  classes: readonly string[],
  rules: WorkloadRules | undefined,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  if (classes.length === 0) return [];
  const home = new Namespace(
    `${name}-${namespace}`,
    { metadata: { name: namespace, labels: { ...labels, "pod-security.kubernetes.io/enforce": "restricted" } } },
    options,
  );
  const ending = `${name}-${objectName}`;
  const account = new ServiceAccount(ending, { metadata }, { ...options, dependsOn: home });
  const role = new ClusterRole(
    ending,
    {
      metadata: { name: `isokube-${objectName}`, labels },
      rules: [
        { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["list"] },
        {
          apiGroups: ["storage.k8s.io"],
          resources: ["storageclasses"],
          resourceNames: [...classes],
          verbs: ["delete", "get"],
        },
      ],
    },
    options,
  );
  const binding = new ClusterRoleBinding(
    ending,
    {
      metadata: { name: `isokube-${objectName}`, labels },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: `isokube-${objectName}` },
      subjects: [{ kind: "ServiceAccount", name: objectName, namespace }],
    },
    { ...options, dependsOn: role },
  );
  const job = new Job(
    ending,
    { metadata, spec: { backoffLimit: 6, template: podTemplate(classes, rules) } },
    // What was done once need not be done again with a newer image.
    { ...options, dependsOn: [account, binding], ignoreChanges: ["spec"] },
  );
  return [job];
}

function podTemplate(classes: readonly string[], rules: WorkloadRules | undefined) {
  const tolerations = (rules?.tolerations ?? []).map((toleration) => ({ ...toleration }));
  const resources = { cpu: "50m", memory: "64Mi" };
  return {
    metadata: { labels },
    spec: {
      serviceAccountName: objectName,
      restartPolicy: "OnFailure",
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
      ...(tolerations.length === 0 ? {} : { tolerations }),
      containers: classes.map((className) => ({
        name: className,
        image,
        args: deletionOf(className),
        resources: { requests: resources, limits: { memory: resources.memory } },
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ["ALL"] },
          readOnlyRootFilesystem: true,
        },
      })),
    },
  };
}
