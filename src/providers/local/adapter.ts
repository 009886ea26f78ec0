import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { offeredMinors } from "../../core/versions.js";
import type { ClusterProvider, PoolSpec } from "../contract.js";
import { localPools } from "../matrix-local.js";
import { checkOfferedMinor, type MinorOffer } from "../offered-minors.js";
import { reportOf } from "../report.js";
import { ControlPlane, type ControlPlanePool } from "./control-plane.js";
import { describeLocal } from "./report.js";

const binaries: MinorOffer = { minors: offeredMinors, why: "the target local has no binaries of this minor" };

/**
 * A real control plane on this machine with simulated nodes. It outlives
 * `pulumi up`; the plugin makes, mends, upgrades and removes it.
 */
export const localProvider = {
  target: "local",

  check: (spec) => checkOfferedMinor(spec, binaries),

  describe: describeLocal,

  provision({ name, spec, parent }) {
    const controlPlane = new ControlPlane(
      name,
      {
        // `checkCluster` has refused a channel, so a version is always there.
        kubernetesVersion: spec.kubernetesVersion ?? offeredMinors[0],
        pools: spec.pools.map(toPool),
        podCidr: spec.network.podCidr,
        serviceCidr: spec.network.serviceCidr,
        auditLogs: spec.controlPlane.auditLogs,
        secretsEncryption: spec.controlPlane.secretsEncryption,
        ...spec.local,
      },
      { parent, protect: spec.deletionProtection },
    );
    return {
      kubeconfig: pulumi.secret(controlPlane.kubeconfig),
      endpoint: controlPlane.endpoint,
      version: controlPlane.version,
      identity: identityOf(controlPlane.kubeconfig),
      capabilities: pulumi.output(localPools),
      report: reportOf(describeLocal(name, spec)),
      simulatedNodes: pulumi.output(true),
      // The control plane comes back with the next `up`, its data with it.
      mendsUnreachable: true,
      // Nothing inside holds anything outside: no load balancer, no disk. But where the
      // deletion is going to be refused, what is inside must not be forgotten before.
      ...(spec.deletionProtection ? {} : { deletedWith: controlPlane }),
    };
  },
} satisfies ClusterProvider;

/** No autoscaler runs, so a pool has as many nodes as it must at least have. */
function toPool(pool: PoolSpec): ControlPlanePool {
  return {
    name: pool.name,
    count: pool.min,
    cpu: pool.cpu,
    memory: pool.memory,
    arch: pool.arch,
    labels: { ...pool.labels },
    taints: pool.taints.map((taint) => ({ ...taint })),
  };
}

/** A control plane that was lost and made anew has a new certificate authority. */
function identityOf(kubeconfig: pulumi.Output<string>): pulumi.Output<string> {
  const identity = kubeconfig.apply((text) => {
    const authority = /certificate-authority-data"?\s*:\s*"?([A-Za-z0-9+/=]+)/.exec(text)?.[1];
    if (authority === undefined) throw new Error("the control plane's kubeconfig names no certificate authority");
    return createHash("sha256").update(authority).digest("hex").slice(0, 32);
  });
  // A fingerprint of what every client is shown; the kubeconfig's secret is the key.
  return pulumi.unsecret(identity);
}
