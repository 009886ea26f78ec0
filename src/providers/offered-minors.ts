import type { Problem } from "../core/problems.js";
import { parseMinor } from "../core/versions.js";
import type { ClusterSpec } from "./contract.js";
import { known } from "./leaf.js";

/** The Kubernetes minors that a target has. */
export interface MinorOffer {
  /** Oldest first. */
  readonly minors: readonly string[];
  /** Why another cannot be had, as a clause. */
  readonly why: string;
  /** Whether a release channel is the other choice. @default false */
  readonly hasChannels?: boolean;
}

/** Whether the target has the minor that is pinned; what is no minor at all is told elsewhere. Pure. */
export function checkOfferedMinor({ kubernetesVersion }: ClusterSpec, offer: MinorOffer): Problem[] {
  const { minors, why, hasChannels = false } = offer;
  const minor = known(kubernetesVersion);
  if (minor === undefined || parseMinor(minor) === undefined || minors.includes(minor)) return [];
  return [
    {
      code: "version/not-offered",
      path: "kubernetesVersion",
      value: minor,
      why,
      fix: `use one of ${minors.join(", ")}${hasChannels ? ", or a releaseChannel" : ""}`,
    },
  ];
}
