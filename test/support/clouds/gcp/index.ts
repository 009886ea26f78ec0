import { text } from "../blocks.js";
import type { Block, CloudRules, InvokeRules } from "../model.js";
import { clusterRules } from "./cluster.js";
import { regionOf, regions, zonesOf } from "./common.js";
import { iamRules } from "./iam.js";
import { networkRules } from "./network.js";
import { poolRules } from "./pools.js";
import { clusterToken, poolToken } from "./tokens.js";

/** Number of the simulated project. */
export const projectNumber = "123456789012";

/** Functions give each block as a list of one. */
function listedPool({ nodeConfig = {}, autoscaling, ...outputs }: Block): Block {
  return { ...outputs, nodeConfigs: [nodeConfig], autoscalings: autoscaling === undefined ? [] : [autoscaling] };
}

const invokes: Readonly<Record<string, InvokeRules>> = {
  "gcp:compute/getZones:getZones": {
    arguments: ["project?", "region?", "status?"],
    invoke: ({ args, settings }) => {
      const region = text(args, "region") ?? settings.region;
      const names = [...zonesOf(region)];
      if (names.length === 0) return { path: "region", message: `googleapi: Error 404: no region ${region}, notFound` };
      const project = text(args, "project") ?? settings.account;
      return { id: `projects/${project}/regions/${region}`, project, region, names };
    },
  },
  "gcp:container/getCluster:getCluster": {
    arguments: ["name", "location?", "project?"],
    invoke: ({ args, settings, world }) => {
      const project = text(args, "project") ?? settings.account;
      const location = text(args, "location") ?? settings.region;
      const id = `projects/${project}/locations/${location}/clusters/${text(args, "name")}`;
      const cluster = world.find(id, clusterToken);
      if (cluster === undefined) return { message: `googleapi: Error 404: Not found: ${id}., notFound` };
      const pools = world.all(poolToken).filter(({ outputs }) => text(outputs, "simulatedCluster") === cluster.id);
      return { ...cluster.outputs, id: cluster.id, nodePools: pools.map(({ outputs }) => listedPool(outputs)) };
    },
  },
  "gcp:organizations/getClientConfig:getClientConfig": {
    arguments: [],
    invoke: ({ settings }) => ({
      id: `projects/"${settings.account}"/regions/"${settings.region}"/zones/"${settings.zone}"`,
      project: settings.account,
      region: settings.region,
      zone: settings.zone,
      accessToken: "simulated-access-token",
      defaultLabels: {},
    }),
  },
  "gcp:organizations/getProject:getProject": {
    arguments: ["projectId?"],
    invoke: ({ args, settings }) => {
      const projectId = text(args, "projectId") ?? settings.account;
      if (projectId !== settings.account) {
        return { path: "projectId", message: `googleapi: Error 403: Permission denied on ${projectId}, forbidden` };
      }
      return {
        id: `projects/${projectId}`,
        projectId,
        name: projectId,
        number: projectNumber,
        autoCreateNetwork: false,
        billingAccount: "",
        deletionPolicy: "",
        effectiveLabels: {},
        folderId: "",
        labels: {},
        orgId: "",
        pulumiLabels: {},
        tags: {},
      };
    },
  },
};

export const gcpRules: CloudRules = {
  cloud: "gcp",
  package: "gcp",
  resources: { ...networkRules, ...iamRules, ...clusterRules, ...poolRules },
  invokes,
  settings: (configuration) => {
    const account = text(configuration, "project") ?? process.env["GOOGLE_PROJECT"];
    const region = text(configuration, "region") ?? process.env["GOOGLE_REGION"] ?? "";
    if (account === undefined) return { message: "project: required field is not set: set gcp:project" };
    if (!/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(account)) {
      return { message: `"${account}" is no id of a project: 6 to 30 lower-case letters, digits and dashes` };
    }
    if (region !== "" && regionOf(region) !== region) {
      return { message: `the simulation does not know ${region}; it knows ${regions.join(", ")}` };
    }
    return { region, account, tenant: projectNumber, zone: text(configuration, "zone") ?? "" };
  },
};
