import type { Artifacts } from "../artifacts/artifacts.js";
import type { Distro } from "../distro/distro.js";
import type { ClusterSight, HostFacts } from "../facts.js";
import type { NodeSpec, OnpremClusterSpec } from "../spec.js";

/** A host that shall become, or is, a node. */
export interface Candidate {
  readonly node: NodeSpec;
  readonly facts: HostFacts;
  /** Undefined when none matches the host's system. */
  readonly distro: Distro | undefined;
}

export interface PreflightInput {
  readonly cluster: OnpremClusterSpec;
  readonly artifacts: Artifacts;
  /** Every host that could be looked at, members among them. */
  readonly hosts: readonly Candidate[];
  /** What a healthy control plane says; undefined when there is none. */
  readonly sight: ClusterSight | undefined;
  /** Names of the distributions that are supported, for the message. */
  readonly distroNames: readonly string[];
  /** Whether some machine answered at the virtual address when it was tried; undefined where it was not. */
  readonly virtualAddressAnswers: boolean | undefined;
}

/** True for a host that this cluster has claimed as this node. */
export function isOurs({ node, facts }: Candidate, { cluster }: Pick<PreflightInput, "cluster">): boolean {
  return facts.marker?.cluster === cluster.name && facts.marker.node === node.name;
}
