import { joinPath } from "../../core/shape.js";
import type { Capability } from "../../providers/capabilities.js";
import type { ClusterSpec } from "../../providers/contract.js";
import { known } from "../workload/leaf.js";

/** A capability that something in the arguments asks for. */
export interface Requirement {
  readonly capability: Capability;
  /** Property path of what asks for it. */
  readonly property: string;
  readonly value: unknown;
  /**
   * True when the cluster would be less than what was asked without it. The
   * others make it cheaper, tidier or more elastic: where the target cannot
   * give them, the report says so.
   */
  readonly essential: boolean;
}

/** What a spec asks for, each once, in the order of the arguments. Pure. */
export function requirementsOf(spec: ClusterSpec): Requirement[] {
  const { controlPlane } = spec;
  const asked: (Requirement | false)[] = [
    spec.releaseChannel !== undefined && essential("releaseChannels", "releaseChannel", spec.releaseChannel),
    ...spec.pools.flatMap((pool) => {
      const path = joinPath("pools", pool.name);
      const [min, max] = [known(pool.min), known(pool.max)];
      return [
        min !== max && optional("nodeAutoscaling", `${path}.max`, max),
        pool.arch === "arm64" && essential("arm64", `${path}.arch`, pool.arch),
        pool.spot && optional("spot", `${path}.spot`, true),
        pool.gpu !== undefined && essential("gpu", `${path}.gpu`, pool.gpu.type),
      ];
    }),
    controlPlane.highlyAvailable && essential("highlyAvailableControlPlane", "controlPlane.highlyAvailable", true),
    (controlPlane.endpoint === "public" || controlPlane.endpoint === "both") &&
      optional("publicEndpoint", "controlPlane.endpoint", controlPlane.endpoint),
    (controlPlane.endpoint === "private" || controlPlane.endpoint === "both") &&
      essential("privateEndpoint", "controlPlane.endpoint", controlPlane.endpoint),
    controlPlane.allowedCidrs.length > 0 &&
      essential("endpointAllowList", "controlPlane.allowedCidrs", controlPlane.allowedCidrs.map(known)),
    known(controlPlane.auditLogs) !== false && essential("auditLogs", "controlPlane.auditLogs", true),
    known(controlPlane.secretsEncryption) !== false &&
      essential("secretsEncryption", "controlPlane.secretsEncryption", true),
    spec.admins.length > 0 && optional("adminAccess", "access.admins", spec.admins.map(known)),
    spec.deletionProtection && essential("deletionProtection", "deletionProtection", true),
    Object.keys(spec.tags).length > 0 && optional("tags", "tags", Object.keys(spec.tags)),
  ];
  return asked.filter((requirement) => requirement !== false);
}

const essential = (capability: Capability, property: string, value: unknown): Requirement => ({
  capability,
  property,
  value,
  essential: true,
});

const optional = (capability: Capability, property: string, value: unknown): Requirement => ({
  capability,
  property,
  value,
  essential: false,
});
