import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cidrsOverlap, parseCidr } from "../../../src/core/cidr.js";
import { awsProvider } from "../../../src/providers/aws/index.js";
import { renderKubeconfig } from "../../../src/providers/aws/kubeconfig.js";
import { awsMachines, instanceTypesOf } from "../../../src/providers/aws/machine-types.js";
import { bounded, nameOfGeneration } from "../../../src/providers/aws/names.js";
import { cutSubnets, isProblem } from "../../../src/providers/aws/network-plan.js";
import { gibibytesOf } from "../../../src/providers/aws/node-pools.js";
import { loadBalancerPolicy } from "../../../src/providers/aws/policies.js";
import type { PoolSpec } from "../../../src/providers/contract.js";
import { plannedRow } from "../../../src/providers/report.js";
import { specOf } from "./graph.js";
import { inNetwork, modes } from "./modes.js";

test("clusters that follow one another have names of their own, and the first has the plain one", () => {
  expect(["1", "2", "3"].map((generation) => nameOfGeneration("shop", generation))).toEqual([
    "shop",
    "shop-2",
    "shop-3",
  ]);
});

describe("the cut of a VPC's range", () => {
  test("has a quarter for each zone's nodes and small public subnets in the last", () => {
    expect(cutSubnets("10.0.0.0/16", 3)).toEqual([
      { private: "10.0.0.0/18", public: "10.0.192.0/24" },
      { private: "10.0.64.0/18", public: "10.0.193.0/24" },
      { private: "10.0.128.0/18", public: "10.0.194.0/24" },
    ]);
    expect(cutSubnets("192.168.7.0/24", 2)).toEqual([
      { private: "192.168.7.0/26", public: "192.168.7.192/28" },
      { private: "192.168.7.64/26", public: "192.168.7.208/28" },
    ]);
  });

  test("never overlaps, stays inside, is what a subnet may be, and moves nothing when a zone is added", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 16, max: 24 }),
        fc.nat(0xffff),
        fc.integer({ min: 1, max: 3 }),
        (length, high, zones) => {
          const size = 2 ** (32 - length);
          const first = Math.floor((high * 0x10000) / size) * size;
          const cidr = `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/${length}`;
          const cut = cutSubnets(cidr, zones);
          if (isProblem(cut)) throw new Error(cut.why);
          const whole = parseCidr(cidr);
          const blocks = cut.flatMap((zone) => [parseCidr(zone.private), parseCidr(zone.public)]);
          blocks.forEach((block, index) => {
            if (block === undefined || whole === undefined) throw new Error(JSON.stringify(cut));
            expect(block.prefixLength).toBeGreaterThanOrEqual(16);
            expect(block.prefixLength).toBeLessThanOrEqual(28);
            expect(block.first >= whole.first && block.last <= whole.last).toBe(true);
            const others = blocks.filter((other, place) => place !== index && other !== undefined);
            expect(others.some((other) => other !== undefined && cidrsOverlap(block, other))).toBe(false);
          });
          expect(cutSubnets(cidr, 3)).toEqual(expect.arrayContaining([...cut]));
        },
      ),
    );
  });
});

const pool = (more: Partial<PoolSpec>): PoolSpec => {
  const [first] = specOf({ pools: { general: { cpu: 4, memory: "16Gi" } } }).pools;
  if (first === undefined) throw new Error("no pool");
  return { ...first, ...more };
};

const typesOf = (more: Partial<PoolSpec>, named?: readonly string[]): readonly string[] => {
  const types = instanceTypesOf(pool(more), named);
  if (!("names" in types)) throw new Error(JSON.stringify(types));
  return types.names;
};

describe("the instance types of a pool", () => {
  test.each<[Partial<PoolSpec>, string]>([
    [{}, "m7i.xlarge"],
    [{ arch: "arm64" }, "m7g.xlarge"],
    [{ cpu: "4", memory: "8Gi" }, "c7i.xlarge"],
    [{ cpu: "4", memory: "32Gi", arch: "arm64" }, "r7g.xlarge"],
    [{ cpu: "500m", memory: "1Gi", arch: "arm64" }, "t4g.small"],
    [{ cpu: "64", memory: "512Gi" }, "r7i.16xlarge"],
    [{ gpu: { type: "nvidia-t4", count: 1 } }, "g4dn.xlarge"],
    [{ gpu: { type: "nvidia-l4", count: 1 } }, "g6.xlarge"],
    [{ gpu: { type: "nvidia-a10", count: 4 } }, "g5.12xlarge"],
    [{ gpu: { type: "nvidia-a100", count: 1 } }, "p4d.24xlarge"],
    [{ gpu: { type: "nvidia-h100", count: 8 } }, "p5.48xlarge"],
  ])("for %j is %s", (need, type) => {
    expect(typesOf(need)).toEqual([type]);
  });

  test("are several of one size for spare capacity, none of them burstable", () => {
    expect(typesOf({ spot: true, arch: "arm64" })).toEqual(["m7g.xlarge", "m6g.xlarge"]);
    for (const size of ["2", "4", "8", "16"]) {
      const [first, ...others] = typesOf({ spot: true, cpu: size, memory: "1Gi" });
      const listed = (name: string | undefined) => awsMachines.types.find((type) => type.name === name);
      for (const other of others) {
        expect(listed(other)).toMatchObject({ cpu: listed(first)?.cpu, memoryGib: listed(first)?.memoryGib });
        expect(other).not.toMatch(/^t/);
      }
    }
  });

  test("are those that the user names", () => {
    expect(typesOf({}, ["m8g.xlarge", "m7g.xlarge"])).toEqual(["m8g.xlarge", "m7g.xlarge"]);
  });

  test("come from a catalogue that names each once", () => {
    const names = awsMachines.types.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(60);
    expect(awsMachines.dated).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  });
});

describe("a kubeconfig of EKS", () => {
  const facts = {
    clusterName: "project-stack-shop",
    region: "eu-central-1",
    endpoint: "https://0123.gr7.eu-central-1.eks.amazonaws.com",
    certificateAuthorityData: "Y2E=",
    profile: undefined,
  };

  test("fetches credentials when they are needed, and holds none", () => {
    const kubeconfig = JSON.parse(renderKubeconfig(facts));
    expect(kubeconfig.users).toEqual([
      {
        name: facts.clusterName,
        user: {
          exec: expect.objectContaining({
            command: "aws",
            args: [
              "--region",
              facts.region,
              "eks",
              "get-token",
              "--cluster-name",
              facts.clusterName,
              "--output",
              "json",
            ],
            interactiveMode: "Never",
          }),
        },
      },
    ]);
    expect(kubeconfig.clusters[0].cluster).toEqual({
      server: facts.endpoint,
      "certificate-authority-data": facts.certificateAuthorityData,
    });
  });

  test("works as the profile that the stack works with", () => {
    const { users } = JSON.parse(renderKubeconfig({ ...facts, profile: "production" }));
    expect(users[0].user.exec.env).toEqual([{ name: "AWS_PROFILE", value: "production" }]);
  });
});

describe("what cannot change in a cluster on EKS", () => {
  const immutable = (args: Parameters<typeof specOf>[0]) => awsProvider.immutable("shop", specOf(args));

  test.each<[string, Parameters<typeof specOf>[0]]>([
    ["compute", { compute: "serverless" }],
    ["aws.isolation", { compute: "serverless", aws: { isolation: "pod" } }],
    ["network.cidr", { network: { cidr: "10.8.0.0/16" } }],
    ["network.serviceCidr", { network: { serviceCidr: "10.97.0.0/16" } }],
    ["network.existing.id", inNetwork({}, "brought")],
    ["controlPlane.secretsEncryption", { controlPlane: { secretsEncryption: true } }],
    ["controlPlane.encryptionKey", { controlPlane: { encryptionKey: "arn:aws:kms:eu-central-1:1:key/x" } }],
  ])("%s", (path, args) => {
    expect(immutable(args)[path]).not.toEqual(immutable({})[path]);
  });

  test("is neither its size nor its version nor who reaches it", () => {
    const changed: Parameters<typeof specOf>[0] = {
      ...modes.pools,
      kubernetesVersion: "1.36",
      controlPlane: { endpoint: "private", auditLogs: true, highlyAvailable: true },
      network: { zones: 2 },
      deletionProtection: true,
    };
    expect(immutable(changed)).toEqual(immutable({}));
  });

  test("is a zone that was named, not one more of them", () => {
    const zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"];
    const two = immutable({ aws: { zones: zones.slice(0, 2) }, network: { zones: 2 } });
    const three = immutable({ aws: { zones }, network: { zones: 3 } });
    expect(three).toMatchObject(two);
    expect(three["aws.zones[2]"]).toBe("eu-central-1c");
  });
});

describe("what a spec would become on EKS", () => {
  const rows = (args: Parameters<typeof specOf>[0]) =>
    Object.fromEntries(
      awsProvider.describe("shop", specOf(args)).map((draft) => [draft.property, plannedRow(draft)] as const),
    );

  test("explains the size of a pool", () => {
    expect(rows(modes.pools)["pools.batch.cpu"]).toMatchObject({
      requested: "8",
      resource: "aws:eks:NodeGroup shop-batch",
      field: "instanceTypes",
      realised: expect.stringMatching(/^m7i\.2xlarge \(8 CPU, 32 GiB, amd64\) or m6i\.2xlarge: the smallest/),
      level: "native",
    });
  });

  test("says where pods and the endpoint are other than asked", () => {
    const asked = rows({ ...modes.pools, controlPlane: { endpoint: "public", allowedCidrs: ["203.0.113.0/24"] } });
    expect(asked["network.podCidr"]?.deviation).toMatch(/subnets of the nodes/);
    expect(asked["controlPlane.endpoint"]?.deviation).toMatch(/inside their network/);
    expect(rows(modes.pools)["controlPlane.endpoint"]?.deviation).toBeUndefined();
  });

  test("says what Fargate has not", () => {
    const fargate = rows(modes.fargate);
    expect(fargate["networkPolicy"]).toMatchObject({ level: "unsupported" });
    expect(fargate["storageClasses"]).toMatchObject({ level: "unsupported" });
    expect(rows(modes.auto)["storageClasses"]).toMatchObject({ level: "addon" });
  });

  test("knows all of it before anything is made", () => {
    for (const mode of ["pools", "auto", "fargate"] as const) {
      expect(JSON.stringify(rows(modes[mode]))).not.toContain("known only later");
    }
  });
});

describe("names and limits of AWS", () => {
  test("a name that is too long is cut and stays unique", () => {
    expect(bounded("shop-dev-web", 64)).toBe("shop-dev-web");
    const [one, other] = ["a", "b"].map((last) => bounded(`${"long-".repeat(20)}${last}`, 64));
    expect(one?.length).toBeLessThanOrEqual(64);
    expect(one).not.toBe(other);
    expect(bounded("my.project_1", 64)).toMatch(/^my-project-1-[0-9a-f]{6}$/);
  });

  test("the load balancer controller's policy fits into a role", () => {
    expect(loadBalancerPolicy("aws-us-gov").length).toBeLessThan(10_240);
  });

  test("disks are whole GiB, rounded up", () => {
    expect(["50Gi", "50G", "1Ti", "20.5Gi"].map(gibibytesOf)).toEqual([50, 47, 1024, 21]);
    expect(() => gibibytesOf("fifty")).toThrow(/50Gi/);
  });
});
