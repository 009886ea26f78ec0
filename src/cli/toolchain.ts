import { Command, InvalidArgumentError } from "commander";
import {
  cacheDirectory,
  defaultKubernetesMinor,
  defaultParts,
  ensureParts,
  isPartName,
  kubernetesVersions,
  listParts,
  type PartName,
  type PartState,
  partNames,
  progressLines,
} from "../../toolchain/index.js";
import { interruptible } from "./interrupt.js";
import { renderTable } from "./table.js";

interface ToolchainOptions {
  readonly kubernetes: string;
  readonly part: readonly PartName[];
  readonly list?: boolean;
  readonly json?: boolean;
}

/** `isokube toolchain`: gets the real parts and lists them. */
export function toolchainCommand(): Command {
  const versions = Object.keys(kubernetesVersions).join(" or ");
  return new Command("toolchain")
    .description("get the real parts (Pulumi, control plane, simulated nodes) into the cache and list them")
    .option("--kubernetes <version>", `the control plane's version: ${versions}`, defaultKubernetesMinor)
    .option("--part <name>", "only this part; may be given several times", collectPart, [])
    .option("--list", "only list what is there; get nothing")
    .option("--json", "print JSON")
    .action(async (options: ToolchainOptions) => {
      const names = options.part.length === 0 ? defaultParts : options.part;
      const got =
        options.list === true
          ? undefined
          : await interruptible((signal) =>
              ensureParts({
                parts: names,
                kubernetesVersion: options.kubernetes,
                onProgress: progressLines(process.stderr),
                signal,
              }),
            );
      const rows = listParts(names, options.kubernetes).map((state) => describe(state, got?.get(state.part.name)?.way));
      process.stdout.write(`${options.json === true ? renderJson(rows) : renderRows(rows)}\n`);
    });
}

function collectPart(name: string, sofar: readonly PartName[]): readonly PartName[] {
  if (!isPartName(name)) throw new InvalidArgumentError(`it is none of ${partNames.join(", ")}.`);
  return [...sofar, name];
}

export interface PartRow {
  readonly name: PartName;
  readonly version: string;
  readonly purpose: string;
  /** How it was got: `missing` when it was not. */
  readonly way: "present" | "download" | "build" | "missing";
  /** Whether it was there before this command. */
  readonly cached: boolean;
  readonly bytes: number;
  readonly seconds: number;
  readonly path: string | null;
  /** The verified download, or why there is none. */
  readonly download: { readonly url: string; readonly sha256: string } | { readonly unavailable: string };
}

function describe({ part, installed, download }: PartState, wayNow: string | undefined): PartRow {
  return {
    name: part.name,
    version: installed?.version ?? part.version,
    purpose: part.purpose,
    way: installed?.origin ?? "missing",
    cached: installed !== undefined && (wayNow ?? "cached") === "cached",
    bytes: installed?.bytes ?? 0,
    seconds: installed === undefined ? 0 : Math.round(installed.seconds * 10) / 10,
    path: installed?.path ?? null,
    download: "unavailable" in download ? download : { url: download.url, sha256: download.sha256 },
  };
}

function renderJson(parts: readonly PartRow[]): string {
  return JSON.stringify({ cacheDirectory: cacheDirectory(), parts }, undefined, 2);
}

export function renderRows(rows: readonly PartRow[]): string {
  const cells = rows.map((row) => [
    row.name,
    row.version,
    row.way,
    row.way === "missing" ? "" : (row.bytes / 1e6).toFixed(0).padStart(4).concat(" MB"),
    row.way === "missing" ? "" : row.seconds.toFixed(1).padStart(7),
    "unavailable" in row.download ? row.download.unavailable : "official, checksum pinned",
  ]);
  return renderTable(["PART", "VERSION", "WAY", "SIZE", "SECONDS", "DOWNLOAD"], cells);
}
