import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../contract.js";
import type { GcpSdk } from "./sdk.js";

/** Where a cluster's resources are. */
export interface Place {
  readonly project: pulumi.Output<string>;
  readonly region: pulumi.Output<string>;
  /** Zones of nodes, in the order that pools count them in. */
  readonly zones: readonly pulumi.Output<string>[];
  /** Where the control plane is: the region, or the first zone. */
  readonly location: pulumi.Output<string>;
}

/** True when the control plane runs in several zones: always under Autopilot. */
export function isRegional({ compute, controlPlane }: ClusterSpec): boolean {
  return compute === "serverless" || controlPlane.highlyAvailable;
}

/** The region of a zone, for example `europe-west1` of `europe-west1-b`. */
export function regionOfZone(zone: string): string {
  return zone.replace(/-[a-z]$/, "");
}

/** Looks up, when the program runs, what the options leave open. */
export function findPlace(sdk: GcpSdk, spec: ClusterSpec, parent: pulumi.Resource): Place {
  const { project, region, zones } = spec.gcp;
  const fromZones = zones?.[0] === undefined ? undefined : regionOfZone(zones[0]);
  const defaults =
    project !== undefined && (region ?? fromZones) !== undefined ? undefined : providerDefaults(sdk, parent);
  const projectId = given("gcp.project", "gcp:project", project ?? defaults?.project);
  const regionName = given("gcp.region", "gcp:region", region ?? fromZones ?? defaults?.region);
  const nodeZones =
    zones?.map((zone) => pulumi.output(zone)) ?? zonesOfRegion(sdk, spec, projectId, regionName, parent);
  const [first] = nodeZones;
  if (first === undefined) throw new Error("the checks let a cluster without zones pass");
  return {
    project: projectId,
    region: regionName,
    zones: nodeZones,
    location: isRegional(spec) ? regionName : first,
  };
}

function providerDefaults(sdk: GcpSdk, parent: pulumi.Resource) {
  const config = sdk.organizations.getClientConfigOutput({ parent });
  // The answer also holds an access token, which must not make the rest of it secret.
  return {
    project: pulumi.unsecret(config.apply(({ project }) => project)),
    region: pulumi.unsecret(config.apply(({ region }) => region)),
  };
}

function given(option: string, config: string, value: pulumi.Input<string> | undefined): pulumi.Output<string> {
  return pulumi.output(value).apply((known) => {
    if (known === undefined || known === "") {
      throw new pulumi.RunError(`${option} is not given, nor is the provider's. Fix: set ${option}, or ${config}.`);
    }
    return known;
  });
}

function zonesOfRegion(
  sdk: GcpSdk,
  { network }: ClusterSpec,
  project: pulumi.Output<string>,
  region: pulumi.Output<string>,
  parent: pulumi.Resource,
): pulumi.Output<string>[] {
  // Without a filter: a zone that is down today must not move the cluster.
  const names = sdk.compute.getZonesOutput({ project, region }, { parent }).names;
  return Array.from({ length: network.zones }, (_, index) =>
    pulumi.all([names, region]).apply(([all, name]) => {
      const zone = [...all].sort()[index];
      if (zone !== undefined) return zone;
      throw new pulumi.RunError(`region ${name} has ${all.length} zones. Fix: lower network.zones.`);
    }),
  );
}
