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

/** The images for a cluster with these artifacts. */
export function imagesOf({ artifacts = {} }: OnpremOptions): AddonImages {
  if (artifacts.bundle !== undefined) return { ...addonImages, ...bundledImages, bundled: true };
  const { images: prefix } = artifacts;
  const at = (image: string) => (prefix === undefined ? image : fromMirror(prefix, image));
  return {
    kubeRouter: at(addonImages.kubeRouter),
    metricsServer: at(addonImages.metricsServer),
    metallbController: at(addonImages.metallbController),
    metallbSpeaker: at(addonImages.metallbSpeaker),
    localPathProvisioner: at(addonImages.localPathProvisioner),
    csrApprover: at(addonImages.csrApprover),
    envoyGateway: at(addonImages.envoyGateway),
    envoyProxy: at(addonImages.envoyProxy),
    bundled: false,
  };
}

/** The image in a registry that has everybody's images below one prefix: the name's own registry is left out. */
export function fromMirror(prefix: string, image: string): string {
  return `${prefix}/${image.slice(image.indexOf("/") + 1)}`;
}
