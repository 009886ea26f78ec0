import type * as pulumi from "@pulumi/pulumi";
import { joinPath } from "../core/shape.js";
import { type Capability, type CapabilityTable, native, type Support } from "./capabilities.js";
import type { ClusterSpec, PoolSpec } from "./contract.js";
import { known } from "./leaf.js";
import { contractRows, type ReportDraft } from "./report.js";
import type { MachineChoice } from "./sizes.js";

/** Where a property of the arguments ends up. */
export interface Place {
  /** The resource that realises it. @default the cluster's, or the pool's */
  readonly resource?: string;
  /** The field of that resource; empty when no field realises it. */
  readonly field: string;
  /** What the field holds. @default what was asked */
  readonly realised?: pulumi.Input<unknown>;
  /** @default what the capability table says of the property, else `native` */
  readonly support?: Support;
  /** How the result differs from what was asked. @default what `support` says */
  readonly deviation?: string;
}

/** A place, or the field alone. */
export type At = Place | string;

/** Where each property of a pool ends up. */
export interface PoolPlaces {
  /** The pool's resource, for example `aws:eks:NodeGroup shop-general`. */
  readonly resource: string;
  /** The chosen machine type: what `cpu`, `memory`, `arch` and `gpu` are realised by. */
  readonly machine?: MachineChoice | undefined;
  readonly cpu: At;
  readonly memory: At;
  readonly arch: At;
  readonly gpu: At;
  readonly min: At;
  readonly max: At;
  readonly spot: At;
  readonly labels: At;
  readonly taints: At;
  readonly zones: At;
  readonly diskSize: At;
  readonly diskClass: At;
}

/** Where each property of a cluster ends up: all that an adapter has to say for its report. */
export interface ClusterPlaces {
  /** The cluster's resource, for example `aws:eks:Cluster shop`. */
  readonly resource: string;
  readonly kubernetesVersion: At;
  readonly releaseChannel: At;
  readonly compute: At;
  pool(pool: PoolSpec, index: number): PoolPlaces;
  readonly highlyAvailable: At;
  readonly endpoint: At;
  readonly allowedCidrs: At;
  readonly auditLogs: At;
  readonly secretsEncryption: At;
  readonly encryptionKey: At;
  readonly cidr: At;
  readonly podCidr: At;
  readonly serviceCidr: At;
  readonly zones: At;
  /** An existing network's id and its subnets. */
  readonly existingNetwork: At;
  readonly existingSubnets: At;
  readonly admins: At;
  readonly deletionProtection: At;
  readonly tags: At;
  /** What keeps a rule of the contract. @default the cluster's resource */
  readonly contract?: Partial<Readonly<Record<Capability, At>>>;
}

/**
 * The rows of a cluster's report, in the order of the arguments: what was asked
 * or applied by default, and what was asked only where it was. Pure.
 */
export function clusterRows(spec: ClusterSpec, table: CapabilityTable, places: ClusterPlaces): ReportDraft[] {
  const row = rowAt(places.resource);
  const { kubernetesVersion, releaseChannel, deletionProtection, admins, tags } = spec;
  const protects = deletionProtection ? table.deletionProtection : given;
  return [
    ...only(kubernetesVersion, () =>
      row("kubernetesVersion", kubernetesVersion, places.kubernetesVersion, table.kubernetesVersion),
    ),
    ...only(releaseChannel, () => row("releaseChannel", releaseChannel, places.releaseChannel, table.releaseChannels)),
    row("compute", spec.compute, places.compute, given),
    ...spec.pools.flatMap((pool, index) => poolRows(pool, places.pool(pool, index), table)),
    ...controlPlaneRows(spec, table, places),
    ...networkRows(spec, table, places),
    ...(admins.length === 0 ? [] : [row("access.admins", admins, places.admins, table.adminAccess)]),
    row("deletionProtection", deletionProtection, places.deletionProtection, protects),
    ...(isEmpty(tags) ? [] : [row("tags", tags, places.tags, table.tags)]),
    ...contractRows(table, places.resource).map((draft) => placed(draft, places.contract)),
  ];
}

const given = native("the resource's own setting");

type Row = (property: string, requested: pulumi.Input<unknown>, at: At, support: Support) => ReportDraft;

function rowAt(ownResource: string): Row {
  return (property, requested, at, ownSupport) => {
    const place = typeof at === "string" ? { field: at } : at;
    const { resource = ownResource, field, support = ownSupport, deviation } = place;
    // A place that says `realised: undefined` means that nothing holds it.
    const realised = "realised" in place ? place.realised : requested;
    return { property, requested, resource, field, realised, support, deviation };
  };
}

/** A row for what may not have been asked. */
function only(value: unknown, row: () => ReportDraft): ReportDraft[] {
  return value === undefined ? [] : [row()];
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

function poolRows(pool: PoolSpec, places: PoolPlaces, table: CapabilityTable): ReportDraft[] {
  const path = joinPath("pools", pool.name);
  const row = rowAt(places.resource);
  const { machine } = places;
  const nodes = table.containerExecution;
  const ofMachine = (at: At): At => {
    const place = typeof at === "string" ? { field: at } : at;
    return machine === undefined || "realised" in place ? place : { ...place, realised: machine.text };
  };
  // A size that is known only later may be any, so that it counts as one that scales.
  const [min, max] = [known(pool.min), known(pool.max)];
  const scales = min === undefined || min !== max;
  return [
    row(`${path}.cpu`, pool.cpu, ofMachine(places.cpu), nodes),
    row(`${path}.memory`, pool.memory, ofMachine(places.memory), nodes),
    row(`${path}.min`, pool.min, places.min, nodes),
    row(`${path}.max`, pool.max, places.max, scales ? table.nodeAutoscaling : nodes),
    row(`${path}.arch`, pool.arch, ofMachine(places.arch), pool.arch === "arm64" ? table.arm64 : nodes),
    ...(pool.spot ? [row(`${path}.spot`, true, places.spot, table.spot)] : []),
    ...(isEmpty(pool.labels) ? [] : [row(`${path}.labels`, pool.labels, places.labels, table.nodeLabels)]),
    ...(pool.taints.length === 0 ? [] : [row(`${path}.taints`, pool.taints, places.taints, nodes)]),
    ...only(pool.gpu, () => row(`${path}.gpu`, pool.gpu, ofMachine(places.gpu), table.gpu)),
    ...(pool.zones.length === 0 ? [] : [row(`${path}.zones`, pool.zones, places.zones, nodes)]),
    row(`${path}.disk.size`, pool.disk.size, places.diskSize, nodes),
    row(`${path}.disk.class`, pool.disk.class, places.diskClass, nodes),
  ];
}

/** What stands in a report where the target decides how the API server is reached. */
const targetDecides = "whatever the target does";

function controlPlaneRows({ controlPlane }: ClusterSpec, table: CapabilityTable, places: ClusterPlaces): ReportDraft[] {
  const { highlyAvailable, endpoint, allowedCidrs, auditLogs, secretsEncryption, encryptionKey } = controlPlane;
  const row = rowAt(places.resource);
  const available = highlyAvailable ? table.highlyAvailableControlPlane : given;
  const reach = endpoint === "public" || endpoint === "both" ? table.publicEndpoint : table.privateEndpoint;
  return [
    row("controlPlane.highlyAvailable", highlyAvailable, places.highlyAvailable, available),
    row("controlPlane.endpoint", endpoint ?? targetDecides, places.endpoint, reach),
    ...(allowedCidrs.length === 0
      ? []
      : [row("controlPlane.allowedCidrs", allowedCidrs, places.allowedCidrs, table.endpointAllowList)]),
    row("controlPlane.auditLogs", auditLogs, places.auditLogs, table.auditLogs),
    row("controlPlane.secretsEncryption", secretsEncryption, places.secretsEncryption, table.secretsEncryption),
    ...only(encryptionKey, () =>
      row("controlPlane.encryptionKey", encryptionKey, places.encryptionKey, table.secretsEncryption),
    ),
  ];
}

function networkRows({ network }: ClusterSpec, table: CapabilityTable, places: ClusterPlaces): ReportDraft[] {
  const row = rowAt(places.resource);
  const { existing } = network;
  const nodes =
    existing === undefined
      ? [row("network.cidr", network.cidr, places.cidr, given)]
      : [
          row("network.existing.id", existing.id, places.existingNetwork, given),
          row("network.existing.subnets", existing.subnets, places.existingSubnets, given),
        ];
  return [
    ...nodes,
    row("network.podCidr", network.podCidr, places.podCidr, table.podAddresses),
    row("network.serviceCidr", network.serviceCidr, places.serviceCidr, given),
    row("network.zones", network.zones, places.zones, table.zones),
  ];
}

function placed(draft: ReportDraft, contract: ClusterPlaces["contract"] = {}): ReportDraft {
  const at = Object.entries(contract).find(([capability]) => capability === draft.property)?.[1];
  if (at === undefined) return draft;
  const place = typeof at === "string" ? { field: at } : at;
  return { ...draft, ...place };
}
