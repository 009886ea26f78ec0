import type { KubernetesObject, ManifestGroup } from "../../contract.js";
import type { AddonImages } from "./images.js";
import {
  clusterRole,
  clusterRoleBinding,
  httpProbe,
  labelsOf,
  look,
  onControlPlanes,
  readiness,
  resourcesOf,
  restrictedContainer,
  restrictedPod,
  selectorOf,
  serviceAccount,
} from "./objects.js";

const name = "metrics-server";
const namespace = "kube-system";
const account = { name, namespace };
const port = 10250;

/** The cluster's own authority, which also signs what kubelets serve with. */
const clusterAuthority = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";

/** The metrics API, read from kubelets that prove who they are. */
export function metricsServer({ metricsServer: image }: AddonImages): ManifestGroup {
  return {
    name,
    // Without a network no pod starts; without certificates of the kubelets nothing is measured.
    after: ["kube-router", "csr-approver"],
    objects: [
      serviceAccount(name, namespace),
      ...clusterRole("isokube:metrics-server", account, rules, name),
      clusterRoleBinding("isokube:metrics-server:auth-delegator", account, "system:auth-delegator", name),
      readsClientAuthority,
      readersOfMetrics,
      service,
      deployment(image),
      apiService,
    ],
  };
}

const rules = [
  { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
  { apiGroups: [""], resources: ["pods", "nodes"], verbs: look },
] as const;

/** By it metrics-server knows that it is the API server that asks. */
const readsClientAuthority: KubernetesObject = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "RoleBinding",
  metadata: { name: "isokube:metrics-server:auth-reader", namespace, labels: labelsOf(name) },
  roleRef: {
    apiGroup: "rbac.authorization.k8s.io",
    kind: "Role",
    name: "extension-apiserver-authentication-reader",
  },
  subjects: [{ kind: "ServiceAccount", ...account }],
};

/** Whoever may view a namespace may view its usage. */
const readersOfMetrics: KubernetesObject = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: {
    name: "isokube:metrics-reader",
    labels: {
      ...labelsOf(name),
      "rbac.authorization.k8s.io/aggregate-to-view": "true",
      "rbac.authorization.k8s.io/aggregate-to-edit": "true",
      "rbac.authorization.k8s.io/aggregate-to-admin": "true",
    },
  },
  rules: [{ apiGroups: ["metrics.k8s.io"], resources: ["pods", "nodes"], verbs: look }],
};

const service: KubernetesObject = {
  apiVersion: "v1",
  kind: "Service",
  // Of itself Pulumi waits for endpoints, and then ten seconds more; what comes next waits for the pods' controller.
  metadata: { name, namespace, labels: labelsOf(name), annotations: { "pulumi.com/skipAwait": "true" } },
  spec: {
    selector: selectorOf(name),
    ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: "https", appProtocol: "https" }],
  },
};

function deployment(image: string): KubernetesObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels: labelsOf(name) },
    spec: {
      replicas: 1,
      selector: { matchLabels: selectorOf(name) },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: { metadata: { labels: labelsOf(name) }, spec: podSpec(image) },
    },
  };
}

function podSpec(image: string) {
  return {
    serviceAccountName: name,
    priorityClassName: "system-cluster-critical",
    nodeSelector: { "kubernetes.io/os": "linux" },
    tolerations: onControlPlanes,
    securityContext: restrictedPod,
    containers: [
      {
        name,
        image,
        imagePullPolicy: "IfNotPresent",
        args: [
          "--cert-dir=/tmp",
          `--secure-port=${port}`,
          "--metric-resolution=15s",
          "--kubelet-preferred-address-types=InternalIP",
          "--kubelet-use-node-status-port",
          `--kubelet-certificate-authority=${clusterAuthority}`,
        ],
        ports: [{ name: "https", containerPort: port, protocol: "TCP" }],
        readinessProbe: probe("/readyz", readiness),
        livenessProbe: probe("/livez"),
        resources: resourcesOf("100m", "200Mi"),
        securityContext: restrictedContainer,
        volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
      },
    ],
    volumes: [{ name: "tmp", emptyDir: {} }],
  };
}

function probe(path: string, options?: object) {
  const { httpGet, ...rest } = httpProbe(path, "https", options);
  return { httpGet: { ...httpGet, scheme: "HTTPS" }, ...rest };
}

const apiService: KubernetesObject = {
  apiVersion: "apiregistration.k8s.io/v1",
  kind: "APIService",
  metadata: { name: "v1beta1.metrics.k8s.io", labels: labelsOf(name) },
  spec: {
    group: "metrics.k8s.io",
    version: "v1beta1",
    groupPriorityMinimum: 100,
    versionPriority: 100,
    service: { name, namespace, port: 443 },
    // Its certificate is its own and new with every start, as in upstream's manifests: whoever can answer in its
    // place inside the cluster could also change it. The kubelets' certificates are the ones that are checked.
    insecureSkipTLSVerify: true,
  },
};
