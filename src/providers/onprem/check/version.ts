import type { Problem } from "../../../core/problems.js";
import { offeredMinors } from "../../../core/versions.js";
import type { ClusterSpec } from "../../contract.js";
import { checkOfferedMinor } from "../../offered-minors.js";

/** Whether there are binaries of the minor. */
export function checkVersion(spec: ClusterSpec): Problem[] {
  return checkOfferedMinor(spec, { minors: offeredMinors, why: "the target onprem has no binaries of this minor" });
}
