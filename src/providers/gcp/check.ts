import type * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../../core/problems.js";
import { parseQuantity } from "../../core/quantity.js";
import { joinPath } from "../../core/shape.js";
import { offeredMinors } from "../../core/versions.js";
import type { ClusterSpec, PoolSpec } from "../contract.js";
import { known } from "../leaf.js";
import { checkOfferedMinor, type MinorOffer } from "../offered-minors.js";
import { checkGcpNetwork } from "./check-network.js";
import { checkLabels } from "./labels.js";
import { machineFor } from "./machine-types.js";
import { keepsPodsOut } from "./node-pools.js";
import { regionOfZone } from "./place.js";

const gke: MinorOffer = {
  minors: offeredMinors,
  why: "GKE of this minor is not what isokube is made for",
  hasChannels: true,
};

/** What is wrong with a spec for GKE, beyond what every target refuses. */
export function checkGcp(spec: ClusterSpec): Problem[] {
  return [
    ...checkOfferedMinor(spec, gke),
    ...checkPlace(spec),
    ...checkMachineTypes(spec),
    ...spec.pools.flatMap((pool) => checkPool(spec, pool)),
    ...checkSystemNodes(spec),
    ...checkGcpNetwork(spec),
    ...checkKey(spec),
    ...spec.admins.flatMap(checkAdmin),
    ...checkLabels(spec),
  ];
}

const regionPattern = /^[a-z]+-[a-z]+\d+$/;
const zonePattern = /^[a-z]+-[a-z]+\d+-[a-z]$/;

function checkPlace({ compute, gcp }: ClusterSpec): Problem[] {
  const region = known(gcp.region);
  const project = known(gcp.project);
  const zones = gcp.zones ?? [];
  const problems: Problem[] = [];
  if (project !== undefined && !/^(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(project)) {
    const why = "this is not the id of a project: 6 to 30 lower-case letters, digits and '-', starting with a letter";
    const fix = "write the project's id, neither its name nor its number";
    problems.push({ code: "gcp/project", path: "gcp.project", value: project, why, fix });
  }
  if (region !== undefined && !regionPattern.test(region)) {
    const fix = zonePattern.test(region) ? `write ${regionOfZone(region)}` : "write a region such as europe-west1";
    problems.push({ code: "gcp/region", path: "gcp.region", value: region, why: "this is not a region", fix });
  }
  if (gcp.zones !== undefined && compute === "serverless") {
    const why = "Autopilot spreads nodes over all zones of the region";
    return [...problems, { code: "gcp/autopilot-zones", path: "gcp.zones", value: zones, why, fix: "leave zones out" }];
  }
  if (gcp.zones !== undefined && zones.length === 0) {
    const why = "a cluster without zones has no nodes";
    problems.push({ code: "gcp/zones", path: "gcp.zones", value: [], why, fix: "name a zone, or leave zones out" });
  }
  const home = region ?? (zones[0] === undefined ? undefined : regionOfZone(zones[0]));
  zones.forEach((zone, index) => {
    const path = `gcp.zones[${index}]`;
    if (!zonePattern.test(zone)) {
      const fix = `write a zone such as ${home ?? "europe-west1"}-b`;
      problems.push({ code: "gcp/zones", path, value: zone, why: "this is not a zone", fix });
    } else if (home !== undefined && regionOfZone(zone) !== home) {
      const why = `a cluster is in one region, and this zone is not in ${home}`;
      problems.push({ code: "gcp/zones", path, value: zone, why, fix: `name zones of ${home}` });
    } else if (zones.indexOf(zone) < index) {
      const why = "it stands in the list twice";
      problems.push({ code: "list/duplicate", path, value: zone, why, fix: "remove one" });
    }
  });
  return problems;
}

function checkMachineTypes({ gcp }: ClusterSpec): Problem[] {
  return Object.entries(gcp.machineTypes ?? {})
    .filter(([, type]) => !/^[a-z][a-z0-9]*(?:-[a-z0-9]+)+$/.test(type))
    .map(([name, value]) => ({
      code: "gcp/machine-type",
      path: joinPath("gcp.machineTypes", name),
      value,
      why: "this is not a machine type of Compute Engine",
      fix: "write one such as n4-standard-4",
    }));
}

/** Keys that GKE keeps for itself; its API refuses them on pools. */
const reservedKey = /^(?:[^/]*\.)?(?:kubernetes\.io|k8s\.io|cloud\.google\.com|gke\.io)\//;
function checkPool({ gcp }: ClusterSpec, pool: PoolSpec): Problem[] {
  const path = joinPath("pools", pool.name);
  const machine = machineFor(pool, gcp.machineTypes);
  return [
    ...("problems" in machine ? machine.problems.filter(isNews(pool)) : []),
    ...(gcp.machineTypes?.[pool.name] !== undefined && pool.gpu?.type === "nvidia-a10" ? [noA10(path)] : []),
    ...Object.keys(pool.labels)
      .filter((key) => reservedKey.test(key))
      .map((key) => ({
        code: "label/reserved",
        path: joinPath(`${path}.labels`, key),
        value: key,
        why: "GKE sets labels of this domain itself and refuses them on pools",
        fix: "use a domain of your own",
      })),
  ];
}

/** A size that is no amount, or not more than nothing, has been refused for every target. */
const isNews = (pool: PoolSpec) => (problem: Problem) =>
  [pool.cpu, pool.memory].every((leaf) => (parseQuantity(known(leaf) ?? "1") ?? 0n) > 0n) ||
  !["size/too-large"].includes(problem.code);

const noA10 = (path: string): Problem => ({
  code: "size/gpu-not-offered",
  path: `${path}.gpu.type`,
  value: "nvidia-a10",
  why: "Google Cloud has no machines with it",
  fix: "use one of nvidia-a100, nvidia-h100, nvidia-l4, nvidia-t4",
});

/** GKE's own pods (DNS, metrics) tolerate no taint of the user's. */
function checkSystemNodes({ pools }: ClusterSpec): Problem[] {
  if (pools.length === 0 || !pools.every(keepsPodsOut)) return [];
  return [
    {
      code: "pools/no-system-nodes",
      path: "pools",
      why: "every pool is tainted, so GKE's own pods (DNS, metrics) have no node to run on",
      fix: 'add a pool without taints, for example system: { cpu: 2, memory: "8Gi" }',
    },
  ];
}

const keyPattern =
  /^projects\/[^/]+\/locations\/(?<location>[a-z0-9-]+)\/keyRings\/[A-Za-z0-9_-]{1,63}\/cryptoKeys\/[A-Za-z0-9_-]{1,63}$/;

function checkKey({ controlPlane, gcp }: ClusterSpec): Problem[] {
  const key = known(controlPlane.encryptionKey);
  const path = "controlPlane.encryptionKey";
  if (key === undefined) return [];
  const location = keyPattern.exec(key)?.groups?.["location"];
  if (location === undefined) {
    const why = "this is not the name of a Cloud KMS key";
    const fix = "write projects/PROJECT/locations/REGION/keyRings/RING/cryptoKeys/KEY, without a version";
    return [{ code: "encryption/key-format", path, value: key, why, fix }];
  }
  const region = known(gcp.region);
  if (region === undefined || location === region || !regionPattern.test(location)) return [];
  const why = `GKE uses keys of the cluster's own region, ${region}`;
  return [{ code: "encryption/key-region", path, value: key, why, fix: `use a key of ${region}` }];
}

const memberPattern = /^(?:user|group|serviceAccount):[^\s@:]+@[^\s@:]+$|^principal(?:Set)?:\/\/\S+$/;

function checkAdmin(admin: pulumi.Input<string>, index: number): Problem[] {
  const member = known(admin);
  // An empty one is refused for every target.
  if (member === undefined || member.trim() === "" || memberPattern.test(member)) return [];
  const fix = /^[^\s@:]+@[^\s@:]+\.gserviceaccount\.com$/.test(member)
    ? `write serviceAccount:${member}`
    : /^[^\s@:]+@[^\s@:]+$/.test(member)
      ? `write user:${member}, or group:${member}`
      : "write user:…, group:… or serviceAccount:… with an e-mail address";
  const why = "on Google Cloud an administrator is a member of IAM, and this is none";
  return [{ code: "gcp/admin", path: `access.admins[${index}]`, value: member, why, fix }];
}
