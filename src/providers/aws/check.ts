import type { Problem } from "../../core/problems.js";
import type { ClusterProvider, ClusterSpec } from "../contract.js";
import { known } from "../leaf.js";
import { checkOfferedMinor, type MinorOffer } from "../offered-minors.js";
import { checkEndpoint, checkNetwork } from "./check-network.js";
import { checkPools } from "./check-pools.js";
import { checkTags } from "./check-tags.js";
import { computeOf } from "./compute-mode.js";
import { fargateNamespaces, mostNamespaces } from "./fargate.js";

/** In standard or extended support by this catalogue of 2026-11-01. */
const eks: MinorOffer = {
  minors: ["1.32", "1.33", "1.34", "1.35", "1.36"],
  why: "EKS offers no cluster of this minor",
};

/** What AWS would refuse, before it is asked. Pure: values that are known only later are AWS's to refuse. */
export const checkAws: ClusterProvider["check"] = (spec) => [
  ...checkOfferedMinor(spec, eks),
  ...checkCompute(spec),
  ...checkPools(spec),
  ...checkNetwork(spec),
  ...checkEndpoint(spec),
  ...checkArns(spec),
  ...checkTags(spec.tags),
];

/** Whether the choice between Auto Mode and Fargate fits the rest. */
function checkCompute(spec: ClusterSpec): Problem[] {
  const { isolation, fargateNamespaces: named } = spec.aws;
  const problems: Problem[] = [];
  if (isolation !== undefined && spec.compute !== "serverless") {
    problems.push({
      code: "aws/isolation-with-pools",
      path: "aws.isolation",
      value: isolation,
      why: "pools are made of nodes, which pods share",
      fix: 'leave it out, or set compute: "serverless"',
    });
  }
  if (named === undefined) return problems;
  if (computeOf(spec) !== "fargate") {
    problems.push({
      code: "aws/fargate-without-isolation",
      path: "aws.fargateNamespaces",
      value: named,
      why: "only clusters on Fargate have them",
      fix: 'leave it out, or set compute: "serverless" and aws.isolation: "pod"',
    });
  }
  if (named.length === 0) {
    problems.push({
      code: "aws/fargate-namespaces",
      path: "aws.fargateNamespaces",
      value: named,
      why: "no workload's pods would run",
      fix: "name at least one namespace, or leave it out",
    });
  }
  const all = fargateNamespaces(spec).length;
  if (all > mostNamespaces) {
    problems.push({
      code: "aws/fargate-namespaces",
      path: "aws.fargateNamespaces",
      value: `${named.length} namespaces`,
      why: `with those of its own add-ons a cluster has ${all}, and its Fargate profiles take ${mostNamespaces}`,
      fix: 'use a pattern such as "team-*" for several namespaces',
    });
  }
  return [
    ...problems,
    // EKS takes `*` and `?` in them.
    ...named.flatMap((namespace, index): Problem[] => {
      if (/^[a-z0-9*?]([-a-z0-9*?]{0,61}[a-z0-9*?])?$/.test(namespace)) return [];
      return [
        {
          code: "aws/fargate-namespaces",
          path: `aws.fargateNamespaces[${index}]`,
          value: namespace,
          why: "this is neither the name of a namespace nor a pattern of names",
          fix: "write lower-case letters, digits and '-', with '*' or '?' for what varies",
        },
      ];
    }),
  ];
}

const partition = "arn:aws(-[a-z]+)*";
const keyArn = new RegExp(`^${partition}:kms:[a-z0-9-]+:\\d{12}:key/[A-Za-z0-9-]+$`);
const principalArn = new RegExp(`^${partition}:iam::\\d{12}:(role|user)/[\\w+=,.@/-]+$`);
const policyArn = new RegExp(`^${partition}:iam::(\\d{12}|aws):policy/[\\w+=,.@/-]+$`);

function checkArns({ controlPlane, admins, aws }: ClusterSpec): Problem[] {
  const key = known(controlPlane.encryptionKey);
  const boundary = known(aws.permissionsBoundary);
  const problems: Problem[] = [];
  if (key !== undefined && !keyArn.test(key)) {
    problems.push({
      code: "aws/key-arn",
      path: "controlPlane.encryptionKey",
      value: key,
      why: "this is not the ARN of a KMS key",
      fix: "write for example arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    });
  }
  if (boundary !== undefined && !policyArn.test(boundary)) {
    problems.push({
      code: "aws/policy-arn",
      path: "aws.permissionsBoundary",
      value: boundary,
      why: "this is not the ARN of an IAM policy",
      fix: "write for example arn:aws:iam::111122223333:policy/boundary",
    });
  }
  return [...problems, ...admins.flatMap((admin, index) => checkAdmin(known(admin), `access.admins[${index}]`))];
}

function checkAdmin(arn: string | undefined, path: string): Problem[] {
  // That it is empty is told once already.
  if (arn === undefined || arn.trim() === "") return [];
  const session = /^(arn:[a-z-]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn);
  const problem = (why: string, fix: string): Problem[] => [{ code: "aws/principal-arn", path, value: arn, why, fix }];
  if (session !== null) {
    const [, start, account, role] = session;
    return problem(
      "this is one session of a role, which ends",
      `write the role itself: ${start}:iam::${account}:role/${role}`,
    );
  }
  if (/:role\/aws-service-role\//.test(arn)) {
    return problem(
      "roles of AWS's own services cannot administer a cluster",
      "write the ARN of a role or user of yours",
    );
  }
  if (principalArn.test(arn)) return [];
  return problem(
    "EKS lets IAM roles and users in, and this is not the ARN of one",
    "write for example arn:aws:iam::111122223333:role/platform",
  );
}
