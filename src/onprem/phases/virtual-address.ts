import { apiPort, balancedLoopback } from "../endpoint.js";
import type { HostFacts } from "../facts.js";
import { hostPaths } from "../host/host-paths.js";
import { HostProblem, hostPath } from "../host/host-problem.js";
import { keepOriginal } from "../host/keep-original.js";
import { fileDifference, joinReasons, type ManagedFile } from "../host/managed-file.js";
import type { HostPhase, HostView } from "./phase.js";
import { changedFiles, changeService, relabel, serviceDifference } from "./service.js";

export const keepalivedService = "keepalived";

/**
 * Verifies the certificate: whoever else answers on this port must not draw the
 * address to the host. The second question takes the way that clients of the address
 * take here, through the load balancer where it runs. That alone would not do: of a
 * host that was taken out of the cluster while it was dead, the load balancer still
 * finds the others.
 */
function renderHealthScript(): ManagedFile {
  return {
    path: hostPaths.apiHealthScript,
    mode: 0o755,
    content: `#!/bin/sh
# Written by isokube. keepalived asks this whether the cluster's address may be on this host.
is_ready() {
  curl --silent --fail --output /dev/null --noproxy '*' --max-time 2 --cacert ${hostPaths.clusterAuthority} \\
    --connect-to "kubernetes:${apiPort}:$1:${apiPort}" https://kubernetes:${apiPort}/readyz
}
is_ready "$1" && is_ready ${balancedLoopback}
`,
  };
}

/** The interface that has the node's own address: the virtual one must be in the same network. */
export function interfaceOf(facts: Pick<HostFacts, "addresses">, address: string): string | undefined {
  return facts.addresses.find((entry) => entry.address === address)?.interface;
}

/**
 * keepalived's configuration on one control plane. A failed check takes the
 * address away (no weights: with \`nopreempt\` a lower priority alone would not
 * move it), and a host that recovers does not take it back. From a failed API
 * server to a new holder it takes two checks and a second, from a dead host
 * three missed advertisements: under 8 s and under 4 s.
 */
function renderKeepalived(view: HostView, virtualAddress: string, routerId: number, networkInterface: string) {
  const { node, controlPlanes } = view;
  const address = node.host.address;
  const byName = [...controlPlanes].sort((a, b) => (a.name < b.name ? -1 : 1));
  const peers = byName.map((peer) => peer.host.address).filter((peer) => peer !== address);
  // Different for each, so that two that come up together do not hold the address together.
  const priority = 200 - 10 * byName.findIndex(({ name }) => name === node.name);
  const unicast = peers.length === 0 ? [] : ["  unicast_peer {", ...peers.map((peer) => `    ${peer}`), "  }"];
  const lines = [
    "# Written by isokube.",
    "global_defs {",
    `  router_id ${node.name}`,
    "  enable_script_security",
    "  script_user root",
    "}",
    "",
    "vrrp_script api_server {",
    `  script "${hostPaths.apiHealthScript} ${address}"`,
    "  interval 2",
    "  timeout 5",
    "  fall 2",
    "  rise 1",
    // Without an API server there is nothing to reach: no address before the first check succeeded.
    "  init_fail",
    "}",
    "",
    "vrrp_instance api_server {",
    "  state BACKUP",
    "  nopreempt",
    `  interface ${networkInterface}`,
    `  virtual_router_id ${routerId}`,
    `  priority ${priority}`,
    "  advert_int 1",
    `  unicast_src_ip ${address}`,
    ...unicast,
    "  virtual_ipaddress {",
    // A /32: as one more address of the subnet it could become the source of the host's own connections.
    `    ${virtualAddress}/32 dev ${networkInterface}`,
    "  }",
    "  track_script {",
    "    api_server",
    "  }",
    "}",
    "",
  ];
  return { path: hostPaths.keepalivedConfiguration, content: lines.join("\n"), mode: 0o644 };
}

/** Files of the virtual address on this host, the script first; none where the endpoint is another kind. */
export function renderVirtualAddress(view: HostView): ManagedFile[] {
  const { cluster, node, facts } = view;
  if (cluster.endpoint.kind !== "vip" || node.role !== "controlPlane") return [];
  const networkInterface = interfaceOf(facts, node.host.address);
  if (networkInterface === undefined)
    throw new HostProblem({
      code: "onprem/address-not-on-host",
      path: hostPath(node.name, "address"),
      value: node.host.address,
      why: "no interface of the host has this address, so the virtual address has no place",
      fix: `give one of its own: ${facts.addresses.map((entry) => entry.address).join(", ")}`,
    });
  const { address, routerId } = cluster.endpoint;
  return [renderHealthScript(), renderKeepalived(view, address, routerId, networkInterface)];
}

const check = `${relabel}keepalived --config-test="$2"
`;

/** On control planes behind a virtual address, before kubeadm: the address appears as soon as an API server is ready. */
export const virtualAddress: HostPhase = {
  name: "virtual-address",
  title: "virtual address",
  needed(view) {
    const files = renderVirtualAddress(view);
    if (files.length === 0) return undefined;
    return joinReasons([
      ...files.map((file) => fileDifference(view.facts, file)),
      serviceDifference(view.facts, keepalivedService),
    ]);
  },
  async run(view, tools) {
    const files = renderVirtualAddress(view);
    const changed = await changedFiles(tools, files);
    for (const { path } of changed) await keepOriginal(tools.remote, path);
    // A reload keeps the address where it is.
    const verb = changed.length > 0 ? "reload-or-restart" : "start";
    await changeService(tools, { service: keepalivedService, files, verb, check });
  },
};
