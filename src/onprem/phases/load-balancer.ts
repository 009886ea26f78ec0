import { apiPort, balancedLoopback } from "../endpoint.js";
import { hostPaths } from "../host/host-paths.js";
import { HostProblem, hostPath } from "../host/host-problem.js";
import { keepOriginal } from "../host/keep-original.js";
import { fileDifference, joinReasons, type ManagedFile } from "../host/managed-file.js";
import { turnOn } from "../host/selinux-boolean.js";
import type { HostPhase, HostView, PhaseTools } from "./phase.js";
import { changedFiles, changeService, relabel, serviceDifference } from "./service.js";

export const haproxyService = "haproxy";

/**
 * haproxy's configuration on one control plane; undefined where there is no
 * virtual address. It shares the API server's port (`permit-port-sharing`): the
 * kernel gives a connection to whoever listens on exactly its address, so those to
 * the virtual one are balanced, and those to the host's own reach its own API
 * server. Where haproxy is down, that one answers all of them.
 */
export function renderLoadBalancer({
  cluster,
  node,
  controlPlanes,
}: Pick<HostView, "cluster" | "node" | "controlPlanes">): ManagedFile | undefined {
  if (cluster.endpoint.kind !== "vip" || node.role !== "controlPlane") return undefined;
  const byName = [...controlPlanes].sort((a, b) => (a.name < b.name ? -1 : 1));
  const lines = [
    "# Written by isokube.",
    "global",
    // Changes of a server's state; not every connection.
    "  log stdout format raw daemon notice",
    "  user haproxy",
    "  group haproxy",
    "  chroot /var/lib/haproxy",
    "  maxconn 8192",
    // After a reload the old process serves its connections, and checks no server any more.
    "  hard-stop-after 1m",
    "",
    "defaults",
    "  mode tcp",
    "  log global",
    "  option clitcpka",
    "  option srvtcpka",
    "  option redispatch 1",
    "  retries 3",
    // Short of what impatient clients wait: behind a host that is dead another server still answers them in time.
    "  timeout connect 1s",
    // As long as a kubelet lets an idle `kubectl exec` be.
    "  timeout client 4h",
    "  timeout server 4h",
    "",
    "frontend api_server",
    // Also while another host has the address.
    `  bind ${cluster.endpoint.address}:${apiPort} transparent`,
    `  bind ${balancedLoopback}:${apiPort}`,
    "  default_backend api_servers",
    "",
    "backend api_servers",
    "  balance leastconn",
    "  option httpchk GET /readyz",
    "  timeout check 3s",
    // Every API server's certificate has this name; the authority is the cluster's alone.
    `  default-server check check-ssl verify required ca-file ${hostPaths.loadBalancerAuthority} verifyhost kubernetes`,
    // An API server that ended and comes back takes connections before it knows who may do what: by then, two seconds
    // later at the least, it must have been found out.
    "  default-server inter 1s fastinter 250ms fall 2 rise 1",
    // A client whose server died would wait for it for minutes.
    "  default-server on-marked-down shutdown-sessions",
    ...byName.map(({ name, host }) => `  server ${name} ${host.address}:${apiPort}`),
    "",
  ];
  return { path: hostPaths.haproxyConfiguration, content: lines.join("\n"), mode: 0o644 };
}

/** The copy is haproxy's: where SELinux is, it may not read what is the kubelet's. */
function authorityDifference({ files }: HostView["facts"]): string | undefined {
  const copy = files[hostPaths.loadBalancerAuthority];
  if (copy === undefined) return `${hostPaths.loadBalancerAuthority} is missing`;
  const authority = files[hostPaths.clusterAuthority];
  if (authority === undefined || authority.sha256 === copy.sha256) return undefined;
  return `${hostPaths.loadBalancerAuthority} is not the cluster's authority`;
}

async function renderAuthority({ remote }: PhaseTools, node: string): Promise<ManagedFile> {
  const authority = await remote.readFile(hostPaths.clusterAuthority);
  if (authority !== undefined)
    return { path: hostPaths.loadBalancerAuthority, content: authority.toString("latin1"), mode: 0o644 };
  throw new HostProblem({
    code: "onprem/authority-missing",
    path: hostPath(node),
    value: hostPaths.clusterAuthority,
    why: "the cluster's authority is not on the host, and the load balancer knows the API servers by it",
    fix: "run again, which lets the host join first",
  });
}

const check = `${relabel}haproxy -c -q -f "$2"
`;

/** Port 6443 is none that SELinux lets haproxy use by itself. */
const selinuxBoolean = "haproxy_connect_any";

/**
 * On control planes behind a virtual address, after kubeadm, which brings the
 * authority that servers are known by: spreads clients over all API servers, and
 * takes one that fails out of their way before the address would move.
 */
export const loadBalancer: HostPhase = {
  name: "load-balancer",
  title: "load balancer",
  needed(view) {
    const file = renderLoadBalancer(view);
    if (file === undefined) return undefined;
    return joinReasons([
      authorityDifference(view.facts),
      fileDifference(view.facts, file),
      serviceDifference(view.facts, haproxyService),
    ]);
  },
  async run(view, tools) {
    const file = renderLoadBalancer(view);
    if (file === undefined) return;
    const files = [await renderAuthority(tools, view.node.name), file];
    const changed = await changedFiles(tools, files);
    for (const { path } of changed) await keepOriginal(tools.remote, path);
    await turnOn(tools.remote, selinuxBoolean, tools.signal);
    // A reload ends no connection that is open.
    const verb = changed.length > 0 ? "reload-or-restart" : "start";
    await changeService(tools, { service: haproxyService, files, verb, check });
  },
};
