import type { ClusterRef } from "../../../src/providers/contract.js";

/** A cluster of which nothing is asked but to be named. */
export const local: ClusterRef = { kubeconfig: "kubeconfig", target: "local" };
export const existing: ClusterRef = { kubeconfig: "kubeconfig", target: "existing" };

export const resources = { cpu: "100m", memory: "64Mi" };

/** The least a container says. */
export const container = { image: "registry.example/web:1.4.2", resources };

/** A workload in which nothing is wrong, and parts to vary it by. */
export const minimal = { cluster: local, containers: { web: container } };
export const withPort = { cluster: local, containers: { web: { ...container, ports: { http: 8080 } } } };

/** `minimal` with its container changed. */
export function withContainer(changes: object): Record<string, unknown> {
  return { cluster: local, containers: { web: { ...container, ...changes } } };
}
