import { bundledImages } from "../../../core/addon-images.js";
import { gatewayKindNames } from "../../../core/gateway-kinds.js";
import type { KubernetesObject, ManifestGroup } from "../../contract.js";
import {
  clusterRole,
  httpProbe,
  labelsOf,
  look,
  namespaceOf,
  onControlPlanes,
  readiness,
  resourcesOf,
  restrictedContainer,
  restrictedPod,
  selectorOf,
  serviceAccount,
} from "./objects.js";

const name = "gateway";
const namespace = "isokube-gateway";
const group = "gateway.networking.k8s.io";
/** The ports that a Gateway's listeners can have: Traefik binds all of them at its start. */
const ports = { http: 80, https: 443 } as const;
const healthPort = 8082;
/** A load balancer may send new requests for so long after a pod was told to end. */
const drainSeconds = 5;

/**
 * Gateways without any image of a registry: Traefik serves the class `isokube`,
 * the name that gateways have on every target. All Gateways share one address,
 * which the Service in front of it has from the pool.
 */
export function gateway({ hasWorkers }: { readonly hasWorkers: boolean }): ManifestGroup[] {
  return [
    {
      name,
      after: ["kube-router"],
      objects: [
        // Low ports are opened to everybody in the pod, which `restricted` allows.
        namespaceOf(namespace, name, "restricted"),
        servedPorts,
        serviceAccount(name, namespace),
        ...clusterRole("isokube:gateway", { name, namespace }, rules, name),
        deployment(hasWorkers),
      ],
    },
    { name: "gateway-address", after: [name, "load-balancer-addresses"], objects: [service] },
    { name: "gateway-class", after: [name], objects: [gatewayClass] },
  ];
}

const rules = [
  { apiGroups: [""], resources: ["namespaces"], verbs: look },
  { apiGroups: [""], resources: ["services", "secrets", "configmaps"], verbs: look },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: look },
  { apiGroups: [group], resources: gatewayKindNames, verbs: look },
  { apiGroups: [group], resources: gatewayKindNames.map((kind) => `${kind}/status`), verbs: ["update"] },
  {
    apiGroups: ["apiextensions.k8s.io"],
    resources: ["customresourcedefinitions"],
    resourceNames: gatewayKindNames.map((kind) => `${kind}.${group}`),
    // What is applied and not there yet is created by name.
    verbs: ["get", "create", "patch"],
  },
];

/** Nothing else of these pods is anybody's: kubelets probe from the host, which no policy keeps out. */
const servedPorts: KubernetesObject = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "served-ports", namespace, labels: labelsOf(name) },
  spec: {
    podSelector: {},
    policyTypes: ["Ingress"],
    ingress: [{ ports: Object.values(ports).map((port) => ({ protocol: "TCP", port })) }],
  },
};

function deployment(hasWorkers: boolean): KubernetesObject {
  const labels = labelsOf(name);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels },
    spec: {
      // A load balancer sends traffic only to nodes that run one of them, and kubeadm keeps it from control planes.
      replicas: hasWorkers ? 2 : 1,
      selector: { matchLabels: selectorOf(name) },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: name,
          priorityClassName: "system-cluster-critical",
          nodeSelector: { "kubernetes.io/os": "linux" },
          ...(hasWorkers ? {} : { tolerations: onControlPlanes }),
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "kubernetes.io/hostname",
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: { matchLabels: selectorOf(name) },
            },
          ],
          securityContext: { ...restrictedPod, sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }] },
          terminationGracePeriodSeconds: 30,
          initContainers: [
            {
              name: "kinds",
              image: bundledImages.gateway,
              imagePullPolicy: "IfNotPresent",
              command: ["/usr/local/bin/gateway-kinds"],
              resources: resourcesOf("50m", "96Mi"),
              securityContext: restrictedContainer,
            },
          ],
          containers: [
            {
              name: "traefik",
              image: bundledImages.gateway,
              imagePullPolicy: "IfNotPresent",
              args: traefikArguments,
              ports: Object.entries(ports).map(([port, containerPort]) => ({
                name: port,
                containerPort,
                protocol: "TCP",
              })),
              livenessProbe: httpProbe("/ping", healthPort, { initialDelaySeconds: 10 }),
              readinessProbe: httpProbe("/ping", healthPort, readiness),
              // What it needs grows with the connections it holds.
              resources: { requests: { cpu: "50m", memory: "96Mi" }, limits: { memory: "512Mi" } },
              securityContext: restrictedContainer,
            },
          ],
        },
      },
    },
  };
}

const traefikArguments = [
  "--global.checknewversion=false",
  "--global.sendanonymoususage=false",
  "--log.format=json",
  ...Object.entries(ports).flatMap(([entryPoint, port]) => [
    `--entrypoints.${entryPoint}.address=:${port}`,
    `--entrypoints.${entryPoint}.transport.lifecycle.requestacceptgracetimeout=${drainSeconds}`,
  ]),
  `--entrypoints.traefik.address=:${healthPort}`,
  "--ping=true",
  "--providers.kubernetesgateway=true",
  // What a Gateway tells as its address is that of the Service.
  `--providers.kubernetesgateway.statusaddress.service.namespace=${namespace}`,
  `--providers.kubernetesgateway.statusaddress.service.name=${name}`,
];

const service: KubernetesObject = {
  apiVersion: "v1",
  kind: "Service",
  metadata: {
    name,
    namespace,
    labels: labelsOf(name),
    // Of itself Pulumi waits for endpoints too, and then ten seconds more. The controller of its pods is awaited already.
    annotations: { "pulumi.com/waitFor": "jsonpath={.status.loadBalancer.ingress[0].ip}" },
  },
  spec: {
    type: "LoadBalancer",
    // Who asks is seen by the backends, and no packet takes another hop.
    externalTrafficPolicy: "Local",
    selector: selectorOf(name),
    ports: Object.entries(ports).map(([port, number]) => ({
      name: port,
      port: number,
      targetPort: port,
      protocol: "TCP",
    })),
  },
};

const gatewayClass: KubernetesObject = {
  apiVersion: `${group}/v1`,
  kind: "GatewayClass",
  metadata: { name: "isokube", labels: labelsOf(name) },
  spec: { controllerName: "traefik.io/gateway-controller" },
};
