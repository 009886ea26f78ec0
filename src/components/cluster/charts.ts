import { existsSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import type { Problem } from "../../core/problems.js";

/** Where a chart is got from, in the words of Pulumi's Helm release. */
export interface ChartSource {
  /** A reference, or a name in `repositoryOpts`. */
  readonly chart: string;
  /** Left out where the chart lies on this machine and says its version itself. */
  readonly version?: string;
  readonly repositoryOpts?: { readonly repo: string };
}

/** A chart that isokube installs: by whom it is published, and which version was tried. */
interface PinnedChart {
  /** Name in the repository, and in a mirror. */
  readonly chart: string;
  readonly version: string;
  /** An OCI prefix, or the address of a classic chart repository. */
  readonly repository: string;
}

const pinnedCharts = {
  "envoy-gateway": { chart: "gateway-helm", version: "v1.9.1", repository: "oci://docker.io/envoyproxy" },
  "aws-load-balancer-controller": {
    chart: "aws-load-balancer-controller",
    version: "1.17.0",
    repository: "https://aws.github.io/eks-charts",
  },
  "cluster-autoscaler": {
    chart: "cluster-autoscaler",
    version: "9.56.0",
    repository: "https://kubernetes.github.io/autoscaler",
  },
} as const satisfies Readonly<Record<string, PinnedChart>>;

/** Names the mirror: a folder of charts, or an OCI prefix. */
const mirrorVariable = "ISOKUBE_CHARTS";

/** What the chart is, without where it comes from. */
export function pinnedChart(key: string): PinnedChart {
  const known: Readonly<Record<string, PinnedChart>> = pinnedCharts;
  const found = known[key];
  if (found !== undefined) return found;
  throw new Error(`there is no pinned chart ${key}; there are ${Object.keys(pinnedCharts).join(", ")}`);
}

/**
 * Where to get a chart: from its publisher, or from the mirror that the
 * environment variable `ISOKUBE_CHARTS` names. A mirror is an OCI prefix
 * (`oci://registry.example.com/charts`) that holds the pinned versions, or a
 * folder that holds each chart as `<chart>-<version>.tgz` or unpacked as
 * `<chart>`: what machines without a way to the internet have.
 */
export function chartSource(key: string, mirror = process.env[mirrorVariable]): ChartSource | Problem {
  const pinned = pinnedChart(key);
  if (mirror === undefined || mirror === "") return published(pinned, pinned.repository);
  if (mirror.startsWith("oci://")) return published(pinned, mirror.replace(/\/+$/, ""));
  return inFolder(pinned, isAbsolute(mirror) ? mirror : resolve(mirror));
}

function published({ chart, version }: PinnedChart, repository: string): ChartSource {
  return repository.startsWith("oci://")
    ? { chart: `${repository}/${chart}`, version }
    : { chart, version, repositoryOpts: { repo: repository } };
}

function inFolder({ chart, version }: PinnedChart, folder: string): ChartSource | Problem {
  const archive = `${chart}-${version}.tgz`;
  const found = [join(folder, archive), join(folder, chart)].find((path) => existsSync(path));
  if (found !== undefined) return { chart: found };
  return {
    code: "charts/not-in-mirror",
    path: mirrorVariable,
    value: folder,
    why: `the folder holds neither ${archive} nor a folder ${chart}`,
    fix: `put ${version} of the chart ${chart} there, or unset ${mirrorVariable} to get it from its publisher`,
  };
}
