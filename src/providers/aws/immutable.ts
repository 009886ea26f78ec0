import type * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../contract.js";
import { computeOf } from "./compute-mode.js";
import { eksClusterName } from "./names.js";

/**
 * What cannot change in a cluster that is there: its name, the network it is
 * in, the addresses of Services, the key of its Secrets. How nodes come to be
 * EKS would change, but disks and load balancers of one way are out of reach of
 * the other's drivers.
 */
export function immutableValues(name: string, spec: ClusterSpec): Readonly<Record<string, pulumi.Input<unknown>>> {
  const { network, controlPlane } = spec;
  const { existing } = network;
  const zones = existing === undefined ? (spec.aws.zones ?? []) : [];
  return {
    name: eksClusterName(name),
    compute: spec.compute,
    "aws.isolation": computeOf(spec) === "fargate" ? "pod" : "node",
    // Another range is another VPC, and a cluster cannot move.
    ...(existing === undefined ? { "network.cidr": network.cidr } : {}),
    "network.existing.id": existing?.id ?? "",
    "network.serviceCidr": network.serviceCidr,
    // Each zone for itself: one more at the end changes no other.
    ...Object.fromEntries(zones.slice(0, network.zones).map((zone, index) => [`aws.zones[${index}]`, zone])),
    "controlPlane.secretsEncryption": controlPlane.secretsEncryption,
    "controlPlane.encryptionKey": controlPlane.encryptionKey ?? "",
  };
}
