import { awsRules } from "./aws/index.js";
import { azureRules } from "./azure/index.js";
import { gcpRules } from "./gcp/index.js";
import type { CloudRules } from "./model.js";

/** Rules by the name of the provider plugin. */
export const clouds: Readonly<Record<string, CloudRules>> = {
  aws: awsRules,
  "azure-native": azureRules,
  gcp: gcpRules,
};
