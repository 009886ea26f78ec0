import type { EndpointSpec } from "./spec.js";

/** Port that every API server listens on. */
export const apiPort = 6443;

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
