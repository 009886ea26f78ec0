import { text, texts } from "../blocks.js";
import type { InvokeRules } from "../model.js";
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
