import * as pulumi from "@pulumi/pulumi";
import type { ClusterProvider, ClusterSpec, OnpremOptions } from "../contract.js";
import { reportOf } from "../report.js";
import { localStorageClasses } from "./addons/local-path.js";
import { chartsOf, manifestsOf } from "./addons.js";
import { tableOf } from "./capabilities.js";
import { checkOnprem } from "./check.js";
import { clusterOf } from "./cluster.js";
import { OnpremControlPlane } from "./control-plane.js";
import { endpointOf, endpointText } from "./endpoint.js";
import { asJson } from "./kubeconfig.js";
import { createWorkers } from "./node-pools.js";
import { nodesOf } from "./nodes.js";
import { describeOnprem } from "./report.js";

/** Hosts given by address become a cluster: kubeadm over SSH, which the plugin does. */
export const onpremProvider = {
  target: "onprem",

  check: checkOnprem,
  capabilities: tableOf,
  describe: describeOnprem,

  immutable(_name, spec) {
    return {
      "network.podCidr": spec.network.podCidr,
      "network.serviceCidr": spec.network.serviceCidr,
      // Containers that run are in groups that the other driver would not find.
      "onprem.hostSettings.cgroupDriver": optionsOf(spec).hostSettings?.cgroupDriver ?? "systemd",
      "onprem.endpoint": endpointText(endpointOf(spec, optionsOf(spec))),
      // Every control plane would need the same key at the same moment, and what is stored would have to be written anew.
      "controlPlane.secretsEncryption": spec.controlPlane.secretsEncryption,
    };
  },

  provision({ name, spec, parent, guard }) {
    const onprem = optionsOf(spec);
    const cluster = clusterOf(name, spec, onprem);
    const nodes = nodesOf(spec, onprem);
    const controlPlane = new OnpremControlPlane(
      name,
      {
        ...cluster,
        auditLogs: spec.controlPlane.auditLogs,
        secretsEncryption: spec.controlPlane.secretsEncryption,
        hosts: nodes.filter(({ role }) => role === "controlPlane"),
        workers: nodes.filter(({ role }) => role === "worker"),
      },
      // Workers come and go as hosts are listed; the cluster stays.
      {
        parent,
        protect: spec.deletionProtection,
        ...(guard === undefined ? {} : { dependsOn: guard.resource, replacementTrigger: guard.generation }),
      },
    );
    const workers = createWorkers(name, cluster, nodes, controlPlane, parent);
    return {
      kubeconfig: asJson(controlPlane.kubeconfig),
      endpoint: controlPlane.endpoint,
      version: controlPlane.version,
      identity: controlPlane.clusterId,
      capabilities: pulumi.output(tableOf(spec)),
      report: reportOf(describeOnprem(name, spec)),
      simulatedNodes: pulumi.output(false),
      foundations: [controlPlane, ...workers],
      storageClasses: localStorageClasses(onprem),
      manifests: manifestsOf(spec, onprem, nodes),
      charts: chartsOf(onprem),
      // A cluster that is left to itself goes on with all that is in it; where the deletion is going to be refused,
      // what is inside must not be forgotten before.
      ...(cluster.onDestroy === "leave" && !spec.deletionProtection ? { deletedWith: controlPlane } : {}),
    };
  },
} satisfies ClusterProvider;

function optionsOf({ onprem }: ClusterSpec): OnpremOptions {
  if (onprem === undefined) throw new Error("the checks let a cluster without hosts pass");
  return onprem;
}
