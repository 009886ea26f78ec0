import { text } from "../blocks.js";
import type { CloudRules } from "../model.js";
import { clusterRules } from "./eks-cluster.js";
import { fargateRules } from "./eks-fargate.js";
import { nodeRules } from "./eks-nodes.js";
import { partRules } from "./eks-parts.js";
import { iamRules } from "./iam.js";
import { awsInvokes } from "./invokes.js";
import { keyAndLogRules } from "./keys-and-logs.js";
import { templateRules } from "./launch-template.js";
import { networkRules } from "./network.js";
import { isRegion, regions } from "./regions.js";

/** The account of the simulation: AWS's own documentation uses this number. */
const account = "123456789012";

export const awsRules: CloudRules = {
  cloud: "aws",
  package: "aws",
  resources: {
    ...networkRules,
    ...iamRules,
    ...keyAndLogRules,
    ...templateRules,
    ...clusterRules,
    ...nodeRules,
    ...fargateRules,
    ...partRules,
  },
  invokes: awsInvokes,
  settings: (configuration) => {
    const region = text(configuration, "region") ?? process.env["AWS_REGION"];
    if (region === undefined) return { message: "Invalid AWS Region: set aws:region" };
    if (!isRegion(region))
      return { message: `Invalid AWS Region: ${region}; the simulation knows ${regions.join(", ")}` };
    return { region, account, tenant: "", zone: "" };
  },
};
