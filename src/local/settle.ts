import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { formatProblems, type Problem } from "../core/problems.js";
import { isHalfWrittenRecord } from "./destroy.js";
import { ensurePrivateDirectory } from "./files.js";
import { Layout, type Ports, portOwner } from "./layout.js";
import { choosePorts } from "./ports.js";
import { findProcesses } from "./processes.js";
import { type ClusterRecord, readRecord, writeRecord } from "./record.js";
import type { LocalBinaries, LocalClusterSpec } from "./spec.js";
import { compareVersions } from "./version-order.js";

/** metrics-server refuses a shorter one. Source: its cmd/metrics-server/app/options. */
const minimumMetricsResolutionSeconds = 10;

/**
 * Decides what the cluster is from now on and writes it down, before anything is
 * started: who finds the directory later knows what to look for.
 *
 * @throws when the directory belongs to another owner or is no cluster's, or when
 * the cluster cannot become what is asked; nothing is changed then.
 */
export async function settle(layout: Layout, spec: LocalClusterSpec, binaries: LocalBinaries): Promise<ClusterRecord> {
  const before = readRecord(layout);
  const problems =
    before === undefined ? specProblems(spec) : [...specProblems(spec), ...changeProblems(before.spec, spec)];
  if (problems.length > 0) throw new Error(formatProblems(`local cluster ${spec.id}`, problems));
  if (before === undefined) await refuseForeignFiles(layout);

  for (const directory of layout.directories.slice(0, 1)) await ensurePrivateDirectory(directory);
  const running = new Set(findProcesses(layout).map(({ name }) => name));
  const ports = await choosePorts(
    before?.ports,
    (name) => running.has(portOwner[name]),
    await portsOfNeighbours(layout),
  );
  const record: ClusterRecord = {
    spec: { ...spec, dataDirectory: layout.dataDirectory },
    ports,
    binaries,
    secretsEncrypted: before?.secretsEncrypted ?? spec.secretsEncryption,
  };
  writeRecord(layout, record);
  for (const directory of layout.directories.slice(1)) await ensurePrivateDirectory(directory);
  return record;
}

function specProblems(spec: LocalClusterSpec): Problem[] {
  const { metricsResolutionSeconds } = spec;
  if (metricsResolutionSeconds >= minimumMetricsResolutionSeconds) return [];
  return [
    {
      code: "metrics/resolution",
      path: "metricsResolutionSeconds",
      value: metricsResolutionSeconds,
      why: `metrics-server measures at most every ${minimumMetricsResolutionSeconds} s`,
      fix: `set ${minimumMetricsResolutionSeconds} or more`,
    },
  ];
}

/** What an existing cluster cannot be changed into. */
export function changeProblems(before: LocalClusterSpec, after: LocalClusterSpec): Problem[] {
  if (before.owner !== after.owner) {
    return [
      {
        code: "cluster/owner",
        path: "dataDirectory",
        value: before.dataDirectory,
        why: `the cluster there belongs to ${before.owner}, not to ${after.owner}`,
        fix: "give this cluster another name, or remove the other one first",
      },
    ];
  }
  const fixed = (["id", "podCidr", "serviceCidr"] as const).flatMap((path): Problem[] =>
    before[path] === after[path]
      ? []
      : [
          {
            code: "cluster/fixed",
            path,
            value: after[path],
            why: `it is ${before[path]} since the cluster was made, and addresses in use cannot be changed`,
            fix: "keep it, or replace the cluster",
          },
        ],
  );
  if (compareVersions(after.kubernetesVersion, before.kubernetesVersion) >= 0) return fixed;
  return [
    ...fixed,
    {
      code: "version/downgrade",
      path: "kubernetesVersion",
      value: after.kubernetesVersion,
      why: `the cluster has ${before.kubernetesVersion}, and Kubernetes cannot be downgraded`,
      fix: `keep ${before.kubernetesVersion} or choose a newer one`,
    },
  ];
}

async function refuseForeignFiles(layout: Layout): Promise<void> {
  let entries: readonly string[] = [];
  try {
    entries = await readdir(layout.dataDirectory);
  } catch {
    return; // not there yet
  }
  if (entries.every((entry) => isHalfWrittenRecord(layout, entry))) return;
  throw new Error(
    `${layout.dataDirectory} is not empty and holds no cluster (no ${basename(layout.record)}): choose another directory or empty this one`,
  );
}

/** Ports that clusters in sibling directories have been given, whether or not those run now. */
async function portsOfNeighbours(layout: Layout): Promise<ReadonlySet<number>> {
  const home = dirname(layout.dataDirectory);
  const ports = new Set<number>();
  for (const entry of await readdir(home, { withFileTypes: true })) {
    const directory = join(home, entry.name);
    if (!entry.isDirectory() || directory === layout.dataDirectory) continue;
    for (const port of Object.values(portsRecordedIn(directory))) ports.add(port);
  }
  return ports;
}

function portsRecordedIn(directory: string): Partial<Ports> {
  try {
    return readRecord(new Layout(directory))?.ports ?? {};
  } catch {
    return {}; // a damaged record reserves nothing
  }
}
