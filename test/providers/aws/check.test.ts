import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import type { PoolArgs } from "../../../src/components/cluster/args.js";
import { awsProvider } from "../../../src/providers/aws/index.js";
import { specOf } from "./graph.js";
import { type AwsArgs, existing, inNetwork, modes } from "./modes.js";

const general: PoolArgs = { cpu: 4, memory: "16Gi", min: 2 };
const pool = (more: Partial<PoolArgs>): AwsArgs => ({ pools: { general: { ...general, ...more } } });
const with_ = (more: AwsArgs): AwsArgs => ({ pools: { general }, ...more });
const serverless = (more: AwsArgs): AwsArgs => ({ compute: "serverless", ...more });

/** Arguments, and the problem that they have: its path, the value that it shows, a part of the fix. */
const bad: readonly [name: string, args: AwsArgs, path: string, value: unknown, fix: RegExp][] = [
  ["a minor that EKS has not", with_({ kubernetesVersion: "1.21" }), "kubernetesVersion", "1.21", /1\.35/],
  ["isolation with pools", with_({ aws: { isolation: "pod" } }), "aws.isolation", "pod", /serverless/],
  [
    "namespaces of Fargate without Fargate",
    serverless({ aws: { fargateNamespaces: ["shop"] } }),
    "aws.fargateNamespaces",
    ["shop"],
    /isolation/,
  ],
  [
    "Fargate for no namespace",
    serverless({ aws: { isolation: "pod", fargateNamespaces: [] } }),
    "aws.fargateNamespaces",
    [],
    /at least one/,
  ],
  [
    "a namespace that cannot be",
    serverless({ aws: { isolation: "pod", fargateNamespaces: ["default", "Shop_1"] } }),
    "aws.fargateNamespaces[1]",
    "Shop_1",
    /lower-case/,
  ],
  [
    "more namespaces than profiles take",
    serverless({ aws: { isolation: "pod", fargateNamespaces: Array.from({ length: 60 }, (_, n) => `team-${n}`) } }),
    "aws.fargateNamespaces",
    "60 namespaces",
    /pattern/,
  ],
  ["a VPC above /16", with_({ network: { cidr: "10.0.0.0/12" } }), "network.cidr", "10.0.0.0/12", /\/16/],
  ["a VPC too small for its zones", with_({ network: { cidr: "10.0.0.0/25" } }), "network.cidr", "10.0.0.0/25", /\/20/],
  ["nodes with IPv6 addresses", with_({ network: { cidr: "fd00::/56" } }), "network.cidr", "fd00::/56", /10\.0\.0\.0/],
  ["one zone", with_({ network: { zones: 1 } }), "network.zones", 1, /2 or 3/],
  [
    "fewer zones by name than by number",
    with_({ aws: { zones: ["eu-central-1a"] } }),
    "aws.zones",
    ["eu-central-1a"],
    /3/,
  ],
  [
    "a region in place of a zone",
    with_({ aws: { zones: ["eu-central-1a", "eu-central-1", "eu-central-1c"] } }),
    "aws.zones[1]",
    "eu-central-1",
    /eu-central-1a/,
  ],
  [
    "zones of two regions",
    with_({ aws: { zones: ["eu-central-1a", "eu-west-1b", "eu-central-1c"] } }),
    "aws.zones[1]",
    "eu-west-1b",
    /one region/,
  ],
  [
    "a zone twice",
    with_({ aws: { zones: ["eu-central-1a", "eu-central-1b", "eu-central-1a"] } }),
    "aws.zones[2]",
    "eu-central-1a",
    /another/,
  ],
  [
    "zones for subnets that are there",
    with_({ network: { existing }, aws: { zones: ["eu-central-1a"] } }),
    "aws.zones",
    ["eu-central-1a"],
    /leave it out/,
  ],
  [
    "a network's name in place of its id",
    with_({ network: { existing: { ...existing, id: "production" } } }),
    "network.existing.id",
    "production",
    /vpc-/,
  ],
  [
    "a single subnet",
    with_({ network: { existing: { ...existing, subnets: ["subnet-0000000000000000a"] } } }),
    "network.existing.subnets",
    ["subnet-0000000000000000a"],
    /another zone/,
  ],
  [
    "a subnet's name in place of its id",
    with_({ network: { existing: { ...existing, subnets: ["subnet-0000000000000000a", "private-b"] } } }),
    "network.existing.subnets[1]",
    "private-b",
    /subnet-/,
  ],
  [
    "a subnet that is private and public",
    with_({ network: { existing: { ...existing, publicSubnets: ["subnet-0000000000000000a"] } } }),
    "network.existing.publicSubnets[0]",
    "subnet-0000000000000000a",
    /once/,
  ],
  [
    "a secondary range of Google Cloud",
    with_({ network: { existing: { ...existing, podRange: "pods" } } }),
    "network.existing.podRange",
    "pods",
    /leave it out/,
  ],
  ["a zone without a subnet", { ...pool({ zones: [3] }), network: { existing } }, "pools.general.zones", [3], /subnet/],
  [
    "public addresses of Services",
    with_({ network: { serviceCidr: "100.64.0.0/16" } }),
    "network.serviceCidr",
    "100.64.0.0/16",
    /10\.96/,
  ],
  [
    "too few addresses of Services",
    with_({ network: { serviceCidr: "10.96.0.0/26" } }),
    "network.serviceCidr",
    "10.96.0.0/26",
    /10\.96/,
  ],
  [
    "more ranges than the endpoint takes",
    with_({ controlPlane: { allowedCidrs: Array.from({ length: 41 }, (_, n) => `203.0.113.${n}/32`) } }),
    "controlPlane.allowedCidrs",
    "41 ranges",
    /join/,
  ],
  [
    "a private range for the public endpoint",
    with_({ controlPlane: { allowedCidrs: ["203.0.113.0/24", "192.168.1.0/24"] } }),
    "controlPlane.allowedCidrs[1]",
    "192.168.1.0/24",
    /public addresses/,
  ],
  [
    "an IPv6 range for the endpoint",
    with_({ controlPlane: { allowedCidrs: ["2001:db8::/32"] } }),
    "controlPlane.allowedCidrs[0]",
    "2001:db8::/32",
    /IPv4/,
  ],
  [
    "a key by its alias",
    with_({ controlPlane: { encryptionKey: "alias/shop" } }),
    "controlPlane.encryptionKey",
    "alias/shop",
    /arn:aws:kms/,
  ],
  [
    "a boundary by its name",
    with_({ aws: { permissionsBoundary: "boundary" } }),
    "aws.permissionsBoundary",
    "boundary",
    /arn:aws:iam/,
  ],
  ["an administrator by name", with_({ access: { admins: ["alice"] } }), "access.admins[0]", "alice", /arn:aws:iam/],
  [
    "a session as administrator",
    with_({ access: { admins: ["arn:aws:sts::111122223333:assumed-role/platform/alice"] } }),
    "access.admins[0]",
    "arn:aws:sts::111122223333:assumed-role/platform/alice",
    /arn:aws:iam::111122223333:role\/platform$/,
  ],
  [
    "the account as administrator",
    with_({ access: { admins: ["arn:aws:iam::111122223333:root"] } }),
    "access.admins[0]",
    "arn:aws:iam::111122223333:root",
    /role\/platform/,
  ],
  [
    "a role of AWS as administrator",
    with_({
      access: {
        admins: ["arn:aws:iam::111122223333:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS"],
      },
    }),
    "access.admins[0]",
    "arn:aws:iam::111122223333:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS",
    /of yours/,
  ],
  ["a pool that may have no node", pool({ min: 0, max: 0 }), "pools.general.max", 0, /1 or more/],
  [
    "a node without such an accelerator",
    pool({ gpu: { type: "nvidia-a100", count: 16 } }),
    "pools.general.gpu.count",
    16,
    /8/,
  ],
  [
    "an accelerator on arm64",
    pool({ arch: "arm64", gpu: { type: "nvidia-t4" } }),
    "pools.general.arch",
    "arm64",
    /amd64/,
  ],
  [
    "spare capacity of the largest",
    pool({ spot: true, gpu: { type: "nvidia-h100" } }),
    "pools.general.spot",
    true,
    /leave spot out/,
  ],
  ["a node larger than any", pool({ cpu: 500 }), "pools.general.cpu", "500", /smaller nodes/],
  [
    "a label of Kubernetes",
    pool({ labels: { "node-role.kubernetes.io/worker": "" } }),
    'pools.general.labels["node-role.kubernetes.io/worker"]',
    "",
    /your own/,
  ],
  [
    "taints on every node",
    pool({ taints: [{ key: "dedicated", effect: "NoSchedule" }] }),
    "pools.general.taints",
    ["dedicated:NoSchedule"],
    /pool without/,
  ],
  [
    "more taints than EKS takes",
    pool({ taints: Array.from({ length: 51 }, (_, n) => ({ key: `t${n}`, effect: "PreferNoSchedule" as const })) }),
    "pools.general.taints",
    "51 taints",
    /fewer/,
  ],
  [
    "no type in a list of types",
    with_({ aws: { instanceTypes: { general: [] } } }),
    "aws.instanceTypes.general",
    [],
    /name a type/,
  ],
  [
    "a type of another cloud",
    with_({ aws: { instanceTypes: { general: ["Standard_D4s_v5"] } } }),
    "aws.instanceTypes.general[0]",
    "Standard_D4s_v5",
    /m7g\.xlarge/,
  ],
  [
    "a type of another architecture",
    with_({ aws: { instanceTypes: { general: ["m7i.xlarge", "m7g.xlarge"] } } }),
    "aws.instanceTypes.general[1]",
    "m7g.xlarge",
    /arm64/,
  ],
  [
    "a type with an accelerator that nobody asked for",
    with_({ aws: { instanceTypes: { general: ["g5.xlarge"] } } }),
    "aws.instanceTypes.general[0]",
    "g5.xlarge",
    /gpu/,
  ],
  [
    "more types than a node group takes",
    with_({ aws: { instanceTypes: { general: Array.from({ length: 21 }, (_, n) => `m7i.${n + 2}xlarge`) } } }),
    "aws.instanceTypes.general",
    "21 types",
    /fewer/,
  ],
  ["a tag of AWS's own", with_({ tags: { "aws:owner": "shop" } }), 'tags["aws:owner"]', undefined, /rename/],
  [
    "the tag that isokube sets",
    with_({ tags: { "isokube.dev/cluster": "x" } }),
    'tags["isokube.dev/cluster"]',
    undefined,
    /leave it out/,
  ],
  [
    "a tag of load balancers",
    with_({ tags: { "kubernetes.io/role/elb": "1" } }),
    'tags["kubernetes.io/role/elb"]',
    undefined,
    /rename/,
  ],
  ["a long tag", with_({ tags: { owner: "x".repeat(257) } }), "tags.owner", undefined, /shorten/],
  ["a tag with a strange character", with_({ tags: { owner: "a|b" } }), "tags.owner", undefined, /letters/],
  [
    "more tags than AWS takes",
    with_({ tags: Object.fromEntries(Array.from({ length: 48 }, (_, n) => [`t${n}`, "x"])) }),
    "tags",
    "48 tags",
    /47/,
  ],
];

describe("what AWS would refuse", () => {
  test.each(bad)("%s", (_, args, path, value, fix) => {
    const problems = awsProvider.check(specOf(args));
    expect(problems).toEqual([expect.objectContaining({ path })]);
    const [problem] = problems;
    expect(problem?.value).toEqual(value);
    expect(problem?.fix).toMatch(fix);
  });

  test.each(["pools", "auto", "fargate"] as const)("nothing of a good cluster: %s", (mode) => {
    expect(awsProvider.check(specOf(modes[mode]))).toEqual([]);
    expect(awsProvider.check(specOf(inNetwork(modes[mode], "brought")))).toEqual([]);
  });

  test("everything at once", () => {
    const problems = awsProvider.check(
      specOf({
        kubernetesVersion: "1.21",
        pools: { general: { ...general, cpu: 500, labels: { "k8s.io/x": "y" } } },
        network: { zones: 1, cidr: "10.0.0.0/28" },
        tags: { "aws:x": "y" },
        access: { admins: ["alice"] },
      }),
    );
    expect(problems.map(({ path }) => path).sort()).toEqual([
      "access.admins[0]",
      "kubernetesVersion",
      "network.cidr",
      "network.zones",
      "pools.general.cpu",
      'pools.general.labels["k8s.io/x"]',
      'tags["aws:x"]',
    ]);
  });

  test("no value that is known only later", () => {
    const later = (text: string) => pulumi.output(text);
    const args = with_({
      kubernetesVersion: later("1.21"),
      network: { cidr: later("10.0.0.0/28") },
      access: { admins: [later("alice")] },
      controlPlane: { encryptionKey: later("alias/shop"), allowedCidrs: [later("10.0.0.0/8")] },
      tags: { owner: later("a|b") },
    });
    expect(awsProvider.check(specOf(args))).toEqual([]);
  });
});
