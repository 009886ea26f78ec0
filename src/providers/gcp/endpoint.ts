import type { ClusterSpec } from "../contract.js";
import { known } from "../leaf.js";

/** Which of the control plane's endpoints are open, and to whom. */
export interface EndpointPlan {
  readonly mode: "public" | "private" | "both";
  /** The DNS endpoint answers everyone whom IAM lets in; it knows no address ranges. */
  readonly dns: boolean;
  /** The IP endpoints exist at all. */
  readonly ip: boolean;
  /** There is a public IP endpoint, for the listed ranges. */
  readonly publicIp: boolean;
  /** The listed ranges hold for the private endpoint too. */
  readonly listHoldsInside: boolean;
}

/** Everybody: the user's own word for an endpoint open to the world. */
const everybody = "0.0.0.0/0";

/**
 * Which endpoints serve what was asked. Listed ranges need the public IP
 * endpoint; for everybody the DNS endpoint is better: its certificate is
 * publicly trusted, its address stays, and IAM guards it before the API server.
 */
export function planEndpoint({ controlPlane: { endpoint, allowedCidrs } }: ClusterSpec): EndpointPlan {
  const mode = endpoint ?? (allowedCidrs.length > 0 ? "both" : "private");
  if (mode === "private") return { mode, dns: false, ip: true, publicIp: false, listHoldsInside: false };
  const isWorldOpen = allowedCidrs.some((range) => known(range) === everybody);
  return {
    mode,
    dns: isWorldOpen,
    ip: !isWorldOpen || mode === "both",
    publicIp: !isWorldOpen,
    listHoldsInside: !isWorldOpen && mode === "public",
  };
}
