import { binaries } from "./binaries.js";
import { claim } from "./claim.js";
import { containerd } from "./containerd.js";
import { controlPlaneFilesPhase } from "./control-plane-files.js";
import { images } from "./images.js";
import { kernel } from "./kernel.js";
import { kubeletServicePhase } from "./kubelet-service.js";
import { packages } from "./packages.js";
import type { HostPhase } from "./phase.js";
import { registries } from "./registries.js";
import { virtualAddress } from "./virtual-address.js";

/** From a bare host to one that kubeadm can make a node of, in this order. */
export const hostPhases: readonly HostPhase[] = [
  claim,
  kernel,
  packages,
  containerd,
  registries,
  binaries,
  images,
  kubeletServicePhase,
  controlPlaneFilesPhase,
  virtualAddress,
];
