import { addonImages, bundledImages } from "../../../core/addon-images.js";
import type { OnpremOptions } from "../../contract.js";

/** The images that the add-ons run, and what is special about them. */
export interface AddonImages extends Readonly<Record<keyof typeof addonImages, string>> {
  /**
   * True when they come from a bundle, and hold one static program each: they
   * have no shell, and use the host's own firewall tools.
   */
  readonly bundled: boolean;
}

/** The images for a cluster with these artifacts. A mirror changes no name: containerd is sent there. */
export function imagesOf({ artifacts = {} }: OnpremOptions): AddonImages {
  if (artifacts.bundle !== undefined) return { ...addonImages, ...bundledImages, bundled: true };
  return { ...addonImages, bundled: false };
}
