import { createHash } from "node:crypto";
import { buildUnitKey } from "./build.js";
import { buildsFor } from "./builds.js";
import { executablePath, readUnit, type UnitKey, type Way } from "./cache.js";
import { type Download, downloadsFor } from "./downloads.js";
import type { GoBuild } from "./go-build.js";
import type { PartName } from "./names.js";
import type { Part } from "./part.js";
import { partsFor } from "./parts.js";
import { currentPlatform } from "./platform.js";
import type { KubernetesRelease } from "./versions.js";

/** One part, ready to be started. */
export interface EnsuredPart {
  readonly name: PartName;
  readonly version: string;
  /** The executable, as an absolute path. */
  readonly path: string;
  /** How it was got now; `cached` when it was there from an earlier run. */
  readonly way: Way | "cached";
  /** How it was got the first time. */
  readonly origin: Way;
  /** Size of the executable; parts from one build share theirs on the disk. */
  readonly bytes: number;
  /** What getting it took, the first time. */
  readonly seconds: number;
}

/** Everything that is pinned for one Kubernetes release, and where it would be installed. */
export interface Catalog {
  readonly parts: Readonly<Record<PartName, Part>>;
  /** In the order in which they should be run. */
  readonly builds: readonly GoBuild[];
  /** `undefined` where no checksum is pinned for this machine. */
  download(part: Part): Download | undefined;
  build(part: Part): GoBuild;
  /** What is installed for a part, by whichever way; a few file look-ups. */
  installed(part: Part): EnsuredPart | undefined;
}

export function catalogFor(release: KubernetesRelease): Catalog {
  const parts = partsFor(release);
  const builds = buildsFor(release);
  const downloads = downloadsFor(release);
  const keys = new Map<GoBuild, UnitKey>();
  const buildKey = (build: GoBuild) => {
    const key = keys.get(build) ?? buildUnitKey(build);
    keys.set(build, key);
    return key;
  };
  const download = (part: Part) => downloads.get(part.download);
  const build = (part: Part) => {
    const found = builds.find(({ name }) => name === part.build);
    if (found === undefined) throw new Error(`${part.name} has no Go recipe`);
    return found;
  };
  return {
    parts,
    builds,
    download,
    build,
    installed(part) {
      const file = download(part);
      const downloaded = file === undefined ? [] : [downloadUnitKey(file)];
      return firstInstalled(part, [presentUnitKey(part), ...downloaded, buildKey(build(part))]);
    },
  };
}

function firstInstalled(part: Part, keys: readonly UnitKey[]): EnsuredPart | undefined {
  for (const key of keys) {
    const unit = readUnit(key);
    const executable = unit?.executables[part.name];
    if (unit === undefined || executable === undefined) continue;
    return {
      name: part.name,
      version: executable.version,
      path: executablePath(unit, executable),
      way: "cached",
      origin: unit.way,
      bytes: executable.bytes,
      seconds: unit.seconds,
    };
  }
  return undefined;
}

/** A note of where an executable of the machine was found. */
export function presentUnitKey(part: Part): UnitKey {
  return { name: part.name, version: part.version, recipe: "present" };
}

export function downloadUnitKey(download: Download): UnitKey {
  const hash = createHash("sha256")
    .update(JSON.stringify([download.sha256, currentPlatform()]))
    .digest("hex");
  return { name: download.name, version: download.version, recipe: `download-${hash.slice(0, 12)}` };
}
