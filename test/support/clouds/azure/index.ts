import { text } from "../blocks.js";
import type { CloudRules } from "../model.js";
import { clusterRules } from "./cluster.js";
import { locations } from "./common.js";
import { identityRules } from "./identity.js";
import { azureInvokes } from "./invokes.js";
import { keyRules } from "./keys.js";
import { networkRules } from "./network.js";
import { poolRules } from "./pools.js";
import { resourceRules } from "./resources.js";

export const azureRules: CloudRules = {
  cloud: "azure",
  package: "azure-native",
  resources: {
    ...resourceRules,
    ...networkRules,
    ...identityRules,
    ...keyRules,
    ...clusterRules,
    ...poolRules,
  },
  invokes: azureInvokes,
  settings: (configuration) => {
    const account = text(configuration, "subscriptionId") ?? process.env["ARM_SUBSCRIPTION_ID"];
    const tenant = text(configuration, "tenantId") ?? process.env["ARM_TENANT_ID"];
    const region = text(configuration, "location")?.toLowerCase().replaceAll(" ", "");
    if (account === undefined)
      return { message: "A Subscription ID must be configured: set azure-native:subscriptionId" };
    if (tenant === undefined) return { message: "A Tenant ID must be configured: set azure-native:tenantId" };
    if (region === undefined) return { message: "Location must be configured: set azure-native:location" };
    if (!locations.includes(region)) {
      return { message: `the simulation does not know ${region}; it knows ${locations.join(", ")}` };
    }
    return { region, account, tenant, zone: "" };
  },
};
