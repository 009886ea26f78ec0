import { join } from "node:path";
import { readJson, writeJson } from "./store.js";

/**
 * How a call goes wrong.
 * - `throttling`, `serverError`, `denied`: refused before anything happened
 * - `timeout`: begun; the provider gives up waiting and keeps the resource with an error
 * - `halfCreated`: made but broken; the provider keeps the resource with an error until it is updated or deleted
 * - `credentialsExpired`: refused, and so is every other call and the kubeconfig's helper while the fault lasts
 */
export type FaultKind = "throttling" | "serverError" | "denied" | "timeout" | "halfCreated" | "credentialsExpired";

export interface Fault {
  readonly kind: FaultKind;
  /** Matches the type token, or its end: `Cluster`, `aws:eks/cluster:Cluster`. @default any */
  readonly type?: string;
  /** Logical name. @default any */
  readonly name?: string;
  /** `create`, `update`, `delete`, `read`, `invoke`. @default any of them */
  readonly operation?: string;
  /** How often it happens. @default until it is cleared */
  readonly times?: number;
}

export interface FaultTarget {
  readonly operation: string;
  readonly token: string;
  readonly name: string;
}

const fileOf = (directory: string): string => join(directory, "faults.json");

export function readFaults(directory: string): readonly Fault[] {
  return readJson<readonly Fault[]>(fileOf(directory)) ?? [];
}

export function writeFaults(directory: string, faults: readonly Fault[]): void {
  writeJson(fileOf(directory), faults);
}

/** The fault that hits this call, counted down. Call it while nobody else does. */
export function takeFault(directory: string, target: FaultTarget): Fault | undefined {
  const faults = readFaults(directory);
  const hit = faults.find((fault) => matches(fault, target) && (fault.times ?? 1) > 0);
  if (hit?.times === undefined) return hit;
  const left = hit.times - 1;
  writeFaults(
    directory,
    faults.flatMap((fault) => (fault !== hit ? [fault] : left > 0 ? [{ ...fault, times: left }] : [])),
  );
  return hit;
}

export function credentialsExpired(directory: string): boolean {
  return readFaults(directory).some(({ kind }) => kind === "credentialsExpired");
}

function matches(fault: Fault, { operation, token, name }: FaultTarget): boolean {
  return (
    (fault.type === undefined || token === fault.type || token.endsWith(`:${fault.type}`)) &&
    (fault.name === undefined || fault.name === name) &&
    (fault.operation === undefined || fault.operation === operation)
  );
}

/** What the provider prints, in the manner of each cloud; every text calls itself simulated. */
export function faultMessage(cloud: string, kind: FaultKind): string {
  const said: Readonly<Record<FaultKind, Readonly<Record<string, string>>>> = {
    throttling: {
      aws: "operation error: https response error StatusCode: 400, ThrottlingException: Rate exceeded",
      azure: 'Status=429 Code="TooManyRequests" Message="The request is being throttled"',
      gcp: "googleapi: Error 429: Quota exceeded for quota metric 'Requests', rateLimitExceeded",
    },
    serverError: {
      aws: "operation error: https response error StatusCode: 500, ServerException: Internal server error",
      azure: 'Status=500 Code="InternalServerError" Message="The server encountered an error"',
      gcp: "googleapi: Error 503: The service is currently unavailable, backendError",
    },
    denied: {
      aws: "StatusCode: 403, AccessDeniedException: User is not authorized to perform this operation",
      azure: 'Code="AuthorizationFailed" Message="The client does not have authorization to perform this action"',
      gcp: "googleapi: Error 403: Required permission is missing, forbidden",
    },
    timeout: {
      aws: "waiting for creation: timeout while waiting for state to become 'ACTIVE' (last state: 'CREATING')",
      azure: "polling after CreateOrUpdate: context deadline exceeded",
      gcp: "Error waiting for creating: timeout while waiting for state to become 'DONE'",
    },
    halfCreated: {
      aws: "unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'",
      azure: 'Code="Failed" Message="Provisioning state is Failed"',
      gcp: "Error waiting for creating: the operation ended in state ERROR",
    },
    credentialsExpired: {
      aws: "StatusCode: 403, ExpiredToken: The security token included in the request is expired",
      azure: "AADSTS700082: The refresh token has expired",
      gcp: 'oauth2: "invalid_grant" "Token has been expired or revoked."',
    },
  };
  return `simulated ${cloud}: ${said[kind][cloud] ?? kind}`;
}
