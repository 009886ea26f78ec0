import { describe, expect, test } from "vitest";
import type { ClusterArgs } from "../../../src/components/cluster/args.js";
import { checkCluster } from "../../../src/components/cluster/check.js";
import { brought, created, modes, oneSubnet, pools } from "./specs.js";

interface BadCase {
  readonly what: string;
  readonly args: Partial<ClusterArgs>;
  readonly code: string;
  readonly path: string;
  readonly value?: unknown;
  readonly fix: RegExp;
}

const general = { cpu: 4, memory: "16Gi", min: 2, max: 10 };
/** Enough for whatever number of nodes. */
const roomy = { podCidr: "10.128.0.0/9" };
const network = brought.network.existing;
const many = (count: number, of: (index: number) => string): string[] => Array.from({ length: count }, (_, i) => of(i));

const cases: readonly BadCase[] = [
  {
    what: "a minor that AKS does not have",
    args: { kubernetesVersion: "1.29" },
    code: "version/not-offered",
    path: "kubernetesVersion",
    value: "1.29",
    fix: /1\.35/,
  },
  {
    what: "a serverless option with pools",
    args: { azure: { serverless: "automatic" } },
    code: "azure/serverless-with-pools",
    path: "azure.serverless",
    fix: /compute: "serverless"/,
  },
  {
    what: "a size that is none",
    args: { azure: { vmSizes: { general: "m7g.xlarge" } } },
    code: "azure/size-format",
    path: "azure.vmSizes.general",
    value: "m7g.xlarge",
    fix: /Standard_D4s_v6/,
  },
  {
    what: "a size of the other architecture",
    args: { azure: { vmSizes: { general: "Standard_D4ps_v6" } } },
    code: "azure/size-of-other-arch",
    path: "azure.vmSizes.general",
    fix: /arch: "arm64"/,
  },
  {
    what: "AKS Automatic in fewer than all zones",
    args: { compute: "serverless", network: { zones: 2 } },
    code: "azure/automatic-zones",
    path: "network.zones",
    value: 2,
    fix: /nodeAutoProvisioning/,
  },
  {
    what: "AKS Automatic without a subnet for the API server",
    args: { compute: "serverless", network: oneSubnet },
    code: "azure/no-api-server-subnet",
    path: "network.existing.subnets",
    fix: /delegated/,
  },
  {
    what: "an accelerator that Azure lacks",
    args: { pools: { general, gpu: { ...general, gpu: { type: "nvidia-l4" } } } },
    code: "size/gpu-not-offered",
    path: "pools.gpu.gpu.type",
    value: "nvidia-l4",
    fix: /nvidia-a10, nvidia-a100, nvidia-h100, nvidia-t4/,
  },
  {
    what: "nodes larger than any machine",
    args: { pools: { general: { ...general, cpu: 500 } } },
    code: "size/too-large",
    path: "pools.general.cpu",
    fix: /azure\.vmSizes/,
  },
  {
    what: "an accelerator on arm64",
    args: { pools: { general: { ...general, arch: "arm64", gpu: { type: "nvidia-t4" } } } },
    code: "size/arch-not-offered",
    path: "pools.general.arch",
    fix: /amd64/,
  },
  {
    what: "a node disk below what AKS takes",
    args: { pools: { general: { ...general, disk: { size: "25Gi" } } } },
    code: "azure/disk-size",
    path: "pools.general.disk.size",
    value: "25Gi",
    fix: /50Gi/,
  },
  {
    what: "a node disk above what AKS takes",
    args: { pools: { general: { ...general, disk: { size: "4Ti" } } } },
    code: "azure/disk-size",
    path: "pools.general.disk.size",
    fix: /1Ti/,
  },
  {
    what: "spot as the only pool",
    args: { pools: { general: { ...general, spot: true } } },
    code: "azure/only-spot",
    path: "pools.general.spot",
    value: true,
    fix: /without spot/,
  },
  {
    what: "a pool of more nodes than AKS has in one",
    args: { pools: { general: { ...general, max: 1500 } }, network: roomy },
    code: "azure/pool-too-large",
    path: "pools.general.max",
    value: 1500,
    fix: /split/,
  },
  {
    what: "more pools than AKS has",
    args: { pools: Object.fromEntries(many(100, (i) => `p${i}`).map((name) => [name, general])), network: roomy },
    code: "azure/too-many-pools",
    path: "pools",
    value: 100,
    fix: /join/,
  },
  {
    what: "a label in AKS' own domain",
    args: { pools: { general: { ...general, labels: { "kubernetes.azure.com/mode": "x" } } } },
    code: "azure/reserved-key",
    path: 'pools.general.labels["kubernetes.azure.com/mode"]',
    fix: /domain of your own/,
  },
  {
    what: "a taint in AKS' own domain",
    args: { pools: { general: { ...general, taints: [{ key: "kubernetes.azure.com/x", effect: "NoSchedule" }] } } },
    code: "azure/reserved-key",
    path: "pools.general.taints[0].key",
    fix: /domain of your own/,
  },
  {
    what: "an IPv6 range that reaches the API server",
    args: { controlPlane: { allowedCidrs: ["2001:db8::/32"] } },
    code: "azure/allowed-cidr-ipv6",
    path: "controlPlane.allowedCidrs[0]",
    fix: /IPv4/,
  },
  {
    what: "a private range at the public endpoint",
    args: { controlPlane: { allowedCidrs: ["203.0.113.0/24", "10.1.0.0/16"] } },
    code: "azure/allowed-cidr-private",
    path: "controlPlane.allowedCidrs[1]",
    value: "10.1.0.0/16",
    fix: /public addresses/,
  },
  {
    what: "more ranges than AKS takes",
    args: { controlPlane: { allowedCidrs: many(201, (i) => `203.0.${i}.0/24`) } },
    code: "azure/too-many-allowed-cidrs",
    path: "controlPlane.allowedCidrs",
    value: 201,
    fix: /join/,
  },
  {
    what: "an IPv6 network",
    args: { network: { cidr: "fd00::/56" } },
    code: "azure/ipv6",
    path: "network.cidr",
    fix: /IPv4/,
  },
  {
    what: "a range that AKS keeps",
    args: { network: { podCidr: "172.30.0.0/15" } },
    code: "azure/cidr-reserved",
    path: "network.podCidr",
    value: "172.30.0.0/15",
    fix: /shares no address/,
  },
  {
    what: "a network without room for two subnets",
    args: { network: { cidr: "10.0.0.0/27" } },
    code: "azure/network-too-small",
    path: "network.cidr",
    value: "10.0.0.0/27",
    fix: /\/26/,
  },
  {
    what: "a network without room for the pools' nodes",
    args: { network: { cidr: "10.0.0.0/24" }, pools: { general: { ...general, max: 120 } } },
    code: "azure/network-too-small",
    path: "network.cidr",
    fix: /larger range, or lower max/,
  },
  {
    what: "a pod range without room for the pools' nodes",
    args: { network: { podCidr: "10.244.0.0/20" } },
    code: "azure/pod-range-too-small",
    path: "network.podCidr",
    value: "10.244.0.0/20",
    fix: /larger range/,
  },
  {
    what: "more Services than AKS takes",
    args: { network: { cidr: "192.168.0.0/16", podCidr: "100.64.0.0/16", serviceCidr: "10.0.0.0/8" } },
    code: "azure/service-range-too-large",
    path: "network.serviceCidr",
    fix: /\/12/,
  },
  {
    what: "a Service range without a place for DNS",
    args: { network: { serviceCidr: "10.96.0.0/29" } },
    code: "azure/service-range-too-small",
    path: "network.serviceCidr",
    fix: /\/28/,
  },
  {
    what: "a network that is none",
    args: { network: { existing: { ...network, id: "vnet-hub" } } },
    code: "azure/network-id",
    path: "network.existing.id",
    value: "vnet-hub",
    fix: /virtualNetworks/,
  },
  {
    what: "a subnet that is none",
    args: { network: { existing: { ...network, subnets: ["nodes"] } } },
    code: "azure/subnet-id",
    path: "network.existing.subnets[0]",
    value: "nodes",
    fix: /subnets/,
  },
  {
    what: "a subnet of another network",
    args: { network: { existing: { ...network, subnets: [`${network.id}-2/subnets/nodes`] } } },
    code: "azure/subnet-of-other-network",
    path: "network.existing.subnets[0]",
    fix: /of that network/,
  },
  {
    what: "a subnet a zone",
    args: { network: { existing: { ...network, subnets: many(3, (i) => `${network.id}/subnets/${i}`) } } },
    code: "azure/subnet-count",
    path: "network.existing.subnets",
    value: 3,
    fix: /delegated/,
  },
  {
    what: "another cloud's word for a network",
    args: { network: { existing: { ...network, podRange: "pods" } } },
    code: "azure/network-option",
    path: "network.existing.podRange",
    fix: /leave podRange out/,
  },
  {
    what: "an administrator by name",
    args: { access: { admins: ["anna@example.com"] } },
    code: "azure/admin-not-object-id",
    path: "access.admins[0]",
    value: "anna@example.com",
    fix: /object id/,
  },
  {
    what: "a key by its URL",
    args: { controlPlane: { encryptionKey: "https://own.vault.azure.net/keys/cluster/1" } },
    code: "azure/key-id",
    path: "controlPlane.encryptionKey",
    fix: /vaults\/…\/keys/,
  },
  {
    what: "another cloud's key",
    args: { controlPlane: { encryptionKey: "arn:aws:kms:eu-west-1:111122223333:key/x" } },
    code: "azure/key-id",
    path: "controlPlane.encryptionKey",
    fix: /without a version/,
  },
  {
    what: "a resource group by its id",
    args: { azure: { resourceGroup: "/subscriptions/s/resourceGroups/platform" } },
    code: "azure/resource-group-name",
    path: "azure.resourceGroup",
    fix: /name alone/,
  },
  {
    what: "a region by its display name",
    args: { azure: { location: "West Europe" } },
    code: "azure/location-format",
    path: "azure.location",
    value: "West Europe",
    fix: /westeurope/,
  },
  {
    what: "a tag with a slash",
    args: { tags: { "example.com/team": "shop" } },
    code: "azure/tag-name",
    path: 'tags["example.com/team"]',
    fix: /example\.com-team/,
  },
  {
    what: "a tag in Azure's own name",
    args: { tags: { azureOwner: "shop" } },
    code: "azure/tag-name",
    path: "tags.azureOwner",
    fix: /another name/,
  },
  {
    what: "a tag whose value is too long",
    args: { tags: { owner: "x".repeat(257) } },
    code: "azure/tag-value",
    path: "tags.owner",
    fix: /shorten/,
  },
  {
    what: "two tags that differ in case alone",
    args: { tags: { owner: "a", Owner: "b" } },
    code: "azure/tag-twice",
    path: "tags.Owner",
    fix: /remove one/,
  },
  {
    what: "more tags than Azure takes",
    args: { tags: Object.fromEntries(many(51, (i) => `t${i}`).map((name) => [name, "x"])) },
    code: "azure/too-many-tags",
    path: "tags",
    value: 51,
    fix: /remove some/,
  },
];

function problemsOf(args: Partial<ClusterArgs>) {
  const nodes = args.compute === "serverless" ? {} : { pools: { general } };
  return checkCluster("shop", { target: "azure", ...nodes, ...args }).problems;
}

describe("a cluster on Azure", () => {
  test.each(cases)("is refused with $what, and for nothing else", ({ args, code, path, value, fix }) => {
    const problems = problemsOf(args);
    expect(problems.map((problem) => `${problem.code} ${problem.path}`)).toEqual([`${code} ${path}`]);
    expect(problems[0]?.fix).toMatch(fix);
    if (value !== undefined) expect(problems[0]?.value).toEqual(value);
  });

  test.each(modes)("is made as $mode", ({ args }) => {
    expect(checkCluster("shop", args).problems).toEqual([]);
  });

  test("can be open to the world when that is written", () => {
    expect(problemsOf({ controlPlane: { allowedCidrs: ["0.0.0.0/0"] } })).toEqual([]);
  });

  test("never shows a tag's value, which may be a secret", () => {
    const problems = problemsOf({ tags: { "a/b": "hunter2", owner: "hunter2".repeat(40) } });
    expect(problems).toHaveLength(2);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });

  test("that spans zones takes no more than it was given", () => {
    expect(checkCluster("shop", { ...created, pools, network: { cidr: "10.0.0.0/25" } }).problems).toEqual([]);
  });
});
