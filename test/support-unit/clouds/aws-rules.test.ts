import { describe, expect, test } from "vitest";
import { awsRules } from "../../support/clouds/aws/index.js";
import { text } from "../../support/clouds/blocks.js";
import type { Asked, Block } from "../../support/clouds/model.js";
import { WorkingState } from "../../support/clouds/store.js";

const settings = { region: "eu-west-1", account: "123456789012", tenant: "", zone: "" };
const versions = { "1.34": "1.34.3", "1.35": "1.35.3", "1.36": "1.36.3" };
const cluster = "aws:eks/cluster:Cluster";
const nodeGroup = "aws:eks/nodeGroup:NodeGroup";

const trust = (service: string, ...actions: string[]): string =>
  JSON.stringify({ Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: actions }] });

/** An account with a network, roles and what else is put into it. */
class Account {
  readonly world = new WorkingState(awsRules, { ids: 0, resources: [], loadBalancers: [] }, versions);

  put(token: string, name: string, inputs: Block): string {
    const { id, outputs } = this.#rules(token).create(this.#asked(token, inputs));
    const urn = `urn:pulumi:dev::test::${token}::${name}`;
    const whole = { ...inputs, ...outputs };
    this.world.put({
      id,
      token,
      urn,
      name,
      inputs,
      outputs: whole,
      region: settings.region,
      createdAt: this.world.now,
    });
    return id;
  }

  /** Everything that provider and service say against it. */
  refusals(token: string, inputs: Block, oldId?: string): readonly string[] {
    const asked = this.#asked(token, inputs, oldId);
    const rules = this.#rules(token);
    return [...(rules.check?.(asked) ?? []), ...(rules.refuse?.(asked) ?? [])].map(({ message }) => message);
  }

  arnOf(id: string): string {
    return text(this.world.find(id)?.outputs ?? {}, "arn") ?? "";
  }

  #rules(token: string) {
    const rules = awsRules.resources[token];
    if (rules === undefined) throw new Error(`no rules for ${token}`);
    return rules;
  }

  #asked(token: string, inputs: Block, oldId?: string): Asked {
    const common = { urn: `urn:pulumi:dev::test::${token}::x`, name: "x", token, inputs, settings, world: this.world };
    const old = oldId === undefined ? undefined : this.world.find(oldId, token);
    return old === undefined ? common : { ...common, old };
  }
}

function withRole(account: Account, name: string, document: string, policies: readonly string[]): string {
  account.put("aws:iam/role:Role", name, { name, assumeRolePolicy: document });
  for (const policy of policies) {
    const inputs = { role: name, policyArn: `arn:aws:iam::aws:policy/${policy}` };
    account.put("aws:iam/rolePolicyAttachment:RolePolicyAttachment", `${name}-${policy}`, inputs);
  }
  return account.arnOf(name);
}

function prepared() {
  const account = new Account();
  const vpcId = account.put("aws:ec2/vpc:Vpc", "shop", { cidrBlock: "10.0.0.0/16" });
  const subnets = ["a", "b"].map((zone, index) =>
    account.put("aws:ec2/subnet:Subnet", zone, {
      vpcId,
      cidrBlock: `10.0.${index}.0/24`,
      availabilityZone: `eu-west-1${zone}`,
    }),
  );
  const roleArn = withRole(account, "control", trust("eks.amazonaws.com", "sts:AssumeRole"), [
    "AmazonEKSClusterPolicy",
  ]);
  const nodeRoleArn = withRole(account, "node", trust("ec2.amazonaws.com", "sts:AssumeRole"), [
    "AmazonEKSWorkerNodePolicy",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEKS_CNI_Policy",
  ]);
  const good = {
    name: "shop",
    roleArn,
    version: "1.35",
    bootstrapSelfManagedAddons: false,
    accessConfig: { authenticationMode: "API" },
    vpcConfig: { subnetIds: subnets, endpointPrivateAccess: true, endpointPublicAccess: false },
  };
  const group = {
    clusterName: "shop",
    nodeGroupName: "general",
    nodeRoleArn,
    subnetIds: subnets,
    scalingConfig: { minSize: 1, maxSize: 3, desiredSize: 1 },
  };
  return { account, vpcId, subnets, good, group, nodeRoleArn };
}

const auto = (good: Block, nodeRoleArn: string): Block => ({
  ...good,
  computeConfig: { enabled: true, nodePools: ["general-purpose"], nodeRoleArn },
  storageConfig: { blockStorage: { enabled: true } },
  kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: true } },
});

describe("EKS takes no cluster", () => {
  test("but a good one", () => {
    const { account, good } = prepared();
    expect(account.refusals(cluster, good)).toEqual([]);
  });

  const cases: readonly [string, (good: Block, all: ReturnType<typeof prepared>) => Block, RegExp][] = [
    ["whose name is too long", (good) => ({ ...good, name: "s".repeat(101) }), /at most 100/],
    [
      "of a version that is not offered",
      (good) => ({ ...good, version: "1.20" }),
      /unsupported Kubernetes version 1.20/,
    ],
    [
      "in one zone",
      (good, { subnets }) => ({ ...good, vpcConfig: { subnetIds: subnets.slice(0, 1) } }),
      /two different AZs/,
    ],
    [
      "that nobody reaches",
      (good, { subnets }) => ({ ...good, vpcConfig: { subnetIds: subnets, endpointPublicAccess: false } }),
      /cannot both be false/,
    ],
    [
      "whose Services have the network's addresses",
      (good) => ({ ...good, kubernetesNetworkConfig: { serviceIpv4Cidr: "10.0.128.0/20" } }),
      /overlaps/,
    ],
    ["with Auto Mode half on", (good) => ({ ...good, computeConfig: { enabled: true } }), /must all be set/],
    [
      "in Auto Mode whose role may not tag sessions",
      (good, { nodeRoleArn }) => auto(good, nodeRoleArn),
      /sts:AssumeRole and sts:TagSession/,
    ],
    [
      "that logs what there is not",
      (good) => ({ ...good, enabledClusterLogTypes: ["everything"] }),
      /expected one of api, audit/,
    ],
    [
      "with the key of nobody",
      (good) => ({ ...good, encryptionConfig: { provider: { keyArn: "arn:aws:kms:x" }, resources: ["secrets"] } }),
      /does not exist/,
    ],
    ["with reserved tags", (good) => ({ ...good, tags: { "aws:owner": "me" } }), /reserved/],
  ];
  test.each(cases)("%s", (_, change, why) => {
    const all = prepared();
    expect(all.account.refusals(cluster, change(all.good, all)).join("\n")).toMatch(why);
  });

  test.each([
    ["1.36", "1.34"],
    ["1.34", "1.36"],
  ])("that goes to %s from %s", (version, from) => {
    const { account, good } = prepared();
    account.put(cluster, "shop", { ...good, version: from });
    expect(account.refusals(cluster, { ...good, version }, "shop").join("\n")).toContain(`from ${from} to ${version}`);
  });
});

describe("EKS takes no node group", () => {
  const cases: readonly [string, Block, RegExp][] = [
    [
      "whose minimum is above its maximum",
      { scalingConfig: { minSize: 5, maxSize: 3, desiredSize: 5 } },
      /Minimum capacity 5 can't be greater than maximum size 3/,
    ],
    [
      "whose size is below its minimum",
      { scalingConfig: { minSize: 5, maxSize: 8, desiredSize: 2 } },
      /Minimum capacity 5 can't be greater than desired size 2/,
    ],
    [
      "whose size is above its maximum",
      { scalingConfig: { minSize: 1, maxSize: 3, desiredSize: 4 } },
      /desired capacity 4 can't be greater than max size 3/,
    ],
    ["of a machine that there is not", { instanceTypes: ["m99.huge"] }, /not a valid instance type/],
    [
      "of another architecture than its image",
      { instanceTypes: ["m7g.large"], amiType: "AL2023_x86_64_STANDARD" },
      /requested amiType/,
    ],
    ["with a taint in Kubernetes' spelling", { taints: [{ key: "a", effect: "NoSchedule" }] }, /NO_SCHEDULE/],
    ["with a label of Kubernetes' own", { labels: { "kubernetes.io/arch": "arm64" } }, /reserved prefixes/],
    ["newer than its cluster", { version: "1.36" }, /must not be newer/],
    ["before the CNI add-on", {}, /vpc-cni is not there/],
    ["in subnets without a way out", {}, /reach neither images nor the internet/],
  ];
  test.each(cases)("%s", (_, change, why) => {
    const { account, good, group } = prepared();
    account.put(cluster, "shop", good);
    expect(account.refusals(nodeGroup, { ...group, ...change }).join("\n")).toMatch(why);
  });
});

describe("EKS takes no", () => {
  test("add-on that needs nodes while there are none: it would stay DEGRADED", () => {
    const { account, good } = prepared();
    account.put(cluster, "shop", good);
    const addon = "aws:eks/addon:Addon";
    expect(account.refusals(addon, { clusterName: "shop", addonName: "coredns" }).join("\n")).toContain("DEGRADED");
    expect(account.refusals(addon, { clusterName: "shop", addonName: "vpc-cni" })).toEqual([]);
  });

  test("identity of pods whose role does not trust its agent", () => {
    const { account, good, nodeRoleArn } = prepared();
    account.put(cluster, "shop", good);
    const inputs = { clusterName: "shop", namespace: "shop", serviceAccount: "web", roleArn: nodeRoleArn };
    expect(account.refusals("aws:eks/podIdentityAssociation:PodIdentityAssociation", inputs).join("\n")).toContain(
      "pods.eks.amazonaws.com",
    );
  });

  test("entry for whoever made the cluster and is let in already", () => {
    const { account, good } = prepared();
    account.put(cluster, "shop", good);
    const inputs = { clusterName: "shop", principalArn: "arn:aws:iam::123456789012:user/simulated" };
    expect(account.refusals("aws:eks/accessEntry:AccessEntry", inputs).join("\n")).toContain("ResourceInUseException");
  });
});
