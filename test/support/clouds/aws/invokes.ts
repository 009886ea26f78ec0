import { block, text, texts } from "../blocks.js";
import type { InvokeRules } from "../model.js";
import { clusterToken } from "./eks-cluster.js";
import { nodeGroupToken } from "./eks-nodes.js";
import { addonVersion } from "./eks-parts.js";
import { zonesOf } from "./regions.js";

export const awsInvokes: Readonly<Record<string, InvokeRules>> = {
  "aws:index/getAvailabilityZones:getAvailabilityZones": {
    arguments: ["allAvailabilityZones?", "excludeNames?", "excludeZoneIds?", "filters?", "region?", "state?"],
    invoke: ({ args, settings }) => {
      const all = zonesOf(settings.region).map((name, index) => ({ name, id: `simulated-az${index + 1}` }));
      const left = all.filter(
        ({ name, id }) => !texts(args, "excludeNames").includes(name) && !texts(args, "excludeZoneIds").includes(id),
      );
      return {
        ...args,
        id: settings.region,
        region: settings.region,
        groupNames: [settings.region],
        names: left.map(({ name }) => name),
        zoneIds: left.map(({ id }) => id),
      };
    },
  },
  "aws:index/getCallerIdentity:getCallerIdentity": {
    arguments: ["id?"],
    invoke: ({ settings }) => ({
      id: settings.account,
      accountId: settings.account,
      arn: `arn:aws:iam::${settings.account}:user/simulated`,
      userId: "AIDASIMULATEDUSER",
    }),
  },
  "aws:index/getRegion:getRegion": {
    arguments: ["id?", "endpoint?", "name?", "region?"],
    invoke: ({ settings: { region } }) => ({
      id: region,
      name: region,
      region,
      description: `simulated ${region}`,
      endpoint: `ec2.${region}.amazonaws.com`,
    }),
  },
  "aws:index/getPartition:getPartition": {
    arguments: ["id?"],
    invoke: () => ({ id: "aws", partition: "aws", dnsSuffix: "amazonaws.com", reverseDnsPrefix: "com.amazonaws" }),
  },
  "aws:eks/getAddonVersion:getAddonVersion": {
    arguments: ["addonName", "kubernetesVersion", "mostRecent?", "id?", "region?"],
    invoke: ({ args, settings }) => {
      const [addonName, minor] = [text(args, "addonName") ?? "", text(args, "kubernetesVersion") ?? ""];
      const version = addonVersion(addonName, minor);
      if (version === undefined)
        return { path: "addonName", message: `no version of ${addonName} for Kubernetes ${minor}` };
      return { mostRecent: false, ...args, id: addonName, region: settings.region, version };
    },
  },
  "aws:eks/getNodeGroups:getNodeGroups": {
    arguments: ["clusterName", "region?"],
    invoke: ({ args, settings, world }) => {
      const cluster = text(args, "clusterName") ?? "";
      if (world.find(cluster, clusterToken) === undefined) {
        return { message: `ResourceNotFoundException: No cluster found for name: ${cluster}.` };
      }
      const groups = world.all(nodeGroupToken).filter(({ inputs }) => text(inputs, "clusterName") === cluster);
      const names = groups.map(({ outputs }) => text(outputs, "nodeGroupName") ?? "");
      return { clusterName: cluster, id: cluster, names, region: settings.region };
    },
  },
  "aws:eks/getNodeGroup:getNodeGroup": {
    arguments: ["clusterName", "nodeGroupName", "region?", "tags?"],
    invoke: ({ args, world }) => {
      const id = `${text(args, "clusterName")}:${text(args, "nodeGroupName")}`;
      const found = world.find(id, nodeGroupToken);
      if (found === undefined) return { message: `reading EKS Node Group (${id}): couldn't find resource` };
      const { scalingConfig: _, ...outputs } = found.outputs;
      return { ...outputs, id, scalingConfigs: [block(found.outputs, "scalingConfig") ?? {}] };
    },
  },
  "aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider": {
    arguments: ["arn?", "url?", "tags?"],
    invoke: ({ args, world }) => {
      const providers = world.all("aws:iam/openIdConnectProvider:OpenIdConnectProvider");
      const wanted = text(args, "arn") ?? text(args, "url") ?? "";
      const found = providers.find(({ id, inputs }) => id === wanted || text(inputs, "url") === wanted);
      if (found === undefined) return { message: `NoSuchEntity: no OpenID Connect provider of ${wanted}` };
      return { tags: {}, ...found.outputs, id: found.id };
    },
  },
};
