import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec, GrantedIdentity, IdentityRequest } from "../contract.js";
import { accountId, fingerprint, nameBase } from "./names.js";
import type { Place } from "./place.js";
import { type GcpSdk, loadGcp } from "./sdk.js";

/** Who the nodes are. */
export interface NodeIdentity {
  readonly email: pulumi.Output<string>;
  /** Its roles: needed before the first node starts. */
  readonly roles: readonly pulumi.Resource[];
}

/** What nodes may do: report, and pull the project's own images. Nothing else. */
const nodeRoles = {
  "node-default": "roles/container.defaultNodeServiceAccount",
  "node-images": "roles/artifactregistry.reader",
} as const;

/** An account of the nodes' own: the default one of Compute Engine may edit the whole project. */
export function createNodeIdentity(
  sdk: GcpSdk,
  name: string,
  { project }: Place,
  parent: pulumi.Resource,
): NodeIdentity {
  const base = nameBase(name);
  const account = new sdk.serviceaccount.Account(
    `${base}-nodes`,
    { project, accountId: accountId(name, "nodes"), displayName: `Nodes of the cluster ${name}` },
    { parent },
  );
  const roles = Object.entries(nodeRoles).map(
    ([role, id]) =>
      new sdk.projects.IAMMember(`${base}-${role}`, { project, role: id, member: account.member }, { parent }),
  );
  return { email: account.email, roles };
}

/** The role of administrators: everything in the project's clusters. */
export const adminRole = "roles/container.admin";

/** GKE asks IAM who may administer, so an administrator is a member of the project's policy. */
export function grantAdmins(
  sdk: GcpSdk,
  name: string,
  { admins }: ClusterSpec,
  { project }: Place,
  parent: pulumi.Resource,
): void {
  admins.forEach((member, index) => {
    // Named after the member, so that the others stay when one of the list goes.
    const key = typeof member === "string" ? fingerprint(member, 6) : String(index);
    new sdk.projects.IAMMember(`${nameBase(name)}-admin-${key}`, { project, role: adminRole, member }, { parent });
  });
}

/** A project's id out of `my-project` or `projects/my-project`. */
const projectOf = (scope: string): string => scope.replace(/^projects\//, "");

/** A Google service account that the workload's Kubernetes service account may act as. */
export function grantIdentity({ name, parent, cluster, ...request }: IdentityRequest): GrantedIdentity {
  const { project, workloadPool } = cluster;
  if (project === undefined || workloadPool === undefined) {
    throw new pulumi.RunError(
      `${name} cannot have an identity: the cluster's reference names no project and workload pool. ` +
        "Fix: pass on the cluster's workloadIdentity.",
    );
  }
  const sdk = loadGcp();
  const { namespace, serviceAccount, grants } = request;
  const account = new sdk.serviceaccount.Account(
    `${nameBase(name)}-identity`,
    { project, accountId: accountId(name, "pods"), displayName: `Workload ${name}` },
    { parent },
  );
  const user = new sdk.serviceaccount.IAMMember(
    `${nameBase(name)}-identity-user`,
    {
      serviceAccountId: account.name,
      role: "roles/iam.workloadIdentityUser",
      member: pulumi.interpolate`serviceAccount:${workloadPool}[${namespace}/${serviceAccount}]`,
    },
    { parent },
  );
  const granted = grants.map(({ role, scope }, index) => {
    const key = typeof role === "string" && (scope === undefined || typeof scope === "string");
    return new sdk.projects.IAMMember(
      `${nameBase(name)}-grant-${key ? fingerprint([role, scope], 6) : index}`,
      { project: scope === undefined ? project : pulumi.output(scope).apply(projectOf), role, member: account.member },
      { parent },
    );
  });
  return {
    serviceAccountAnnotations: { "iam.gke.io/gcp-service-account": account.email },
    podLabels: {},
    resources: [user, ...granted],
  };
}
