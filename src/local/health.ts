import { ApiClient } from "./api-client.js";
import { completeRecord } from "./complete-record.js";
import { listPoolNodes } from "./ensure-nodes.js";
import type { Layout, Ports, ProcessName } from "./layout.js";
import { isReady, type LiveNode } from "./nodes.js";
import type { FoundProcess } from "./processes.js";
import { type Component, type ComponentStatus, componentNames } from "./spec.js";

/** A healthy component answers within milliseconds; a busy machine is given some more. */
const probeTimeoutMs = 2_000;

/** kwok renews every node's heartbeat at least every 12 s. */
const staleHeartbeatMs = 45_000;

/** What was just mended must not be called ill while its next heartbeat is still to come. */
export const mendedHeartbeatMs = 30_000;

/** Clients of a cluster's listeners: each with the certificate it is probed with. */
export class Probes {
  private constructor(
    readonly api: ApiClient,
    private readonly clients: Readonly<Record<Exclude<ProcessName, "kwok">, ApiClient>>,
  ) {}

  static open(layout: Layout, ports: Ports): Probes {
    const admin = (port: number): ApiClient => ApiClient.open(layout, port, "admin");
    const api = admin(ports["kube-apiserver"]);
    return new Probes(api, {
      etcd: ApiClient.open(layout, ports["etcd-http"], "etcd-client", "etcd-ca"),
      "kube-apiserver": api,
      "kube-controller-manager": admin(ports["kube-controller-manager"]),
      "kube-scheduler": admin(ports["kube-scheduler"]),
      "simulated-kubelet": admin(ports["simulated-kubelet"]),
      "metrics-server": admin(ports["metrics-server"]),
    });
  }

  close(): void {
    for (const client of Object.values(this.clients)) client.close();
  }

  /** Whether a process answers its health path; kwok has no listener, its nodes speak for it. */
  isHealthy(name: Exclude<ProcessName, "kwok">, timeoutMs = probeTimeoutMs): Promise<boolean> {
    return this.clients[name].answersOk(healthPaths[name], timeoutMs);
  }
}

const healthPaths: Readonly<Record<Exclude<ProcessName, "kwok">, string>> = {
  etcd: "/health",
  "kube-apiserver": "/readyz",
  "kube-controller-manager": "/healthz",
  "kube-scheduler": "/readyz",
  "simulated-kubelet": "/healthz",
  "metrics-server": "/livez",
};

/** The processes a component consists of. */
export function processesOf(component: Component): readonly ProcessName[] {
  return component === "kwok" ? ["kwok", "simulated-kubelet"] : [component];
}

/** From the process table alone: whether each component's processes live and are not halted. */
export function livenessOf(found: readonly FoundProcess[]): Record<Component, ComponentStatus> {
  return completeRecord(componentNames, (component) => {
    const own = processesOf(component).map((name) => found.filter((process) => process.name === name));
    if (own.some((processes) => processes.length === 0)) return "down";
    return own.flat().some((process) => process.stopped) ? "unhealthy" : "running";
  });
}

/** Liveness, and for what lives whether it answers as it should. */
export async function healthOf(
  probes: Probes,
  found: readonly FoundProcess[],
): Promise<{ components: Record<Component, ComponentStatus>; readyNodes: number }> {
  const liveness = livenessOf(found);
  const [nodes, ...answers] = await Promise.all([
    liveness["kube-apiserver"] === "running"
      ? listPoolNodes(probes.api, probeTimeoutMs).catch(() => undefined)
      : undefined,
    ...componentNames.map(async (component): Promise<boolean> => {
      if (liveness[component] !== "running") return false;
      return probes.isHealthy(component === "kwok" ? "simulated-kubelet" : component);
    }),
  ]);
  const healthy = new Map(componentNames.map((component, index) => [component, answers[index] === true]));
  return {
    components: completeRecord(componentNames, (component) => {
      if (liveness[component] !== "running") return liveness[component];
      if (healthy.get(component) !== true) return "unhealthy";
      return component === "kwok" && nodes !== undefined && !hasFreshHeartbeats(nodes, Date.now())
        ? "unhealthy"
        : "running";
    }),
    readyNodes: nodes?.filter(isReady).length ?? 0,
  };
}

/** Whether kwok has lately been at every node: it is the only one to write heartbeats. */
export function hasFreshHeartbeats(nodes: readonly LiveNode[], now: number, withinMs = staleHeartbeatMs): boolean {
  return nodes.every((node) => {
    const heartbeat = node.status?.conditions?.find(({ type }) => type === "Ready")?.lastHeartbeatTime;
    return heartbeat !== undefined && now - Date.parse(heartbeat) < withinMs;
  });
}
