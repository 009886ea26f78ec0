import type { Problem } from "../../../core/problems.js";
import type { ClusterArgs } from "../args.js";
import { kubernetesMinor, leafProblems } from "./values.js";

/** Whether the version is one, and is either pinned or follows a channel. */
export function checkVersion({ kubernetesVersion, releaseChannel }: ClusterArgs): Problem[] {
  const problems = leafProblems("kubernetesVersion", kubernetesVersion, kubernetesMinor);
  if (kubernetesVersion === undefined || releaseChannel === undefined) return problems;
  const both: Problem = {
    code: "version/and-channel",
    path: "releaseChannel",
    value: releaseChannel,
    why: "a version is pinned or follows a channel, and kubernetesVersion is set too",
    fix: "leave out one of kubernetesVersion and releaseChannel",
  };
  return [...problems, both];
}
