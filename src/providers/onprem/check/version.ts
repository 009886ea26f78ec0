import type { Problem } from "../../../core/problems.js";
import { offeredMinors, parseMinor } from "../../../core/versions.js";
import type { ClusterSpec } from "../../contract.js";
import { known } from "../../leaf.js";

/** Whether there are binaries of the minor. */
export function checkVersion({ kubernetesVersion }: ClusterSpec): Problem[] {
  const minor = known(kubernetesVersion);
  if (minor === undefined || parseMinor(minor) === undefined) return [];
  if (offeredMinors.some((offered) => offered === minor)) return [];
  return [
    {
      code: "version/not-offered",
      path: "kubernetesVersion",
      value: minor,
      why: "the target onprem has no binaries of this minor",
      fix: `use one of ${offeredMinors.join(", ")}`,
    },
  ];
}
