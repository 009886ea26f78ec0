export { cacheDirectory } from "./cache.js";
export type { EnsuredPart } from "./catalog.js";
export { type EnsureRequest, ensureParts, listParts } from "./ensure.js";
export { ToolchainError } from "./errors.js";
export { isPartName, type PartName, partNames } from "./names.js";
export { defaultParts } from "./parts.js";
export { progressLines, type ToolchainEvent, type ToolchainProgress } from "./progress.js";
export { layOutPulumi } from "./pulumi-home.js";
export { defaultKubernetesMinor, kubernetesVersions } from "./versions.js";
