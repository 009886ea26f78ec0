import { hostPaths } from "../host/host-paths.js";
import type { OnpremClusterSpec } from "../spec.js";
import { mergeFields } from "./merge.js";
import { settingsDigest } from "./settings-digest.js";

/** kubelet's configuration of every node; `spec.hostSettings.kubelet` is laid over it. */
export function renderKubeletConfiguration({ hostSettings }: OnpremClusterSpec): Record<string, unknown> {
  const { cgroupDriver, failCgroupV1, failSwapOn } = hostSettings;
  return mergeFields(
    {
      apiVersion: "kubelet.config.k8s.io/v1beta1",
      kind: "KubeletConfiguration",
      cgroupDriver,
      failCgroupV1,
      failSwapOn,
      containerRuntimeEndpoint: hostPaths.containerdSocket,
      rotateCertificates: true,
      // Serving certificates from the cluster's authority: metrics-server and the API server can verify them.
      serverTLSBootstrap: true,
    },
    hostSettings.kubelet,
  );
}

/** By which it is known later whether another configuration is asked for. */
export function kubeletDigest(spec: OnpremClusterSpec): string {
  return settingsDigest(renderKubeletConfiguration(spec));
}
