import type { Problem } from "../../core/problems.js";
import { hostPaths } from "../host/host-paths.js";
import { hostPath } from "../host/host-problem.js";
import { ownershipProblem } from "../host/ownership.js";
import type { Candidate, PreflightInput } from "./input.js";

/** Whose the host is: nobody's, or this cluster's as this very node. */
export function checkOwner({ cluster, hosts, sight }: PreflightInput): Problem[] {
  return hosts.flatMap((candidate) => {
    const { node, facts } = candidate;
    if (facts.marker === undefined) return unclaimed(candidate, sight);
    const foreign = ownershipProblem(facts.marker, cluster, node);
    if (foreign !== undefined) return [foreign];
    if (sight === undefined || facts.caHash === undefined || facts.caHash === sight.caHash) return [];
    return [
      {
        code: "onprem/another-authority",
        path: hostPath(node.name),
        value: facts.caHash,
        why: `the host belongs to an earlier cluster of this name; the authority of today's is ${sight.caHash}`,
        fix: `run \`kubeadm reset\` on it and remove ${hostPaths.marker}, then run again`,
      },
    ];
  });
}

/** A host without a marker must not hold anything of Kubernetes, nor take a name that is in use. */
function unclaimed({ node, facts }: Candidate, sight: PreflightInput["sight"]): Problem[] {
  const path = hostPath(node.name);
  const kubelet = facts.files[hostPaths.kubeletKubeconfig] !== undefined;
  if (kubelet || facts.hasEtcdData) {
    const ours = facts.caHash !== undefined && facts.caHash === sight?.caHash;
    return [
      {
        code: ours ? "onprem/marker-lost" : "onprem/foreign-kubernetes",
        path,
        value: kubelet ? hostPaths.kubeletKubeconfig : hostPaths.etcdData,
        why: ours
          ? `the host is a node of this cluster, but its marker ${hostPaths.marker} is gone`
          : "the host belongs to a Kubernetes cluster that isokube did not make",
        fix: ours
          ? "restore the marker, or run `kubeadm reset` on the host to have it join anew"
          : "run `kubeadm reset` on it if that cluster is no longer needed, or give the address of another host",
      },
    ];
  }
  const known = sight?.nodes.find(({ name }) => name === node.name);
  if (known === undefined || !known.ready) return [];
  // Not ready, it is this host before it was installed anew: the plan takes the old node out and lets it join.
  return [
    {
      code: "onprem/name-in-use",
      path,
      value: node.name,
      why: `the cluster has a ready node of this name at ${known.address}, and this host has never been a node`,
      fix: "choose another name, or stop the machine that runs under it",
    },
  ];
}
