import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ClusterArgs } from "../../../src/components/cluster/args.js";
import { checkCluster } from "../../../src/components/cluster/check.js";
import { Cluster } from "../../../src/components/cluster.js";
import type { ConfiguredClusterArgs } from "../../../src/components/config.js";
import { ValidationError } from "../../../src/core/validation.js";

const registered: string[] = [];

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: (args) => {
      registered.push(args.type);
      return { id: args.name, state: args.inputs };
    },
    call: () => ({}),
  });
});
beforeEach(() => {
  registered.length = 0;
});

const pool = { cpu: 4, memory: "16Gi", min: 2 };
const good = { target: "local", pools: { general: pool } };
const withPool = (change: object) => ({ ...good, pools: { general: { ...pool, ...change } } });

/** Arguments of any shape, as plain JavaScript or another language would pass them. */
function written(args: object): ConfiguredClusterArgs {
  const anything: unknown = args;
  return anything as ConfiguredClusterArgs;
}

interface Case {
  readonly what: string;
  readonly name?: string;
  readonly args: object;
  readonly code: string;
  readonly path: string;
  readonly value?: unknown;
  readonly fix: RegExp;
  /** Paths of what is wrong besides. */
  readonly also?: readonly string[];
}

const cases: readonly Case[] = [
  {
    what: "no target",
    args: { pools: good.pools },
    code: "shape/missing",
    path: "target",
    fix: /add target/,
  },
  {
    what: "an unknown target",
    args: { ...good, target: "lokal" },
    code: "shape/unknown-choice",
    path: "target",
    value: "lokal",
    fix: /did you mean "local"/,
  },
  {
    what: "a planned target",
    args: { ...good, target: "aws" },
    code: "target/planned",
    path: "target",
    value: "aws",
    fix: /use "local" or "existing"; requirePortableTo: \["aws"\]/,
  },
  {
    what: "no block for a target that needs one",
    args: { target: "existing" },
    code: "target/missing-block",
    path: "existing",
    fix: /add the block existing/,
  },
  {
    what: "options for another target",
    args: { ...good, existing: { context: "prod" } },
    code: "target/foreign-block",
    path: "existing",
    fix: /remove existing, or set target: "existing"/,
  },
  {
    what: "options for a planned target",
    args: { ...good, gcp: { project: "shop" } },
    code: "target/foreign-block",
    path: "gcp",
    fix: /remove gcp/,
  },
  {
    what: "pools for a cluster that is there already",
    args: { target: "existing", existing: { context: "prod" }, pools: good.pools },
    code: "target/option-not-applicable",
    path: "pools",
    fix: /leave pools out/,
  },
  {
    what: "whichever context is current",
    args: { target: "existing", existing: {} },
    code: "existing/no-context",
    path: "existing.context",
    fix: /name a context/,
  },
  {
    what: "a misspelt option",
    args: { ...good, kuberntesVersion: "1.35" },
    code: "shape/unknown-property",
    path: "kuberntesVersion",
    fix: /did you mean kubernetesVersion/,
  },
  {
    what: "a version that is none",
    args: { ...good, kubernetesVersion: "latest" },
    code: "version/format",
    path: "kubernetesVersion",
    value: "latest",
    fix: /write a minor in quotes, for example "1.35"/,
  },
  {
    what: "a full version",
    args: { ...good, kubernetesVersion: "v1.36.3" },
    code: "version/format",
    path: "kubernetesVersion",
    value: "v1.36.3",
    fix: /for example "1.36"/,
  },
  {
    what: "a version as a number",
    args: { ...good, kubernetesVersion: 1.35 },
    code: "shape/wrong-type",
    path: "kubernetesVersion",
    value: 1.35,
    fix: /write a text/,
  },
  {
    what: "a version that the target has not",
    args: { ...good, kubernetesVersion: "1.12" },
    code: "version/not-offered",
    path: "kubernetesVersion",
    value: "1.12",
    fix: /use one of 1.35, 1.36/,
  },
  {
    what: "a version and a channel",
    args: { ...good, kubernetesVersion: "1.35", releaseChannel: "stable" },
    code: "version/and-channel",
    path: "releaseChannel",
    value: "stable",
    fix: /leave out one of/,
  },
  {
    what: "a channel where there are none",
    args: { ...good, releaseChannel: "rapid" },
    code: "capability/unsupported",
    path: "releaseChannel",
    value: "rapid",
    fix: /set `kubernetesVersion`/,
  },
  { what: "no pools", args: { target: "local" }, code: "pools/none", path: "pools", fix: /add a pool/ },
  {
    what: "pools without nodes",
    args: withPool({ min: 0 }),
    code: "pools/no-nodes",
    path: "pools",
    fix: /above 0/,
  },
  {
    what: "pools with serverless compute",
    args: { ...good, target: "gcp", compute: "serverless" },
    code: "pools/with-serverless",
    path: "pools",
    fix: /leave out pools/,
    also: ["target"],
  },
  {
    what: "serverless compute where there is none",
    args: { target: "local", compute: "serverless" },
    code: "capability/unsupported",
    path: "compute",
    value: "serverless",
    fix: /set `compute: "pools"`/,
  },
  {
    what: "a pool name that is no DNS label",
    args: { ...good, pools: { "General Pool": pool } },
    code: "name/format",
    path: 'pools["General Pool"]',
    value: "General Pool",
    fix: /rename/,
  },
  {
    what: "a pool name that is too long",
    args: { ...good, pools: { "general-purpose-machines": pool } },
    code: "name/too-long",
    path: "pools.general-purpose-machines",
    value: "general-purpose-machines",
    fix: /general-purpose-mach/,
  },
  {
    what: "a cluster name that is too long",
    name: "s".repeat(31),
    args: good,
    code: "name/too-long",
    path: "name",
    value: "s".repeat(31),
    fix: /shorten it/,
  },
  {
    what: "a cluster name with capitals",
    name: "Shop",
    args: good,
    code: "name/format",
    path: "name",
    value: "Shop",
    fix: /rename/,
  },
  {
    what: "a pool without memory",
    args: { ...good, pools: { general: { cpu: 4 } } },
    code: "shape/missing",
    path: "pools.general.memory",
    fix: /add memory/,
  },
  {
    what: "a minimum above the maximum",
    args: withPool({ min: 5, max: 3 }),
    code: "pools/min-above-max",
    path: "pools.general.min",
    value: 5,
    fix: /min at most max/,
  },
  {
    what: "a negative count",
    args: withPool({ min: -1 }),
    code: "shape/out-of-range",
    path: "pools.general.min",
    value: -1,
    fix: /a whole number from 0/,
  },
  {
    what: "half a node",
    args: withPool({ max: 2.5 }),
    code: "shape/out-of-range",
    path: "pools.general.max",
    value: 2.5,
    fix: /a whole number/,
  },
  {
    what: "a cpu that is no quantity",
    args: withPool({ cpu: "four" }),
    code: "quantity/format",
    path: "pools.general.cpu",
    value: "four",
    fix: /4 or 500m/,
  },
  {
    what: "no cpu at all",
    args: withPool({ cpu: 0 }),
    code: "quantity/not-positive",
    path: "pools.general.cpu",
    value: "0",
    fix: /4 or 500m/,
  },
  {
    what: "memory with a unit of its own",
    args: withPool({ memory: "16GB" }),
    code: "quantity/format",
    path: "pools.general.memory",
    value: "16GB",
    fix: /16Gi/,
  },
  {
    what: "memory without its unit",
    args: withPool({ memory: "16" }),
    code: "quantity/too-small",
    path: "pools.general.memory",
    value: "16",
    fix: /add the unit/,
  },
  {
    what: "an unknown architecture",
    args: withPool({ arch: "arm" }),
    code: "shape/unknown-choice",
    path: "pools.general.arch",
    value: "arm",
    fix: /"amd64", "arm64"/,
  },
  {
    what: "a label key that Kubernetes refuses",
    args: withPool({ labels: { "-team": "shop" } }),
    code: "label/key",
    path: 'pools.general.labels["-team"]',
    value: "-team",
    fix: /rename/,
  },
  {
    what: "a label value that Kubernetes refuses",
    args: withPool({ labels: { team: "the shop" } }),
    code: "label/value",
    path: "pools.general.labels.team",
    value: "the shop",
    fix: /another value/,
  },
  {
    what: "the label that every node carries",
    args: withPool({ labels: { "isokube.dev/pool": "x" } }),
    code: "label/reserved",
    path: 'pools.general.labels["isokube.dev/pool"]',
    fix: /leave it out/,
  },
  {
    what: "an unknown taint effect",
    args: withPool({ taints: [{ key: "dedicated", effect: "NoSchedul" }] }),
    code: "shape/unknown-choice",
    path: "pools.general.taints[0].effect",
    value: "NoSchedul",
    fix: /did you mean "NoSchedule"/,
  },
  {
    what: "a taint twice",
    args: withPool({
      taints: [
        { key: "dedicated", value: "a", effect: "NoSchedule" },
        { key: "dedicated", value: "b", effect: "NoSchedule" },
      ],
    }),
    code: "list/duplicate",
    path: "pools.general.taints[1]",
    value: "dedicated:NoSchedule",
    fix: /remove one/,
  },
  {
    what: "an address range that is none",
    args: { ...good, network: { podCidr: "10.244.0.0" } },
    code: "cidr/format",
    path: "network.podCidr",
    value: "10.244.0.0",
    fix: /10.0.0.0\/16/,
  },
  {
    what: "an address range with host bits",
    args: { ...good, network: { cidr: "10.1.2.3/16" } },
    code: "cidr/format",
    path: "network.cidr",
    value: "10.1.2.3/16",
    fix: /10.1.0.0\/16/,
  },
  {
    what: "ranges that overlap",
    args: { ...good, network: { podCidr: "10.20.0.0/16", serviceCidr: "10.20.128.0/20" } },
    code: "cidr/overlap",
    path: "network.serviceCidr",
    value: "10.20.128.0/20",
    fix: /share no address/,
  },
  {
    what: "a range that overlaps a default",
    args: { ...good, network: { cidr: "10.0.0.0/8" } },
    code: "cidr/overlap",
    path: "network.cidr",
    value: "10.0.0.0/8",
    fix: /share no address/,
  },
  {
    what: "an allowed range that is none",
    args: { ...good, controlPlane: { allowedCidrs: ["203.0.113.0/24", "office"] } },
    code: "cidr/format",
    path: "controlPlane.allowedCidrs[1]",
    value: "office",
    fix: /10.0.0.0\/16/,
  },
  {
    what: "an allowed range twice",
    args: { ...good, controlPlane: { allowedCidrs: ["203.0.113.0/24", "203.0.113.0/24"] } },
    code: "list/duplicate",
    path: "controlPlane.allowedCidrs[1]",
    value: "203.0.113.0/24",
    fix: /remove one/,
  },
  {
    what: "several control-plane members on one machine",
    args: { ...good, controlPlane: { highlyAvailable: true } },
    code: "capability/unsupported",
    path: "controlPlane.highlyAvailable",
    value: true,
    fix: /choose another target/,
  },
  {
    what: "what is not portable to the hosts of one's own",
    args: { ...withPool({ max: 5 }), requirePortableTo: ["azure", "onprem"] },
    code: "portability/unsupported",
    path: "pools.general.max",
    value: 5,
    fix: /take onprem out of requirePortableTo/,
  },
  {
    what: "portability to whatever exists",
    args: { ...good, requirePortableTo: ["existing"] },
    code: "portability/unpredictable",
    path: "requirePortableTo[0]",
    value: "existing",
    fix: /take it out/,
  },
  {
    what: "portability to one target twice",
    args: { ...good, requirePortableTo: ["gcp", "gcp"] },
    code: "list/duplicate",
    path: "requirePortableTo[1]",
    value: "gcp",
    fix: /remove one/,
  },
  {
    what: "metrics more often than metrics-server allows",
    args: { ...good, local: { metricsResolutionSeconds: 5 } },
    code: "shape/out-of-range",
    path: "local.metricsResolutionSeconds",
    value: 5,
    fix: /from 10 to 3600/,
  },
  {
    what: "an output where the structure hangs on it",
    args: { ...good, deletionProtection: pulumi.output(true) },
    code: "shape/not-plain",
    path: "deletionProtection",
    fix: /known when the program runs/,
  },
];

describe("a Cluster with bad arguments", () => {
  test.each(cases)("names $what, and creates nothing", ({ name = "shop", args, code, path, value, fix }) => {
    const thrown = catchError(() => new Cluster(name, written(args)));
    expect(thrown).toBeInstanceOf(ValidationError);
    const { problems, message } = thrown as ValidationError;
    expect(problems.map((problem) => `${problem.code} ${problem.path}`)).toContain(`${code} ${path}`);
    const found = problems.find((problem) => problem.code === code && problem.path === path);
    expect(found?.fix).toMatch(fix);
    if (value !== undefined) expect(found?.value).toEqual(value);
    expect(message).toContain(`Cluster ${JSON.stringify(name)}`);
    expect(message).toContain(path);
    expect(registered).toEqual([]);
  });

  test.each(cases)("is told of $what alone, not of its consequences", ({ name = "shop", args, path, also = [] }) => {
    const { problems } = checkCluster(name, written(args));
    const places = new Set(problems.map((problem) => problem.path));
    expect([...places].sort()).toEqual([path, ...also].sort());
  });

  test("is told everything at once", () => {
    const { problems } = checkCluster(
      "Shop",
      written({
        target: "local",
        kubernetesVersion: "latest",
        pools: { general: { cpu: "four", memory: "16GB", min: 3, max: 1, spott: true } },
        network: { podCidr: "nowhere" },
        controlPlane: { highlyAvailable: true },
        existing: { kubeconfig: "secret" },
      }),
    );
    expect(problems.map(({ path }) => path).sort()).toEqual([
      "controlPlane.highlyAvailable",
      "existing",
      "kubernetesVersion",
      "name",
      "network.podCidr",
      "pools.general.cpu",
      "pools.general.memory",
      "pools.general.min",
      "pools.general.spott",
    ]);
    expect(JSON.stringify(problems)).not.toContain("secret");
  });

  test.each([undefined, null, 5, "local", []])("that are %j is told so, and nothing else", (args) => {
    expect(checkCluster("shop", args).problems.map(({ code }) => code)).toEqual(["shape/wrong-type"]);
  });

  test("whose values are known only later passes the checks that need them now", () => {
    const later = pulumi.output("nonsense");
    const args: ClusterArgs = {
      target: "local",
      kubernetesVersion: later,
      pools: { general: { cpu: later, memory: later, min: pulumi.output(5), max: 3, labels: { team: later } } },
      network: { cidr: later, podCidr: later },
    };
    expect(checkCluster("shop", args).problems).toEqual([]);
  });
});

function catchError(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
