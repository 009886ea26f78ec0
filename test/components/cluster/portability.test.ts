import { describe, expect, test } from "vitest";
import { supportOf } from "../../../src/components/cluster/check/capabilities.js";
import { checkCluster } from "../../../src/components/cluster/check.js";

const general = { cpu: 4, memory: "16Gi", min: 1, max: 3 };
const problemsOf = (args: object) =>
  checkCluster("shop", args).problems.map(({ code, path, value }) => ({ code, path, value }));

describe("a cluster that must be portable", () => {
  test("is, where every target gives the same", () => {
    const args = { target: "aws", pools: { general }, requirePortableTo: ["azure", "gcp"] };
    expect(problemsOf(args)).toEqual([]);
  });

  test("is told what another cloud has no machine for", () => {
    const pools = { general, ml: { ...general, gpu: { type: "nvidia-a10" } } };
    expect(problemsOf({ target: "aws", pools })).toEqual([]);
    expect(problemsOf({ target: "aws", pools, requirePortableTo: ["gcp"] })).toEqual([
      { code: "portability/refused", path: "pools.ml.gpu.type", value: "nvidia-a10" },
    ]);
  });

  test("is told what another cloud refuses, once for each", () => {
    const args = { target: "aws", pools: { general }, tags: { "example.com/team": "shop" } };
    expect(problemsOf({ ...args, requirePortableTo: ["azure", "gcp"] }).map(({ path }) => path)).toEqual([
      'tags["example.com/team"]',
      'tags["example.com/team"]',
    ]);
    const [first] = checkCluster("shop", { ...args, requirePortableTo: ["gcp"] }).problems;
    expect(first?.why).toMatch(/^requirePortableTo names gcp, which would refuse this: /);
    expect(first?.fix).toMatch(/; or take gcp out of requirePortableTo$/);
  });

  test("may use words of its own target: ids of networks, keys and principals have others elsewhere", () => {
    const args = {
      target: "aws",
      pools: { general },
      network: {
        existing: { id: "vpc-0123456789abcdef0", subnets: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"] },
      },
      controlPlane: { encryptionKey: "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab" },
      access: { admins: ["arn:aws:iam::111122223333:role/platform"] },
      aws: { instanceTypes: { general: ["m7i.xlarge"] } },
      replaceCluster: "shop",
      requirePortableTo: ["azure", "gcp"],
    };
    expect(problemsOf(args)).toEqual([]);
    expect(problemsOf({ ...args, requirePortableTo: ["local"] }).map(({ path }) => path)).toContain("access.admins");
  });
});

test("a choice of the cloud's own block narrows what its compute mode gives", () => {
  const serverless = { target: "aws", compute: "serverless" };
  const levelOf = (args: object) => {
    const support = supportOf(checkCluster("shop", args).spec);
    return "daemonSets" in support ? support.daemonSets.level : support.level;
  };
  expect(levelOf(serverless)).toBe("native");
  expect(levelOf({ ...serverless, aws: { isolation: "pod" } })).toBe("unsupported");
});
