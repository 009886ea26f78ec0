import { blocks, number, text } from "../blocks.js";
import type { Block, Refusal, ResourceRules } from "../model.js";
import { arn, common, oneOfRefusals, patternRefusals, refusal, tagged, updated } from "./common.js";

export const templateToken = "aws:ec2/launchTemplate:LaunchTemplate";

/** What EBS takes of a gp3 volume. */
const limits = { volumeSize: [1, 65536], iops: [3000, 80000], throughput: [125, 2000] } as const;

function diskRefusals(inputs: Block): Refusal[] {
  return blocks(inputs, "blockDeviceMappings").flatMap((mapping, index) => {
    const path = `blockDeviceMappings[${index}].ebs`;
    const [iops, throughput] = [number(mapping, "ebs.iops") ?? 3000, number(mapping, "ebs.throughput") ?? 125];
    const ranges = Object.entries(limits).flatMap(([name, [least, most]]) => {
      const value = number(mapping, `ebs.${name}`);
      if (value === undefined || (value >= least && value <= most)) return [];
      return [refusal(`expected ${name} to be in the range (${least} - ${most}), got ${value}`, `${path}.${name}`)];
    });
    const uneven = throughput > iops / 4;
    return [
      ...ranges,
      ...oneOfRefusals(inputs, `${path}.volumeType`, ["gp2", "gp3", "io1", "io2", "st1", "sc1", "standard"]),
      ...(uneven ? [refusal("throughput is at most a quarter of iops", `${path}.throughput`)] : []),
      ...["encrypted", "deleteOnTermination"].flatMap((name) =>
        oneOfRefusals(inputs, `${path}.${name}`, ["", "true", "false"]),
      ),
    ];
  });
}

const launchTemplate: ResourceRules = tagged({
  replaceOn: ["name", "namePrefix"],
  autoName: { property: "name", maximum: 125 },
  check: ({ inputs }) => {
    const hops = number(inputs, "metadataOptions.httpPutResponseHopLimit");
    return [
      ...patternRefusals(inputs, "name", /^[a-zA-Z0-9()./_-]+$/, 125),
      ...diskRefusals(inputs),
      ...oneOfRefusals(inputs, "metadataOptions.httpTokens", ["optional", "required"]),
      ...oneOfRefusals(inputs, "metadataOptions.httpEndpoint", ["enabled", "disabled"]),
      ...(hops !== undefined && (hops < 1 || hops > 64)
        ? [refusal(`expected httpPutResponseHopLimit to be in the range (1 - 64), got ${hops}`, "metadataOptions")]
        : []),
      ...blocks(inputs, "tagSpecifications").flatMap((_, index) =>
        oneOfRefusals(inputs, `tagSpecifications[${index}].resourceType`, taggable),
      ),
    ];
  },
  create: (asked) => {
    const id = `lt-${asked.world.hex(17)}`;
    const template = arn(asked.settings, "ec2", `launch-template/${id}`);
    const name = text(asked.inputs, "name") ?? "";
    return { id, outputs: { ...common(asked), name, arn: template, defaultVersion: 1, latestVersion: 1 } };
  },
  // Every change is another version.
  update: (asked) => {
    const latestVersion = (number(asked.old.outputs, "latestVersion") ?? 1) + 1;
    return { ...updated(asked), latestVersion, defaultVersion: latestVersion };
  },
});

const taggable = ["instance", "volume", "network-interface", "spot-instances-request", "elastic-gpu"];

export const templateRules: Readonly<Record<string, ResourceRules>> = { [templateToken]: launchTemplate };
