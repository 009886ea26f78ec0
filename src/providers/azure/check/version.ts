import type { Problem } from "../../../core/problems.js";
import { parseMinor } from "../../../core/versions.js";
import type { ClusterSpec } from "../../contract.js";
import { known } from "../../leaf.js";

/** The minors that AKS offers by this catalogue of 2026-11-01, oldest first; long-term support and previews are left out. */
export const aksMinors: readonly string[] = ["1.34", "1.35", "1.36"];

/** Whether AKS has the minor. */
export function offeredMinorProblems({ kubernetesVersion }: ClusterSpec): Problem[] {
  const minor = known(kubernetesVersion);
  if (minor === undefined || parseMinor(minor) === undefined || aksMinors.includes(minor)) return [];
  return [
    {
      code: "version/not-offered",
      path: "kubernetesVersion",
      value: minor,
      why: "AKS does not offer this minor",
      fix: `use one of ${aksMinors.join(", ")}, or a releaseChannel`,
    },
  ];
}
