import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { ClusterArgs } from "../../src/components/cluster/args.js";
import type { Cluster } from "../../src/components/cluster.js";
import type { TypedWorkloadArgs } from "../../src/components/workload/typed-args.js";
import { Workload } from "../../src/components/workload.js";
import { checkReplacement } from "../../src/plugin/replacement-guard/check.js";
import type { ClusterRef } from "../../src/providers/contract.js";
import { type Cloud, clouds, everyCluster, kubernetesProviders, pooled, serverless, words } from "./pains-clouds.js";
import { all, clusterStack, idOf, one, requiredBy, type Stack, type StackResource, stackOf } from "./stack.js";

// What users of other tools suffer on managed clouds, one test or group a pain. What only an engine can show of
// them is in test/clouds: the order of a destroy, drift, and what becomes of state.

beforeEach(() => vi.stubEnv("ISOKUBE_CHARTS", ""));

const containers = {
  web: { image: "web:1.0", ports: { http: 8080 }, resources: { cpu: "250m", memory: "512Mi" } },
} as const;
const put =
  (args: Partial<TypedWorkloadArgs>) =>
  (cluster: ClusterRef): void => {
    new Workload("web", { cluster, containers, ...args } as TypedWorkloadArgs);
  };

const made = new Map<string, Promise<Stack<Cluster>>>();
/** A cluster, and in it a workload when its arguments are given; made once for all tests that look at the same. */
function clusterWith(args: ClusterArgs, workload?: Partial<TypedWorkloadArgs>): Promise<Stack<Cluster>> {
  const key = JSON.stringify([args, workload]);
  const stack = made.get(key) ?? clusterStack(args, workload === undefined ? undefined : put(workload));
  made.set(key, stack);
  return stack;
}
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
  const { general } = poolOfEveryCloud();
  const harmless: readonly (readonly [string, Partial<ClusterArgs>])[] = [
    ["tags", { tags: { owner: "somebody" } }],
    [
      "open to another range",
      { controlPlane: { highlyAvailable: true, allowedCidrs: ["198.51.100.0/24"], secretsEncryption: true } },
    ],
    ["another size, another pool", { pools: { general: { ...general, cpu: 8 }, another: general } }],
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
      expect(await check({ ...rest, ...after, replaceCluster: "shop" } as ClusterArgs)).toEqual([]);
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

describe("9. an automatic upgrade shows as drift", () => {
  const { aws, azure, gcp } = words;
  test("aws: a minor is pinned for as long as AWS supports it, patches are no input", async () => {
    const stack = await clusterWith(pooled.aws);
    expect(one(stack, aws.cluster).inputs).toMatchObject({
      version: "1.35",
      upgradePolicy: { supportType: "EXTENDED" },
    });
    expect(one(stack, aws.pool, "shop-general").inputs).not.toHaveProperty("releaseVersion");
  });

  test("azure: a pinned minor gets patches only; with a channel no version is an input", async () => {
    const fixed = one(await clusterWith(pooled.azure), azure.cluster);
    expect(fixed.inputs).toMatchObject({ kubernetesVersion: "1.35", autoUpgradeProfile: { upgradeChannel: "patch" } });
    const stack = await clusterWith(channelled("azure"));
    const followed = one(stack, azure.cluster);
    expect(followed.inputs).not.toHaveProperty("kubernetesVersion");
    expect(followed.ignoreChanges).toContain("kubernetesVersion");
    expect(one(stack, azure.pool, "shop-general").ignoreChanges).toContain("orchestratorVersion");
  });

  test("gcp: a pinned minor is a floor with a lid, and what runs is not compared", async () => {
    const stack = await clusterWith(pooled.gcp);
    const cluster = one(stack, gcp.cluster);
    expect(cluster.inputs).toMatchObject({
      minMasterVersion: "1.35",
      maintenancePolicy: { maintenanceExclusions: [{ exclusionOptions: { scope: "NO_MINOR_UPGRADES" } }] },
    });
    expect(cluster.ignoreChanges).toContain("nodeVersion");
    expect(one(stack, gcp.pool, "shop-general").ignoreChanges).toContain("version");
    const followed = one(await clusterWith(channelled("gcp")), gcp.cluster);
    expect(followed.inputs).toMatchObject({ releaseChannel: { channel: "STABLE" } });
    expect(followed.inputs).not.toHaveProperty("minMasterVersion");
  });

  test.each(clouds)("%s: a version and a channel together are refused", async (cloud) => {
    await expect(clusterWith({ ...pooled[cloud], releaseChannel: "stable" })).rejects.toThrow(
      /kubernetesVersion|releaseChannel/,
    );
  });
});

describe("10. immutable fields of a pool mean downtime", () => {
  const { general } = poolOfEveryCloud();
  test.each(clouds)("%s: the new pool is there before the old one goes", async (cloud) => {
    const { pool: type, poolName, longestPoolName } = words[cloud];
    const poolWith = async (change: Readonly<Record<string, unknown>>) =>
      one(
        await clusterWith({ ...pooled[cloud], pools: { general: { ...general, ...change }, other: general } }),
        type,
        "shop-general",
      );
    const nameOf = async (change: Readonly<Record<string, unknown>>) => (await poolWith(change)).inputs[poolName];
    const before = await nameOf({});
    expect(String(before).length).toBeLessThanOrEqual(longestPoolName);
    for (const fixed of [{ cpu: 8, memory: "32Gi" }, { arch: "arm64" }, { spot: true }]) {
      expect(await nameOf(fixed), JSON.stringify(fixed)).not.toBe(before);
    }
    for (const free of [{ max: 20 }, { labels: { team: "shop" } }]) {
      expect(await nameOf(free), JSON.stringify(free)).toBe(before);
    }
    expect((await poolWith({})).deleteBeforeReplace).toBe(false);
  });
});

describe("11. a disruption budget blocks upgrades", () => {
  const workloadOn = (target: Cloud, args: Partial<TypedWorkloadArgs>) =>
    stackOf(() => put(args)({ target, kubeconfig: "{}" }));
  describe.each(clouds)("%s", (cloud) => {
    test.each([
      ["one pod", { scaling: { fixed: 1 } }, 1],
      ["two pods", { scaling: { fixed: 2 } }, 2],
      ["an autoscaler's fewest", { scaling: { auto: { min: 1, max: 3, cpu: 60 } } }, 1],
      ["all but one must stay", { scaling: { fixed: 3 }, disruption: { minAvailable: 2 } }, 3],
    ] as const)("lets a pod go: %s", async (_, args, pods) => {
      const stack = await workloadOn(cloud, args);
      const { spec } = one(stack, "policy/v1:PodDisruptionBudget").inputs as { spec: Readonly<Record<string, number>> };
      expect(spec["maxUnavailable"] ?? pods - (spec["minAvailable"] ?? pods)).toBeGreaterThanOrEqual(1);
    });

    test.each([
      [{ scaling: { fixed: 2 }, disruption: { minAvailable: 2 } }],
      [{ scaling: { fixed: 1 }, disruption: { maxUnavailable: 0 } }],
    ] as const)("is refused when it lets none go: %j", async (args) => {
      await expect(workloadOn(cloud, args)).rejects.toThrow("no node can be drained");
    });
  });
});

describe("12. add-ons in the wrong order stay degraded", () => {
  test("aws: what makes nodes ready comes before nodes, what runs on them after", async () => {
    const stack = await clusterWith(pooled.aws);
    for (const pool of all(stack, words.aws.pool)) {
      for (const addon of ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"]) {
        expect([...requiredBy(stack, pool)]).toContain(`aws:eks/addon:Addon shop-${addon}`);
      }
      for (const addon of ["coredns", "aws-ebs-csi-driver", "metrics-server"]) {
        const first = requiredBy(stack, one(stack, "eks/addon:Addon", `shop-${addon}`));
        expect([...first]).toContain(idOf(pool));
      }
    }
  });

  test.each(clouds)("%s: charts wait for nodes, and workloads for charts", async (cloud) => {
    const stack = await clusterWith(pooled[cloud], {});
    const releases = all(stack, "helm.sh/v3:Release");
    expect(releases).not.toEqual([]);
    for (const release of releases) {
      expect([...requiredBy(stack, release)]).toEqual(expect.arrayContaining(namesOf(all(stack, words[cloud].pool))));
    }
    expect([...requiredBy(stack, one(stack, "apps/v1:Deployment", "web"))]).toEqual(
      expect.arrayContaining(namesOf(releases)),
    );
  });
});

describe("13. credentials in state, and logins that wait for a person", () => {
  test.each(everyCluster)("%s: the kubeconfig is secret, and holds a command instead", async (_, cloud, args) => {
    const { made, calls } = await clusterWith(args);
    expect(await pulumi.isSecret(made.kubeconfig)).toBe(true);
    const text = await new Promise<string>((done) => made.kubeconfig.apply(done));
    const { users } = JSON.parse(text) as { users: { user: { exec: Record<string, unknown> } }[] };
    expect(users.map(({ user }) => Object.keys(user))).toEqual([["exec"]]);
    expect(users[0]?.user.exec).toMatchObject({ command: words[cloud].helper, interactiveMode: "Never" });
    expect(text).not.toMatch(/devicecode|interactive"?[,\s]|client-key|token"\s*:|password/);
    expect(calls.filter((token) => words[cloud].credentials.test(token))).toEqual([]);
  });

  test("azure: the cluster has no local accounts whose credentials could leak", async () => {
    const stack = await clusterWith(pooled.azure);
    expect(one(stack, words.azure.cluster).inputs).toMatchObject({
      disableLocalAccounts: true,
      aadProfile: { managed: true, enableAzureRBAC: true },
    });
  });
});

describe("14. Auto Mode is switched on by half", () => {
  const { aws, azure, gcp } = words;
  test.each([
    ["on", serverless.aws, true],
    ["off", pooled.aws, false],
  ] as const)("aws: one word turns all of it %s", async (_, args, enabled) => {
    const stack = await clusterWith(args);
    expect(one(stack, aws.cluster).inputs).toMatchObject({
      bootstrapSelfManagedAddons: false,
      computeConfig: { enabled },
      storageConfig: { blockStorage: { enabled } },
      kubernetesNetworkConfig: { elasticLoadBalancing: { enabled } },
    });
    const { inputs } = one(stack, "iam/role:Role", "shop-cluster");
    expect(String(inputs["assumeRolePolicy"]).includes("sts:TagSession")).toBe(enabled);
    const policies = namesOf(all(stack, "iam/rolePolicyAttachment:RolePolicyAttachment")).join(" ");
    for (const policy of ["Compute", "BlockStorage", "LoadBalancing", "Networking"]) {
      expect(policies.includes(`shop-cluster-AmazonEKS${policy}Policy`), policy).toBe(enabled);
    }
  });

  test("azure: one word chooses the kind of cluster and who makes nodes", async () => {
    const automatic = one(await clusterWith(serverless.azure), azure.cluster);
    expect(automatic.inputs).toMatchObject({ sku: { name: "Automatic" }, nodeProvisioningProfile: { mode: "Auto" } });
    const standard = one(await clusterWith(pooled.azure), azure.cluster);
    expect(standard.inputs).toMatchObject({ sku: { name: "Base" }, nodeProvisioningProfile: { mode: "Manual" } });
  });

  test("gcp: Autopilot is told nothing that only Standard takes", async () => {
    const stack = await clusterWith(serverless.gcp);
    const { inputs } = one(stack, gcp.cluster);
    expect(inputs).toMatchObject({ enableAutopilot: true });
    for (const property of ["nodeConfig", "removeDefaultNodePool", "initialNodeCount", "workloadIdentityConfig"]) {
      expect(inputs).not.toHaveProperty(property);
    }
    expect(all(stack, gcp.pool)).toEqual([]);
  });
});

describe("15. deletion protection differs from cloud to cloud", () => {
  const locks = (stack: Stack<unknown>) => all(stack, "authorization:ManagementLockByScope");
  test.each(everyCluster)("%s: one flag, said either way, and off unless asked", async (_, cloud, args) => {
    const { deletionProtection, ...unsaid } = args;
    expect(deletionProtection).toBe(true);
    for (const [given, isOn] of [
      [{ ...unsaid, deletionProtection: true }, true],
      [{ ...unsaid, deletionProtection: false }, false],
      [unsaid, false],
    ] as const) {
      const stack = await clusterWith(given);
      const cluster = one(stack, words[cloud].cluster);
      // Azure has no field for it: a lock keeps everybody from deleting, and Pulumi's protection this stack.
      if (cloud === "azure") expect([cluster.protect, locks(stack).length]).toEqual([isOn, isOn ? 1 : 0]);
      else expect(cluster.inputs["deletionProtection"]).toBe(isOn);
    }
  });
});

/** The pool whose like every cloud sells. */
function poolOfEveryCloud() {
  return { general: { cpu: 4, memory: "16Gi", min: 2, max: 10 } } as const;
}

/** The same cluster, following a channel instead of a version. */
function channelled(cloud: "azure" | "gcp"): ClusterArgs {
  const { kubernetesVersion: _, ...rest } = pooled[cloud];
  return { ...rest, releaseChannel: "stable" };
}
