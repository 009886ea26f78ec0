import * as pulumi from "@pulumi/pulumi";
import { capabilitiesOf } from "../capabilities.js";
import type { ClusterProvider, ClusterSpec, ProvisionedCluster, ProvisionRequest } from "../contract.js";
import { reportOf } from "../report.js";
import { chartsOf, storageClasses, workloadRulesFor } from "./addons.js";
import { checkGcp } from "./check.js";
import { createControlPlane } from "./control-plane.js";
import { createEncryptionKey } from "./encryption.js";
import { createNodeIdentity, grantAdmins, grantIdentity } from "./identity.js";
import { accessCluster } from "./kubeconfig.js";
import { createNetwork, createWebhookFirewall } from "./network.js";
import { createNodePools } from "./node-pools.js";
import { findPlace } from "./place.js";
import { describeGcp } from "./report.js";
import { loadGcp } from "./sdk.js";

/**
 * Google Kubernetes Engine: Standard clusters with node pools, or Autopilot.
 *
 * The project's APIs (container, compute, iam, cloudresourcemanager, and
 * cloudkms for encryption) are enabled by whoever owns the project: a cluster
 * that enabled them would have to disable them for everyone else when it goes.
 */
export const gcpProvider = {
  target: "gcp",
  check: checkGcp,
  describe: describeGcp,
  immutable,
  grantIdentity,
  provision,
} satisfies ClusterProvider;

function provision({ name, spec, parent, guard }: ProvisionRequest): ProvisionedCluster {
  const sdk = loadGcp();
  const capabilities = capabilitiesOf("gcp", spec.compute);
  if (capabilities === undefined) throw new Error(`the checks let compute ${spec.compute} pass`);

  const place = findPlace(sdk, spec, parent);
  const network = createNetwork(sdk, name, spec, place, guard, parent);
  const nodes = createNodeIdentity(sdk, name, place, parent);
  const firewall = createWebhookFirewall(sdk, name, spec, place, network, nodes.email, parent);
  const key = createEncryptionKey(sdk, name, spec, place, parent);
  const parts = { spec, place, network, nodes, key, guard, dependsOn: firewall, parent };
  const cluster = createControlPlane(sdk, name, parts);
  const pools = createNodePools(sdk, name, spec, place, cluster, nodes, parent);
  grantAdmins(sdk, name, spec, place, parent);

  const workloadRules = workloadRulesFor(spec);
  const { kubeconfig, endpoint } = accessCluster(spec, cluster);
  return {
    kubeconfig,
    endpoint,
    version: cluster.masterVersion.apply(withoutBuild),
    // Unique, because the cluster's name is random at the end.
    identity: cluster.selfLink,
    capabilities: pulumi.output(capabilities),
    report: reportOf(describeGcp(name, spec)),
    simulatedNodes: pulumi.output(false),
    workloadIdentity: {
      clusterName: cluster.name,
      project: place.project,
      workloadPool: pulumi.interpolate`${place.project}.svc.id.goog`,
      issuer: pulumi.interpolate`https://container.googleapis.com/v1/projects/${place.project}/locations/${cluster.location}/clusters/${cluster.name}`,
    },
    foundations: [cluster, ...pools],
    storageClasses,
    takenStorageClasses: ["standard"],
    charts: chartsOf(spec),
    ...(workloadRules === undefined ? {} : { workloadRules }),
  };
}

/** `1.35.3` of `1.35.3-gke.1290000`. */
const withoutBuild = (version: string): string => version.replace(/-gke\..*$/, "");

/** What GKE cannot change about a cluster once it is there. */
function immutable(_name: string, spec: ClusterSpec): Readonly<Record<string, pulumi.Input<unknown>>> {
  const { compute, controlPlane, network, gcp } = spec;
  const { existing } = network;
  // Autopilot is always regional.
  const isZonal = compute === "pools" && !controlPlane.highlyAvailable;
  return {
    compute,
    ...(gcp.project === undefined ? {} : { "gcp.project": gcp.project }),
    ...(gcp.region === undefined ? {} : { "gcp.region": gcp.region }),
    ...(compute === "pools" ? { "controlPlane.highlyAvailable": controlPlane.highlyAvailable } : {}),
    // The control plane of a zonal cluster is in the first zone.
    ...(isZonal && gcp.zones?.[0] !== undefined ? { "gcp.zones[0]": gcp.zones[0] } : {}),
    ...(existing === undefined
      ? { "network.cidr": network.cidr, "network.podCidr": network.podCidr, "network.serviceCidr": network.serviceCidr }
      : {}),
    // Listed always: from a network of its own a cluster cannot move to another either.
    "network.existing.id": existing?.id ?? "",
    "network.existing.subnets[0]": existing?.subnets[0] ?? "",
    "network.existing.podRange": existing?.podRange ?? "",
    "network.existing.serviceRange": existing?.serviceRange ?? "",
  };
}
