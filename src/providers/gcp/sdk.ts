import type * as compute from "@pulumi/gcp/compute/index.js";
import type * as container from "@pulumi/gcp/container/index.js";
import type * as kms from "@pulumi/gcp/kms/index.js";
import type * as organizations from "@pulumi/gcp/organizations/index.js";
import type * as projects from "@pulumi/gcp/projects/index.js";
import type * as serviceaccount from "@pulumi/gcp/serviceaccount/index.js";
import { loadSdk } from "../load-sdk.js";

/** The parts of the SDK that a GKE cluster needs. */
export interface GcpSdk {
  readonly compute: typeof compute;
  readonly container: typeof container;
  readonly kms: typeof kms;
  readonly organizations: typeof organizations;
  readonly projects: typeof projects;
  readonly serviceaccount: typeof serviceaccount;
}

const load = <Part>(part: keyof GcpSdk): Part => loadSdk<Part>(`@pulumi/gcp/${part}`, "^9.0.0");

/** Loads the Google Cloud SDK, a part at a time: the whole takes many times as long. */
export function loadGcp(): GcpSdk {
  return {
    compute: load("compute"),
    container: load("container"),
    kms: load("kms"),
    organizations: load("organizations"),
    projects: load("projects"),
    serviceaccount: load("serviceaccount"),
  };
}
