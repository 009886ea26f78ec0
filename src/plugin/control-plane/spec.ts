import { createHash } from "node:crypto";
import { minorOf } from "../../core/versions.js";
import type { LocalClusterSpec, LocalPoolSpec, LocalTaint } from "../../local/spec.js";
import { fillDefaults } from "../input-types.js";
import { type PropertyMap, reveal } from "../properties.js";
import { flag, maps, number, text, texts } from "../read.js";
import { parseUrn } from "../resource.js";
import { controlPlaneDefinition } from "./definition.js";
import type { KubernetesReleases } from "./port.js";

/** What the user asked for, every default filled in; plain data without secret marks. */
export type ControlPlaneSpec = Omit<LocalClusterSpec, "id" | "dataDirectory" | "owner"> & {
  readonly clusterName: string;
};

/** A folder's name, and part of every process's environment: long names lose their middle, not their difference. */
const clusterNameLimit = 63;

/** The name of a cluster whose program gives none: the same on every run, different for every resource. */
export function defaultClusterName(urn: string): string {
  const { project, stack, name } = parseUrn(urn);
  const whole = `${project}-${stack}-${name}`;
  const safe = whole
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  if (safe === whole && safe.length <= clusterNameLimit) return safe;
  // What was changed or cut could make two names one.
  const difference = createHash("sha256").update(whole).digest("hex").slice(0, 8);
  return `${safe.slice(0, clusterNameLimit - 9).replace(/-+$/, "")}-${difference}`;
}

/** The full version that a minor or full version stands for; undefined when none of that name is offered. */
export function resolveVersion(asked: string, releases: KubernetesReleases): string | undefined {
  const plain = asked.replace(/^v/, "");
  const full = releases.versions[minorOf(plain) ?? ""];
  return full !== undefined && (plain === full || plain === minorOf(full)) ? full : undefined;
}

/** Checked inputs → spec. Every input must be known and checked. */
export function resolveControlPlane(inputs: PropertyMap, releases: KubernetesReleases): ControlPlaneSpec {
  const filled = fillDefaults(controlPlaneDefinition.inputs, inputs);
  const asked = text(filled, "kubernetesVersion");
  const kubernetesVersion = resolveVersion(asked, releases);
  if (kubernetesVersion === undefined) throw new Error(`Kubernetes ${asked} is no longer offered by this toolchain`);
  return {
    clusterName: text(filled, "clusterName"),
    kubernetesVersion,
    pools: maps(filled, "pools").map(toPool),
    podCidr: text(filled, "podCidr"),
    serviceCidr: text(filled, "serviceCidr"),
    auditLogs: flag(filled, "auditLogs"),
    secretsEncryption: flag(filled, "secretsEncryption"),
    hpaSyncPeriodSeconds: number(filled, "hpaSyncPeriodSeconds"),
    hpaDownscaleStabilizationSeconds: number(filled, "hpaDownscaleStabilizationSeconds"),
    metricsResolutionSeconds: number(filled, "metricsResolutionSeconds"),
  };
}

function toPool(pool: PropertyMap): LocalPoolSpec {
  return {
    name: text(pool, "name"),
    count: number(pool, "count"),
    cpu: text(pool, "cpu"),
    memory: text(pool, "memory"),
    arch: text(pool, "arch") === "arm64" ? "arm64" : "amd64",
    labels: texts(pool, "labels"),
    taints: maps(pool, "taints").map(toTaint),
  };
}

function toTaint(taint: PropertyMap): LocalTaint {
  const value = reveal(taint["value"] ?? null);
  return {
    key: text(taint, "key"),
    ...(typeof value === "string" ? { value } : {}),
    effect: text(taint, "effect"),
  };
}
