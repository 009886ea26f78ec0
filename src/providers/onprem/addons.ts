import type { ChartSpec, ClusterSpec, ManifestGroup, OnpremOptions } from "../contract.js";
import { adminBindings } from "./addons/admins.js";
import { csrApprover } from "./addons/csr-approver.js";
import { gateway } from "./addons/gateway.js";
import { imagesOf } from "./addons/images.js";
import { kubeRouter } from "./addons/kube-router.js";
import { localPath } from "./addons/local-path.js";
import { metallb } from "./addons/metallb.js";
import { metricsServer } from "./addons/metrics-server.js";
import { gatewayOf } from "./capabilities.js";
import type { NodeWire } from "./wire.js";

/** What a cluster that kubeadm made lacks to keep the contract, in the order in which it is made. Pure. */
export function manifestsOf(spec: ClusterSpec, onprem: OnpremOptions, nodes: readonly NodeWire[]): ManifestGroup[] {
  const images = imagesOf(onprem);
  const { loadBalancer } = onprem;
  const hasWorkers = nodes.some(({ role }) => role === "worker");
  return [
    ...adminBindings(spec),
    kubeRouter(images),
    csrApprover(images, nodes),
    metricsServer(images),
    localPath(images, onprem),
    ...(loadBalancer === undefined ? [] : metallb(images, { addresses: loadBalancer.addresses, hasWorkers })),
    ...(gatewayOf(onprem) === "traefik" ? gateway({ hasWorkers }) : []),
  ];
}

/** The gateway controller that clouds have too, where its images can be had. */
export function chartsOf(onprem: OnpremOptions): readonly ChartSpec[] {
  if (gatewayOf(onprem) !== "envoy") return [];
  return [{ name: "gateway", chart: "envoy-gateway", namespace: "envoy-gateway-system", values: {} }];
}
