import { readFileSync } from "node:fs";
import { type Layout, loopback, type Ports } from "./layout.js";
import { type Identity, users } from "./pki.js";

export function endpointOf(ports: Ports): string {
  return `https://${loopback}:${ports["kube-apiserver"]}`;
}

interface Parts {
  readonly cluster: string;
  readonly user: string;
  readonly endpoint: string;
  readonly authority: Readonly<Record<string, string>>;
  readonly credentials: Readonly<Record<string, string>>;
}

function render({ cluster, user, endpoint, authority, credentials }: Parts): string {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: cluster, cluster: { server: endpoint, ...authority } }],
    users: [{ name: user, user: credentials }],
    contexts: [{ name: cluster, context: { cluster, user } }],
    "current-context": cluster,
  };
  // JSON is YAML, and every client reads it.
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

/** A component's kubeconfig: it names the files, so that no key is in two places. */
export function renderKubeconfig(layout: Layout, ports: Ports, identity: Identity): string {
  return render({
    cluster: "local",
    user: users[identity],
    endpoint: endpointOf(ports),
    authority: { "certificate-authority": layout.certificate("ca") },
    credentials: { "client-certificate": layout.certificate(identity), "client-key": layout.key(identity) },
  });
}

/** The administrator's kubeconfig, complete in itself: it travels. */
export function adminKubeconfig(layout: Layout, ports: Ports, clusterName: string): string {
  return render({
    cluster: clusterName,
    user: `${clusterName}-admin`,
    endpoint: endpointOf(ports),
    authority: { "certificate-authority-data": readFileSync(layout.certificate("ca"), "base64") },
    credentials: {
      "client-certificate-data": readFileSync(layout.certificate("admin"), "base64"),
      "client-key-data": readFileSync(layout.key("admin"), "base64"),
    },
  });
}
