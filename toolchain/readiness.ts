import { accessSync, constants } from "node:fs";
import type { Problem } from "../src/core/problems.js";
import { buildsFor } from "./builds.js";
import { cacheDirectory } from "./cache.js";
import { buildDiskNeeds, diskProblems, nearestFolder } from "./disk.js";
import { listParts, type PartState } from "./ensure.js";
import { findGo, goProblem, requiredGoVersion } from "./go.js";
import { defaultParts } from "./parts.js";
import { resolveKubernetesRelease } from "./versions.js";

/** Whether the toolchain could get what it lacks. Looking changes nothing. */
export interface Readiness {
  readonly parts: readonly PartState[];
  readonly goVersion: string | undefined;
  readonly requiredGoVersion: string;
  readonly goProblem: Problem | undefined;
  readonly diskProblems: readonly Problem[];
  readonly cacheProblem: Problem | undefined;
}

export async function inspectReadiness(): Promise<Readiness> {
  const builds = buildsFor(resolveKubernetesRelease());
  const go = await findGo();
  const required = requiredGoVersion(builds);
  return {
    parts: listParts(defaultParts),
    goVersion: go?.version,
    requiredGoVersion: required,
    goProblem: goProblem(go, required),
    diskProblems: go === undefined ? [] : diskProblems(buildDiskNeeds(go)),
    cacheProblem: cacheProblem(),
  };
}

function cacheProblem(): Problem | undefined {
  const folder = nearestFolder(cacheDirectory());
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch {
    return {
      code: "toolchain/cache-read-only",
      path: cacheDirectory(),
      why: `${folder} is not writable`,
      fix: "set ISOKUBE_CACHE to a folder of yours",
    };
  }
}
