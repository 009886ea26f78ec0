import * as pulumi from "@pulumi/pulumi";
import type { KubernetesObject, ManifestGroup } from "../../contract.js";
import { isLater } from "../../leaf.js";
import type { NodeWire } from "../wire.js";
import type { AddonImages } from "./images.js";
import {
  clusterRole,
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

const name = "kubelet-csr-approver";
const namespace = "kube-system";
const healthPort = 8081;

/**
 * Approves the certificates that kubelets serve with, for the names and the
 * addresses of the hosts that are listed and for no others. It starts without
 * such certificates itself, and once more whenever the list changes.
 */
export function csrApprover({ csrApprover: image, bundled }: AddonImages, nodes: readonly NodeWire[]): ManifestGroup {
  return {
    name: "csr-approver",
    after: ["kube-router"],
    objects: [
      serviceAccount(name, namespace),
      ...clusterRole("isokube:kubelet-csr-approver", { name, namespace }, rules, name),
      deployment(image, bundled ? ownSettings(nodes) : upstreamSettings(nodes)),
    ],
  };
}

const certificates = "certificates.k8s.io";
const rules = [
  { apiGroups: [certificates], resources: ["certificatesigningrequests"], verbs: look },
  { apiGroups: [certificates], resources: ["certificatesigningrequests/approval"], verbs: ["update"] },
  {
    apiGroups: [certificates],
    resources: ["signers"],
    resourceNames: ["kubernetes.io/kubelet-serving"],
    verbs: ["approve"],
  },
] as const;

interface Settings {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: pulumi.Input<string> }[];
}

/** The program of our own, which a bundle holds. */
function ownSettings(nodes: readonly NodeWire[]): Settings {
  return {
    args: [`-health-probe-bind-address=:${healthPort}`],
    env: [{ name: "NODES", value: ofAddresses(nodes, (host, address) => `${host}=${address}`) }],
  };
}

/** https://github.com/postfinance/kubelet-csr-approver */
function upstreamSettings(nodes: readonly NodeWire[]): Settings {
  return {
    args: ["-metrics-bind-address", ":8080", "-health-probe-bind-address", `:${healthPort}`],
    env: [
      { name: "PROVIDER_REGEX", value: `^(${nodes.map((node) => node.name).join("|")})$` },
      { name: "PROVIDER_IP_PREFIXES", value: ofAddresses(nodes, (_, address) => `${address}/32`) },
      // The list is the truth; hosts need not be in anybody's DNS.
      { name: "BYPASS_DNS_RESOLUTION", value: "true" },
      { name: "MAX_EXPIRATION_SECONDS", value: String(367 * 24 * 3600) },
    ],
  };
}

function ofAddresses(
  nodes: readonly NodeWire[],
  entry: (host: string, address: string) => string,
): pulumi.Input<string> {
  const join = (addresses: readonly string[]) =>
    nodes.map((node, index) => entry(node.name, addresses[index] ?? "")).join(",");
  const addresses = nodes.map((node) => node.host.address);
  const now = addresses.flatMap((address) => (isLater<string>(address) ? [] : [address]));
  return now.length === addresses.length ? join(now) : pulumi.all(addresses).apply(join);
}

function deployment(image: string, { args, env }: Settings): KubernetesObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels: labelsOf(name) },
    spec: {
      replicas: 1,
      selector: { matchLabels: selectorOf(name) },
      template: {
        metadata: { labels: labelsOf(name) },
        spec: {
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
              args,
              env,
              livenessProbe: httpProbe("/healthz", healthPort, { initialDelaySeconds: 10 }),
              readinessProbe: httpProbe("/healthz", healthPort, readiness),
              resources: resourcesOf("10m", "64Mi"),
              securityContext: restrictedContainer,
            },
          ],
        },
      },
    },
  };
}
