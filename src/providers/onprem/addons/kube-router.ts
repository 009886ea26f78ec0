import { createHash } from "node:crypto";
import type { ManifestGroup } from "../../contract.js";
import type { AddonImages } from "./images.js";
import {
  clusterRole,
  everywhere,
  fieldEnv,
  httpProbe,
  labelsOf,
  look,
  readiness,
  resourcesOf,
  selectorOf,
  serviceAccount,
} from "./objects.js";

const name = "kube-router";
const namespace = "kube-system";
const cniFolder = "/etc/cni/net.d";
const healthPort = 20244;

/**
 * How a node connects its pods. kube-router writes the node's own range into
 * the file, and knows the bridge by this name.
 */
const conflist = JSON.stringify({
  cniVersion: "1.0.0",
  name: "isokube",
  plugins: [
    // A pod reaches itself through a Service too.
    { type: "bridge", bridge: "kube-bridge", isDefaultGateway: true, hairpinMode: true, ipam: { type: "host-local" } },
    { type: "portmap", capabilities: { portMappings: true }, snat: true },
  ],
});

/** Another content is another file, so that an upgrade writes it anew without forgetting the range meanwhile. */
const confFile = `${cniFolder}/10-isokube-${createHash("sha256").update(conflist).digest("hex").slice(0, 8)}.conflist`;

/** Written whole or not at all; a file of an earlier release goes. */
const writeConfig = [
  "set -eu",
  'if [ ! -f "$FILE" ]; then printf "%s\\n" "$CONFLIST" >"$FILE.new"; mv "$FILE.new" "$FILE"; fi',
  `for old in ${cniFolder}/10-isokube-*.conflist; do if [ "$old" != "$FILE" ]; then rm -f "$old"; fi; done`,
].join("\n");

/**
 * The pods' network and what keeps it apart. Nodes tell each other by BGP which
 * pods they have; between networks it is a tunnel (IP in IP), within one the
 * plain route. kube-proxy serves the Services.
 */
export function kubeRouter({ kubeRouter: image, bundled }: AddonImages): ManifestGroup {
  return {
    name,
    after: [],
    objects: [
      serviceAccount(name, namespace),
      ...clusterRole("isokube:kube-router", { name, namespace }, rules, name),
      {
        apiVersion: "apps/v1",
        kind: "DaemonSet",
        metadata: { name, namespace, labels: labelsOf(name) },
        spec: {
          selector: { matchLabels: selectorOf(name) },
          updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
          template: { metadata: { labels: labelsOf(name) }, spec: podSpec(image, bundled) },
        },
      },
    ],
  };
}

const rules = [
  { apiGroups: [""], resources: ["namespaces", "pods", "services", "nodes", "endpoints"], verbs: look },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: look },
  { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: look },
] as const;

function podSpec(image: string, bundled: boolean) {
  const cni = { name: "cni", mountPath: cniFolder };
  const host = { name: "host", mountPath: "/host", mountPropagation: "HostToContainer" };
  return {
    serviceAccountName: name,
    priorityClassName: "system-node-critical",
    hostNetwork: true,
    tolerations: everywhere,
    nodeSelector: { "kubernetes.io/os": "linux" },
    initContainers: [
      {
        name: "cni-config",
        image,
        imagePullPolicy: "IfNotPresent",
        // In a bundle's image this is the host's own shell, which sees the same folder.
        command: ["/bin/sh", "-c", writeConfig],
        env: [
          { name: "CONFLIST", value: conflist },
          { name: "FILE", value: confFile },
        ],
        resources: resourcesOf("10m", "32Mi"),
        // The folder is root's, and on some distributions guarded by SELinux too.
        securityContext: { privileged: true },
        volumeMounts: [cni, ...(bundled ? [host] : [])],
      },
    ],
    containers: [
      {
        name,
        image,
        imagePullPolicy: "IfNotPresent",
        args: [
          "--run-router=true",
          "--run-firewall=true",
          "--run-service-proxy=false",
          "--run-loadbalancer=false",
          "--enable-cni=true",
          "--enable-overlay=true",
          "--overlay-type=subnet",
          // Routes stay while kube-router itself is replaced.
          "--bgp-graceful-restart=true",
          `--health-port=${healthPort}`,
        ],
        env: [
          fieldEnv("NODE_NAME", "spec.nodeName"),
          fieldEnv("POD_NAME", "metadata.name"),
          { name: "KUBE_ROUTER_CNI_CONF_FILE", value: confFile },
        ],
        livenessProbe: httpProbe("/healthz", healthPort, { initialDelaySeconds: 10 }),
        readinessProbe: httpProbe("/healthz", healthPort, readiness),
        resources: { requests: { cpu: "100m", memory: "128Mi" } },
        // It writes routes, kernel settings and the firewall of the host.
        securityContext: { privileged: true },
        volumeMounts: [
          { name: "xtables-lock", mountPath: "/run/xtables.lock" },
          cni,
          // The host's own tools find the host's own modules.
          bundled ? { ...host, readOnly: true } : { name: "modules", mountPath: "/lib/modules", readOnly: true },
        ],
      },
    ],
    volumes: [
      { name: "xtables-lock", hostPath: { path: "/run/xtables.lock", type: "FileOrCreate" } },
      { name: "cni", hostPath: { path: cniFolder, type: "DirectoryOrCreate" } },
      bundled
        ? { name: "host", hostPath: { path: "/", type: "Directory" } }
        : { name: "modules", hostPath: { path: "/lib/modules" } },
    ],
  };
}
