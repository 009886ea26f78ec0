import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { ClusterArgs } from "../../src/components/cluster/args.js";
import { checkReplacement } from "../../src/plugin/replacement-guard/check.js";
import {
  clouds,
  clusterWith,
  everyCluster,
  kubernetesProviders,
  pooled,
  poolsOfEveryCloud,
  put,
  serverless,
  words,
} from "./pains-clouds.js";
import { all, clusterStack, idOf, one, requiredBy, type Stack, type StackResource } from "./stack.js";

// What users of other tools suffer on managed clouds, one test or group a pain. What only an engine can show of
// them is in test/clouds: the order of a destroy, drift, and what becomes of state.

beforeEach(() => vi.stubEnv("ISOKUBE_CHARTS", ""));

const namesOf = (resources: readonly StackResource[]): string[] => resources.map(idOf);
const guardOf = (stack: Stack<unknown>): StackResource => one(stack, "index:ReplacementGuard");

describe("1. a destroy leaves load balancers, network interfaces and endpoint groups behind", () => {
  test.each(everyCluster)("%s: what has a load balancer goes before all that runs it", async (_, cloud, args) => {
    const stack = await clusterWith(args, { service: { type: "LoadBalancer" } });
    const { cluster, pool, network } = words[cloud];
    const standsOn = requiredBy(stack, one(stack, "core/v1:Service", "web"));
    const runsIt = [cluster, ...(args.compute === "serverless" ? [] : [pool]), ...network, "helm.sh/v3:Release"];
    for (const type of runsIt) {
      const needed = namesOf(all(stack, type));
      expect(needed, type).not.toEqual([]);
      expect([...standsOn]).toEqual(expect.arrayContaining(needed));
    }
    // Gateways have load balancers too, and go the same way.
    expect([...standsOn]).toEqual(
      expect.arrayContaining(namesOf(all(stack, "gateway.networking.k8s.io/v1:GatewayClass"))),
    );
  });

  test("aws, pools: and before the pod network, and the controller with its permissions", async () => {
    const stack = await clusterWith(pooled.aws, { service: { type: "LoadBalancer" } });
    expect([...requiredBy(stack, one(stack, "core/v1:Service", "web"))]).toEqual(
      expect.arrayContaining([
        "aws:eks/addon:Addon shop-vpc-cni",
        "kubernetes:helm.sh/v3:Release shop-load-balancers",
        "aws:eks/podIdentityAssociation:PodIdentityAssociation shop-load-balancers",
      ]),
    );
  });
});

describe("2. Karpenter orphans nodes", () => {
  test.each(clouds)("%s: nodes that nobody listed are the cloud's, and go with its cluster", async (cloud) => {
    const stack = await clusterWith(serverless[cloud]);
    expect(stack.resources.filter(({ type }) => /karpenter|NodeClass|NodePool/i.test(type))).toEqual([]);
    // They can still sign off while the cluster goes: the way out is gone only after it.
    const outlive = requiredBy(stack, one(stack, words[cloud].cluster));
    for (const type of words[cloud].network) {
      expect([...outlive]).toEqual(expect.arrayContaining(namesOf(all(stack, type))));
    }
  });

  test("aws: the nodes of Auto Mode keep their role until the cluster is gone", async () => {
    const stack = await clusterWith(serverless.aws);
    expect([...requiredBy(stack, one(stack, words.aws.cluster))]).toContain(
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment shop-node-AmazonEKSWorkerNodeMinimalPolicy",
    );
  });

  test("aws: an autoscaler is gone before the pools that it would grow", async () => {
    const stack = await clusterWith(pooled.aws);
    const before = requiredBy(stack, one(stack, "helm.sh/v3:Release", "shop-autoscaler"));
    expect([...before]).toEqual(expect.arrayContaining(namesOf(all(stack, words.aws.pool))));
  });
});

describe("3. the autoscaler fights a desired size", () => {
  const poolWith = async (cloud: keyof typeof pooled, max: number): Promise<StackResource> => {
    const pools = { general: { cpu: 4, memory: "16Gi", min: 2, max } };
    return one(await clusterWith({ ...pooled[cloud], pools }), words[cloud].pool, "shop-general");
  };
  test.each(clouds)("%s: the size between the bounds is not the program's", async (cloud) => {
    expect((await poolWith(cloud, 10)).ignoreChanges).toEqual(expect.arrayContaining([...words[cloud].desired]));
  });

  test.each([
    ["aws", { scalingConfig: { minSize: 2, maxSize: 2, desiredSize: 2 } }, "scalingConfig.desiredSize"],
    ["azure", { count: 2, enableAutoScaling: false }, "count"],
    // GKE's own counts are per zone, so a fixed size is a range of one there.
    ["gcp", { autoscaling: { totalMinNodeCount: 2, totalMaxNodeCount: 2 } }, "autoscaling"],
  ] as const)("%s: a fixed size stays the program's", async (cloud, inputs, property) => {
    const pool = await poolWith(cloud, 2);
    expect(pool.inputs).toMatchObject(inputs);
    expect(pool.ignoreChanges).not.toContain(property);
  });
});

test.each(clouds)(
  "4. a component's ignoreChanges never reaches its children: on %s a transformation does",
  async (cloud) => {
    const ofCloud = /^(aws|azure-native|gcp):/;
    const ignoreMark: pulumi.ResourceTransformation = ({ type, props, opts }) =>
      ofCloud.test(type) ? { props, opts: pulumi.mergeOptions(opts, { ignoreChanges: ["mark"] }) } : undefined;
    const stack = await clusterStack(pooled[cloud], put({}), { opts: { transformations: [ignoreMark] } });
    const made = stack.resources.filter(({ type }) => ofCloud.test(type));
    expect(made.length).toBeGreaterThan(5);
    expect(namesOf(made.filter(({ ignoreChanges }) => !ignoreChanges.includes("mark")))).toEqual([]);
  },
);

describe("5. a harmless edit replaces the cluster", () => {
  const { general } = poolsOfEveryCloud;
  const harmless: readonly (readonly [string, Partial<ClusterArgs>])[] = [
    ["tags", { tags: { owner: "somebody" } }],
    [
      "open to another range",
      { controlPlane: { highlyAvailable: true, allowedCidrs: ["198.51.100.0/24"], secretsEncryption: true } },
    ],
    [
      "another size, another pool",
      // On Azure the lock of a protected cluster holds its pools too.
      { deletionProtection: false, pools: { general: { ...general, cpu: 8 }, another: general } },
    ],
    ["deletion protection", { deletionProtection: false }],
    ["no administrators", { access: { admins: [] } }],
  ];
  describe.each(clouds)("%s", (cloud) => {
    const check = async (change: Partial<ClusterArgs>) => {
      const [before, after] = [await clusterWith(pooled[cloud]), await clusterWith({ ...pooled[cloud], ...change })];
      const asked = { urn: "", oldInputs: guardOf(before).inputs, newInputs: guardOf(after).inputs };
      return checkReplacement(asked as Parameters<typeof checkReplacement>[0]).problems;
    };

    test.each(harmless)("passes: %s", async (_, change) => {
      expect(await check(change)).toEqual([]);
    });

    test.each([
      ["network.cidr", { network: { cidr: "10.1.0.0/16" } }],
      ["network.serviceCidr", { network: { serviceCidr: "10.97.0.0/16" } }],
      ["compute", { compute: "serverless", pools: undefined }],
    ] as const)("is refused at preview, by name, when it is not harmless: %s", async (path, change) => {
      const { pools, ...rest } = pooled[cloud];
      const after = { ...change, ...("pools" in change ? {} : { pools }) };
      expect((await check({ ...rest, ...after } as ClusterArgs)).map((problem) => problem.path)).toContain(path);
      const allowed = { ...rest, ...after, replaceCluster: "shop", deletionProtection: false };
      expect(await check(allowed as ClusterArgs)).toEqual([]);
    });

    test("nothing of the cluster is touched before the guard has spoken", async () => {
      const stack = await clusterWith(pooled[cloud]);
      expect([...requiredBy(stack, one(stack, words[cloud].cluster))]).toContain(idOf(guardOf(stack)));
    });
  });
});

describe("6. a kubeconfig change replaces the Kubernetes provider and every workload", () => {
  const providerInputs = (stack: Stack<unknown>, property: string): unknown[] =>
    kubernetesProviders(stack).map(({ inputs }) => inputs[property]);

  test.each(everyCluster)("%s: providers know their cluster by what stays", async (_, cloud, args) => {
    const { reachedOtherwise } = words[cloud];
    const before = await clusterWith(args);
    const after = await clusterStack(
      { ...args, ...reachedOtherwise.args },
      undefined,
      reachedOtherwise.answers === undefined ? {} : { answers: reachedOtherwise.answers },
    );
    expect(providerInputs(after, "kubeconfig")).not.toEqual(providerInputs(before, "kubeconfig"));
    const known = providerInputs(before, "clusterIdentifier");
    expect(known).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
    expect(providerInputs(after, "clusterIdentifier")).toEqual(known);
  });

  test.each(everyCluster)("%s: a cluster made anew is another one", async (_, cloud, args) => {
    const [before, after] = [
      await clusterWith(args),
      await clusterStack(args, undefined, { answers: words[cloud].madeAnew }),
    ];
    const [known = ""] = providerInputs(before, "clusterIdentifier");
    expect(providerInputs(after, "clusterIdentifier")).not.toContain(known);
  });
});

test.each(everyCluster)(
  "7. a dead cluster strands state: on %s it is forgotten only when the user says so",
  async (_, __, args) => {
    const stack = await clusterWith(args, {});
    const providers = kubernetesProviders(stack);
    expect(providers).toHaveLength(2);
    for (const { inputs } of providers) {
      expect(Object.keys(inputs)).not.toContain("deleteUnreachable");
      expect(Object.keys(inputs)).not.toContain("skipUpdateUnreachable");
    }
    // Objects hold load balancers and disks, so none may be skipped because the cluster is to go.
    expect(namesOf(stack.resources.filter(({ deletedWith }) => deletedWith !== ""))).toEqual([]);
  },
);

describe("8. one wrong edit of aws-auth locks everybody out", () => {
  test("aws: access entries alone say who may, one for each administrator", async () => {
    const stack = await clusterWith({ ...pooled.aws, access: { admins: [...words.aws.admins] } });
    expect(one(stack, words.aws.cluster).inputs).toMatchObject({ accessConfig: { authenticationMode: "API" } });
    expect(all(stack, "eks/accessEntry:AccessEntry").map(({ inputs }) => inputs["principalArn"])).toEqual(
      words.aws.admins,
    );
    expect(JSON.stringify(all(stack, "core/v1:ConfigMap"))).not.toContain("aws-auth");
  });

  test.each(clouds)("%s: taking one administrator out leaves the others' resources alone", async (cloud) => {
    const [first, second] = words[cloud].admins;
    const both = await clusterWith({ ...pooled[cloud], access: { admins: [first, second] } });
    const one = await clusterWith({ ...pooled[cloud], access: { admins: [second] } });
    const left = new Map(one.resources.map((resource) => [idOf(resource), resource.inputs]));
    const gone = both.resources.filter((resource) => !left.has(idOf(resource)));
    expect(gone.length).toBeGreaterThan(0);
    for (const { inputs } of gone) expect(JSON.stringify(inputs)).toContain(first);
    expect(
      both.resources.filter((each) => left.has(idOf(each)) && JSON.stringify(each.inputs).includes(second)),
    ).toEqual(one.resources.filter(({ inputs }) => JSON.stringify(inputs).includes(second)));
  });
});
