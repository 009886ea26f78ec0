import type { KubernetesObject, ManifestGroup } from "../../contract.js";
import type { AddonImages } from "./images.js";
import { metallbDefinitions } from "./metallb-crds.js";
import {
  clusterRole,
  denyIngress,
  everywhere,
  fieldEnv,
  httpProbe,
  labelsOf,
  look,
  namespaceOf,
  onControlPlanes,
  readiness,
  resourcesOf,
  restrictedContainer,
  restrictedPod,
  role,
  selectorOf,
  serviceAccount,
} from "./objects.js";

const addon = "metallb";
const namespace = "metallb-system";
const group = "metallb.io";
const metricsPort = 7472;
const gossipPort = 7946;
/** Made by the controller, when there is none, and never seen by anybody else. */
const gossipSecret = "memberlist";

/** What load balancers are made from. */
export interface LoadBalancing {
  /** IPv4 ranges, as `from-to` or as CIDRs. */
  readonly addresses: readonly string[];
  /** False where there are control planes only, which usually announce nothing. */
  readonly hasWorkers: boolean;
}

/** Addresses for Services: the controller gives them out, and one speaker answers for each in the hosts' network (ARP). */
export function metallb(images: AddonImages, { addresses, hasWorkers }: LoadBalancing): ManifestGroup[] {
  return [
    { name: "metallb-kinds", after: [], objects: metallbDefinitions },
    {
      name: addon,
      after: ["kube-router", "metallb-kinds"],
      objects: [
        // Speakers are in the hosts' network and send frames of their own.
        namespaceOf(namespace, addon, "privileged"),
        denyIngress(namespace, addon),
        ...permissions,
        controller(images.metallbController),
        notAnnouncedOn,
        speaker(images.metallbSpeaker, hasWorkers),
      ],
    },
    { name: "load-balancer-addresses", after: [addon], objects: [pool(addresses), advertisement] },
  ];
}

const watchesCustom = (...resources: string[]) => ({ apiGroups: [group], resources, verbs: look });
const events = { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] };

const permissions: readonly KubernetesObject[] = [
  serviceAccount("controller", namespace, addon),
  serviceAccount("speaker", namespace, addon),
  ...clusterRole(
    "isokube:metallb-controller",
    { name: "controller", namespace },
    [
      { apiGroups: [""], resources: ["services", "namespaces", "nodes"], verbs: look },
      { apiGroups: [""], resources: ["services/status"], verbs: ["update"] },
      events,
    ],
    addon,
  ),
  ...clusterRole(
    "isokube:metallb-speaker",
    { name: "speaker", namespace },
    [
      { apiGroups: [""], resources: ["services", "endpoints", "nodes", "namespaces"], verbs: look },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: look },
      // They are written wherever the Service is.
      { apiGroups: [group], resources: ["servicel2statuses", "servicel2statuses/status"], verbs: ["*"] },
      events,
    ],
    addon,
  ),
  ...role(
    "controller",
    namespace,
    ["controller"],
    [
      { apiGroups: [""], resources: ["secrets"], verbs: [...look, "create"] },
      { apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["controller"], verbs: ["get"] },
      watchesCustom(
        "ipaddresspools",
        "l2advertisements",
        "bgpadvertisements",
        "bgppeers",
        "bfdprofiles",
        "communities",
      ),
      { apiGroups: [group], resources: ["ipaddresspools/status"], verbs: ["update"] },
    ],
    addon,
  ),
  ...role(
    "speaker",
    namespace,
    ["speaker"],
    [
      { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
      { apiGroups: [""], resources: ["secrets", "configmaps"], verbs: look },
      watchesCustom(
        "ipaddresspools",
        "l2advertisements",
        "bgpadvertisements",
        "bgppeers",
        "bfdprofiles",
        "communities",
      ),
      { apiGroups: [group], resources: ["servicebgpstatuses", "servicebgpstatuses/status"], verbs: ["*"] },
    ],
    addon,
  ),
];

const labelsOfPart = (component: string) => ({ ...labelsOf(addon), "app.kubernetes.io/component": component });

const metricsProbe = (options: object) => httpProbe("/metrics", "monitoring", options);

function controller(image: string): KubernetesObject {
  const name = "controller";
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels: labelsOfPart(name) },
    spec: {
      replicas: 1,
      selector: { matchLabels: selectorOf(addon, name) },
      // Two at once could give one address to two Services.
      strategy: { type: "Recreate" },
      template: {
        metadata: { labels: labelsOfPart(name) },
        spec: {
          serviceAccountName: name,
          priorityClassName: "system-cluster-critical",
          nodeSelector: { "kubernetes.io/os": "linux" },
          tolerations: onControlPlanes,
          securityContext: restrictedPod,
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name,
              image,
              imagePullPolicy: "IfNotPresent",
              // What its webhooks would refuse, isokube's own checks refuse before.
              args: [`--port=${metricsPort}`, "--log-level=info", "--webhook-mode=disabled"],
              env: [
                fieldEnv("METALLB_NAMESPACE", "metadata.namespace"),
                { name: "METALLB_DEPLOYMENT", value: name },
                { name: "METALLB_ML_SECRET_NAME", value: gossipSecret },
              ],
              ports: [{ name: "monitoring", containerPort: metricsPort, protocol: "TCP" }],
              livenessProbe: metricsProbe({ initialDelaySeconds: 10 }),
              readinessProbe: metricsProbe(readiness),
              resources: resourcesOf("20m", "96Mi"),
              securityContext: restrictedContainer,
            },
          ],
        },
      },
    },
  };
}

/** Interfaces that lead to pods and not into the hosts' network. JSON is YAML too. */
const notAnnouncedOn: KubernetesObject = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "interfaces", namespace, labels: labelsOf(addon) },
  data: {
    "excludel2.yaml": JSON.stringify({
      announcedInterfacesToExclude: ["^lo$", "^veth", "^kube-bridge$", "^tun-", "^tunl", "^dummy", "^docker", "^virbr"],
    }),
  },
};

function speaker(image: string, hasWorkers: boolean): KubernetesObject {
  const name = "speaker";
  const labels = labelsOfPart(name);
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name, namespace, labels },
    spec: {
      selector: { matchLabels: selectorOf(addon, name) },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: name,
          priorityClassName: "system-node-critical",
          hostNetwork: true,
          nodeSelector: { "kubernetes.io/os": "linux" },
          tolerations: everywhere,
          securityContext: { seccompProfile: { type: "RuntimeDefault" } },
          terminationGracePeriodSeconds: 2,
          containers: [
            {
              name,
              image,
              imagePullPolicy: "IfNotPresent",
              args: [
                `--port=${metricsPort}`,
                "--log-level=info",
                // kubeadm labels control planes so that they get no traffic from outside.
                ...(hasWorkers ? [] : ["--ignore-exclude-lb"]),
              ],
              env: [
                fieldEnv("METALLB_NAMESPACE", "metadata.namespace"),
                fieldEnv("METALLB_NODE_NAME", "spec.nodeName"),
                fieldEnv("METALLB_POD_NAME", "metadata.name"),
                fieldEnv("METALLB_HOST", "status.hostIP"),
                // Speakers ask each other whether they live, so that another one answers within seconds.
                fieldEnv("METALLB_ML_BIND_ADDR", "status.podIP"),
                { name: "METALLB_ML_BIND_PORT", value: String(gossipPort) },
                {
                  name: "METALLB_ML_LABELS",
                  value: Object.entries(selectorOf(addon, name))
                    .map(([key, value]) => `${key}=${value}`)
                    .join(","),
                },
                { name: "METALLB_ML_SECRET_KEY_PATH", value: "/etc/ml_secret_key" },
              ],
              ports: [
                { name: "monitoring", containerPort: metricsPort, protocol: "TCP" },
                { name: "gossip-tcp", containerPort: gossipPort, protocol: "TCP" },
                { name: "gossip-udp", containerPort: gossipPort, protocol: "UDP" },
              ],
              livenessProbe: metricsProbe({ initialDelaySeconds: 10 }),
              readinessProbe: metricsProbe(readiness),
              resources: resourcesOf("20m", "96Mi"),
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ["ALL"], add: ["NET_RAW"] },
                readOnlyRootFilesystem: true,
              },
              volumeMounts: [
                { name: "gossip", mountPath: "/etc/ml_secret_key", readOnly: true },
                { name: "interfaces", mountPath: "/etc/metallb", readOnly: true },
              ],
            },
          ],
          volumes: [
            { name: "gossip", secret: { secretName: gossipSecret } },
            { name: "interfaces", configMap: { name: "interfaces" } },
          ],
        },
      },
    },
  };
}

function pool(addresses: readonly string[]): KubernetesObject {
  return {
    apiVersion: `${group}/v1beta1`,
    kind: "IPAddressPool",
    metadata: { name: "isokube", namespace, labels: labelsOf(addon) },
    spec: { addresses: [...addresses], autoAssign: true, avoidBuggyIPs: false },
  };
}

const advertisement: KubernetesObject = {
  apiVersion: `${group}/v1beta1`,
  kind: "L2Advertisement",
  metadata: { name: "isokube", namespace, labels: labelsOf(addon) },
  spec: { ipAddressPools: ["isokube"] },
};
