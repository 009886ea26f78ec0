import type { EndpointSpec } from "./spec.js";

/** Port that every API server listens on. */
export const apiPort = 6443;

/**
 * Where a control plane behind a virtual address reaches the way that clients
 * take there, whoever has the address. Not 127.0.0.1, which an API server on a
 * host without IPv6 reaches itself by, and may not be sent to another one.
 */
export const balancedLoopback = "127.0.0.2";

/** Where clients and nodes reach the cluster, as `host:port`; kubeadm's `controlPlaneEndpoint`. */
export function controlPlaneEndpoint(endpoint: EndpointSpec): string {
  switch (endpoint.kind) {
    case "single":
    case "vip":
      return `${endpoint.address}:${apiPort}`;
    case "external":
      return `${endpoint.host}:${endpoint.port}`;
  }
}

/** Whether a load balancer on the control planes listens on the API servers' port too. */
export function sharesPort(endpoint: EndpointSpec): boolean {
  return endpoint.kind === "vip";
}
