export { cacheDirectory } from "./cache.js";
export type { EnsuredPart } from "./catalog.js";
export { type EnsureRequest, ensureParts, listParts, type PartState } from "./ensure.js";
export { ToolchainError } from "./errors.js";
export {
  type AddonName,
  type ArchiveRecipe,
  addonArchive,
  addonNames,
  clusterArchives,
  partsOf,
} from "./images/recipes.js";
export { writeImageArchive } from "./images/write-archive.js";
export { describeHolder, type LockHolder, type LockOptions, withLock } from "./lock.js";
export { isPartName, type PartName, partNames } from "./names.js";
export { defaultParts } from "./parts.js";
export { currentPlatform } from "./platform.js";
export { progressLines, type ToolchainEvent, type ToolchainProgress } from "./progress.js";
export { layOutPulumi } from "./pulumi-home.js";
export { inspectReadiness, type Readiness } from "./readiness.js";
export {
  defaultKubernetesMinor,
  type KubernetesRelease,
  kubernetesProviderVersion,
  kubernetesVersions,
  resolveKubernetesRelease,
} from "./versions.js";
