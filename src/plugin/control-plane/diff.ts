import type { LocalClusterSpec } from "../../local/spec.js";
import { childPath, fillDefaults } from "../input-types.js";
import { isPropertyMap, knownText, type PropertyMap, reveal } from "../properties.js";
import { type Difference, differences, needsReplacement } from "../property-diff.js";
import type { Diff, DiffRequest, PropertyChange } from "../resource.js";
import { controlPlaneDefinition } from "./definition.js";
import { recordedInputs } from "./outputs.js";
import type { Components, KubernetesReleases } from "./port.js";
import { resolveVersion } from "./spec.js";

/** Outputs that last as long as the cluster does. */
const stables = ["clusterName", "dataDirectory", "podCidr", "serviceCidr"];

/** What the machine says of a cluster at this moment. */
export interface Sight {
  /** Which processes live, whatever the state says. */
  readonly alive: Components;
  /** What the cluster was last meant to be; undefined when there is none. */
  readonly recorded: LocalClusterSpec | undefined;
}

/**
 * Compares what is asked for with what was asked for last time and with what
 * the machine has: an update that was cut off half-way, and a process that does
 * not run, are mended by an update as well.
 */
export function diffControlPlane(request: DiffRequest, sight: Sight, releases: KubernetesReleases): Diff {
  const before = asked(request.oldInputs);
  const after = asked(request.newInputs);
  const edited = differences(before, after);
  const editedPaths = new Set(edited.map(({ path }) => path));
  const made = sight.recorded === undefined ? [] : differences(recordedInputs(sight.recorded), after);
  const changes = [
    ...edited.map((difference) => toChange(difference, true)),
    ...made.filter(({ path }) => !editedPaths.has(path)).map((difference) => toChange(difference, false)),
  ].filter(({ path }) => path !== "kubernetesVersion");
  const all = [
    ...changes,
    ...versionChange(request, after, releases),
    ...componentChanges(recordedComponents(request.oldOutputs), sight.alive),
  ];
  // Two clusters of one name would share a folder.
  const renamed = changes.some(({ path }) => path === "clusterName");
  return { changes: all, deleteBeforeReplace: !renamed, stables };
}

/** The program's own inputs, apart from what the check adds for the display. */
function asked({ components: _, ...inputs }: PropertyMap): PropertyMap {
  return fillDefaults(controlPlaneDefinition.inputs, inputs);
}

function toChange({ path, kind }: Difference, inputChanged: boolean): PropertyChange {
  return { path, kind, replaces: needsReplacement(controlPlaneDefinition.inputs, path), inputChanged };
}

/** Compares versions, not words: `1.35` is what `1.35.3` is, until the toolchain offers a newer patch. */
function versionChange(request: DiffRequest, after: PropertyMap, releases: KubernetesReleases): PropertyChange[] {
  const change: PropertyChange = { path: "kubernetesVersion", kind: "update", replaces: false, inputChanged: true };
  const asked = knownText(reveal(after["kubernetesVersion"] ?? null));
  if (asked === undefined) return [change];
  const running = knownText(reveal(request.oldOutputs["version"] ?? null));
  return resolveVersion(asked, releases) === running ? [] : [change];
}

/** What a process was seen doing when the state was written. */
function recordedComponents(outputs: PropertyMap): Readonly<Record<string, string>> {
  const recorded = reveal(outputs["components"] ?? null);
  if (!isPropertyMap(recorded)) return {};
  return Object.fromEntries(
    Object.entries(recorded).flatMap(([name, status]) => (typeof status === "string" ? [[name, status]] : [])),
  );
}

function componentChanges(recorded: Readonly<Record<string, string>>, alive: Components): PropertyChange[] {
  const names = [...new Set([...Object.keys(recorded), ...Object.keys(alive)])];
  return names
    .filter((name) => (recorded[name] ?? "running") !== "running" || (alive[name] ?? "running") !== "running")
    .map((name) => ({ path: childPath("components", name), kind: "update", replaces: false, inputChanged: false }));
}
