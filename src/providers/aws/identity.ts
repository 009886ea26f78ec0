import * as pulumi from "@pulumi/pulumi";
import type { GrantedIdentity, IdentityRequest } from "../contract.js";
import { known } from "../leaf.js";
import type { Making } from "./making.js";
import { bounded, clusterTag, fingerprint } from "./names.js";
import { podIdentityTrust, tokenTrust } from "./policies.js";
import { type Aws, loadAws } from "./sdk.js";

type IamRole = InstanceType<Aws["iam"]["Role"]>;

/** A role, and the policies without which it may do nothing. */
export interface Role {
  readonly role: IamRole;
  readonly policies: readonly pulumi.Resource[];
}

/** What a role is for. */
interface RoleArgs {
  /** Who may take it. */
  readonly trust: pulumi.Input<string>;
  /** Names of AWS managed policies, with their path. */
  readonly managed: readonly string[];
  /** Policies of its own, by name. */
  readonly inline: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Longest name of a role that IAM takes. */
const longestRoleName = 64;

/** A role of the cluster, for example `shop-node`. */
export function createRole(making: Making, purpose: string, { trust, managed, inline }: RoleArgs): Role {
  const { aws, name, spec, parent, tags } = making;
  const { permissionsBoundary } = spec.aws;
  const role = new aws.iam.Role(
    `${name}-${purpose}`,
    {
      assumeRolePolicy: trust,
      ...(permissionsBoundary === undefined ? {} : { permissionsBoundary }),
      tags: tags.common,
    },
    { parent },
  );
  const attached = managed.map((policy) => {
    const short = policy.split("/").at(-1) ?? policy;
    return new aws.iam.RolePolicyAttachment(
      `${name}-${purpose}-${short}`,
      { role: role.name, policyArn: managedPolicy(making, `policy/${policy}`, "iam") },
      { parent: role },
    );
  });
  const own = Object.entries(inline).map(
    ([key, policy]) =>
      new aws.iam.RolePolicy(`${name}-${purpose}-${key}`, { name: key, role: role.name, policy }, { parent: role }),
  );
  return { role, policies: [...attached, ...own] };
}

/** The ARN of what AWS itself offers, which tells the partitions (public, China, GovCloud) apart. */
export function managedPolicy(making: Making, resource: string, service: "eks" | "iam"): pulumi.Output<string> {
  return making.partition.apply((partition) => `arn:${partition}:${service}::aws:${resource}`);
}

/**
 * Gives a workload's service account a role of its own: through the cluster's
 * identity agent, or by its token where no agent runs (`cluster.issuer`).
 */
export function grantIdentity(request: IdentityRequest): GrantedIdentity {
  const aws = loadAws();
  const { name, parent, cluster, namespace, serviceAccount, grants } = request;
  const { clusterName, issuer, permissionsBoundary } = cluster;
  const tags = { ...request.tags, ...(clusterName === undefined ? {} : { [clusterTag]: clusterName }) };
  const role = new aws.iam.Role(
    `${name}-identity`,
    {
      name: bounded(`${pulumi.getProject()}-${pulumi.getStack()}-${name}`, longestRoleName),
      assumeRolePolicy:
        issuer === undefined
          ? podIdentityTrust
          : trustByToken(aws, parent, pulumi.output(issuer), namespace, serviceAccount),
      ...(permissionsBoundary === undefined ? {} : { permissionsBoundary }),
      tags,
    },
    { parent },
  );
  const policies = grants.map(({ role: policyArn, key: text = known(policyArn) }, index) => {
    const key = text === undefined ? String(index + 1) : fingerprint(text);
    return new aws.iam.RolePolicyAttachment(
      `${name}-identity-${key}`,
      { role: role.name, policyArn },
      { parent: role },
    );
  });
  if (issuer !== undefined || clusterName === undefined) {
    const serviceAccountAnnotations = { "eks.amazonaws.com/role-arn": role.arn };
    return { serviceAccountAnnotations, podLabels: {}, resources: [role, ...policies] };
  }
  const association = new aws.eks.PodIdentityAssociation(
    `${name}-identity`,
    { clusterName, namespace, serviceAccount, roleArn: role.arn, tags },
    { parent: role },
  );
  return { serviceAccountAnnotations: {}, podLabels: {}, resources: [association, ...policies] };
}

function trustByToken(
  aws: Aws,
  parent: pulumi.Resource,
  issuer: pulumi.Output<string>,
  namespace: pulumi.Input<string>,
  serviceAccount: pulumi.Input<string>,
): pulumi.Output<string> {
  const provider = aws.iam.getOpenIdConnectProviderOutput({ url: issuer }, { parent }).arn;
  return pulumi
    .all([provider, issuer, namespace, serviceAccount])
    .apply(([arn, url, inNamespace, account]) => tokenTrust(arn, url, inNamespace, account));
}
