import { isAtLeast } from "../../core/versions.js";
import type { Artifacts } from "./artifacts.js";

/** Registry that Kubernetes' own images are named after. */
export const upstreamRegistry = "registry.k8s.io";

/** What kubeadm of a minor starts pods with, newest first. Source: `PauseVersion` in kubeadm's constants. */
const pauseVersions = [
  { since: "1.36", version: "3.10.2" },
  { since: "1.34", version: "3.10.1" },
  { since: "1.31", version: "3.10" },
] as const;

/**
 * The image that holds a pod's namespaces. containerd has to be told: its own
 * default is another one, which an air-gapped host does not have and kubelet's
 * garbage collection does not know.
 */
export function pauseImage(artifacts: Artifacts): string {
  const bundled = artifacts.imageArchives.flatMap(({ images }) => images).find((image) => /\/pause:[^/]+$/.test(image));
  if (bundled !== undefined) return bundled;
  const { version } = pauseVersions.find(({ since }) => isAtLeast(artifacts.kubernetesVersion, since)) ?? {
    version: "3.10",
  };
  return `${upstreamRegistry}/pause:${version}`;
}
