import { describe, expect, test } from "vitest";
import { type PropertyMap, Secret, unknown } from "../../../src/plugin/properties.js";
import { replacementGuardResource as guard } from "../../../src/plugin/replacement-guard/replacement-guard.js";

const urn = "urn:pulumi:dev::shop::isokube:index:Cluster$isokube:index:ReplacementGuard::shop";

const made: PropertyMap = {
  cluster: "shop",
  immutable: { "network.cidr": "10.0.0.0/16", "aws.zones": "", "controlPlane.encryptionKey": new Secret("key-1") },
  version: "1.35",
  allow: "",
};

const asked = (change: PropertyMap): PropertyMap => ({ ...made, ...change });
const immutable = (change: PropertyMap): PropertyMap => ({
  immutable: { "network.cidr": "10.0.0.0/16", "aws.zones": "", ...change },
});

async function problems(newInputs: PropertyMap, oldInputs: PropertyMap | undefined = made) {
  return (await guard.check({ urn, oldInputs, newInputs })).problems;
}

describe("a cluster's replacement guard", () => {
  test("lets a first creation pass, whatever it is made with", async () => {
    expect(await problems(made, undefined)).toEqual([]);
    expect((await guard.check({ urn, oldInputs: undefined, newInputs: made })).problems).toEqual([]);
  });

  test("lets pass what did not change", async () => {
    expect(await problems(made)).toEqual([]);
  });

  test("names each value that cannot change, with what the cluster has and the fix", async () => {
    const found = await problems(asked(immutable({ "network.cidr": "10.1.0.0/16", "aws.zones": '["a","b"]' })));
    expect(found).toEqual([
      {
        code: "cluster/replacement",
        path: "network.cidr",
        value: "10.1.0.0/16",
        why: 'the cluster was made with "10.0.0.0/16", and this cannot change without making the cluster anew',
        fix: expect.stringMatching(/^put it back, or set replaceCluster: "shop", which loses everything inside/),
      },
      expect.objectContaining({
        path: "aws.zones",
        value: '["a","b"]',
        why: expect.stringContaining("the cluster was made without it"),
      }),
    ]);
  });

  test("names a value that was taken away", async () => {
    const [found] = await problems(asked(immutable({ "network.cidr": "" })));
    expect(found).toMatchObject({ path: "network.cidr", why: expect.stringContaining('"10.0.0.0/16"') });
    expect(found).not.toHaveProperty("value");
  });

  test.each([
    ["the cluster's own name", "shop", 0],
    ["another name", "shop2", 1],
  ])("with %s as replaceCluster", async (_what, allow, count) => {
    expect(await problems(asked({ ...immutable({ "network.cidr": "10.1.0.0/16" }), allow }))).toHaveLength(count);
    expect(await problems(asked({ version: "1.30", allow }))).toHaveLength(count);
  });

  test("lets pass what is not known yet, and what another release lists", async () => {
    expect(await problems(asked(immutable({ "network.cidr": unknown })))).toEqual([]);
    expect(await problems(asked({ immutable: unknown, version: unknown }))).toEqual([]);
    expect(await problems(asked({ immutable: { "network.existing.id": "vpc-1" } }))).toEqual([]);
  });

  test("never shows a secret, the old or the new one", async () => {
    for (const news of [
      immutable({ "controlPlane.encryptionKey": new Secret("key-2") }),
      immutable({ "controlPlane.encryptionKey": "key-2" }),
      { immutable: new Secret({ "controlPlane.encryptionKey": "key-2" }) },
    ]) {
      const found = await problems(asked(news));
      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject({ path: "controlPlane.encryptionKey" });
      expect(JSON.stringify(found)).not.toMatch(/key-[12]/);
    }
  });

  test.each([
    ["1.36", undefined],
    ["", undefined],
    ["1.34", /the cluster has 1.35, and Kubernetes cannot be downgraded.*keep 1.35/],
    ["1.37", /one minor at a time.*go to 1.36 first/],
    ["2.0", /one minor at a time/],
  ])("going from 1.35 to %j", async (version, refused) => {
    const [found] = await problems(asked({ version }));
    if (refused === undefined) expect(found).toBeUndefined();
    else {
      expect(found?.path).toBe("kubernetesVersion");
      expect(`${found?.why}: ${found?.fix}`).toMatch(refused);
    }
  });

  test("leaves a version pinned again after a release channel to the cloud", async () => {
    expect(await problems(asked({ version: "1.34" }), asked({ version: "" }))).toEqual([]);
  });

  const pools = { "pools.general": "general1", "pools.spare": "spare1" };

  test.each([
    ["a pool that goes", { "pools.general": "general1" }, ["pools.spare"], /taken away, .* deleting spare1$/],
    ["a pool that is made anew", { ...pools, "pools.general": "general2" }, ["pools.general"], /anew, .* general1$/],
    ["both", { "pools.general": "general2" }, ["pools.general", "pools.spare"], /deletionProtection/],
    ["no pool that comes", { ...pools, "pools.other": "other1" }, [], /^$/],
    ["no pool whose name is not known yet", { ...pools, "pools.general": unknown }, [], /^$/],
  ])("of a protected cluster refuses %s, and says how it can", async (_, held, paths, why) => {
    const found = await problems(asked({ held, protected: true }), asked({ held: pools }));
    expect(found.map(({ path }) => path)).toEqual(paths);
    for (const problem of found) {
      expect(problem).toMatchObject({ code: "cluster/protected", why: expect.stringMatching(why) });
      expect(problem.fix).toContain("deletionProtection: false in the same pulumi up");
    }
  });

  test("lets pools go where the cluster is not protected, or what it holds is not known", async () => {
    expect(await problems(asked({ held: {} }), asked({ held: pools, protected: true }))).toEqual([]);
    expect(await problems(asked({ held: unknown, protected: true }), asked({ held: pools }))).toEqual([]);
    expect(await problems(asked({ held: pools, protected: true }))).toEqual([]);
  });

  test("holds the pools of a protected cluster that may be made anew", async () => {
    const change = asked({ held: {}, protected: true, allow: "shop" });
    expect(await problems(change, asked({ held: pools }))).toHaveLength(2);
  });

  test("refuses inputs that are none, before it compares", async () => {
    expect(await problems({ cluster: "shop" })).toMatchObject([{ path: "immutable" }]);
  });
});

describe("the guard as a resource", () => {
  const operation = { signal: new AbortController().signal, status: () => undefined, note: async () => undefined };

  test("remembers the last values, and never asks for a replacement of itself", async () => {
    const news = asked({ version: "1.36" });
    expect((await guard.create({ urn, inputs: made, preview: false }, operation)).id).toBe("shop");
    const diff = await guard.diff({ id: "shop", oldInputs: made, oldOutputs: made, newInputs: news });
    expect(diff.changes).toEqual([{ path: "version", kind: "update", replaces: false, inputChanged: true }]);
    const request = { urn, id: "shop", oldInputs: made, oldOutputs: made, newInputs: news, preview: false };
    expect((await guard.update(request, operation)).outputs).toEqual({ ...news, generation: "1" });
    expect(await guard.read({ urn, id: "shop", oldInputs: news, oldOutputs: news }, operation)).toEqual({
      id: "shop",
      inputs: news,
      outputs: news,
    });
  });

  test.each<[string, PropertyMap, string]>([
    ["a change that makes the cluster anew", immutable({ "network.cidr": "10.1.0.0/16" }), "4"],
    ["a lower version, which no cluster can be brought to", { version: "1.34" }, "4"],
    ["the next version", { version: "1.36" }, "3"],
    ["the word that lets changes pass", { allow: "shop" }, "3"],
    ["a value that only another release of isokube lists", immutable({ "aws.isolation": "pod" }), "3"],
    ["a value that is not known yet", immutable({ "network.cidr": unknown }), "3"],
  ])("counts generations: %s", async (_what, change, generation) => {
    const { outputs } = await guard.create({ urn, inputs: made, preview: false }, operation);
    expect(outputs["generation"]).toBe("1");
    const oldOutputs = { ...made, generation: "3" };
    const request = { urn, id: "shop", oldInputs: made, oldOutputs, newInputs: asked(change), preview: true };
    expect((await guard.update(request, operation)).outputs["generation"]).toBe(generation);
  });

  test("cannot be imported: there is nothing to look at", async () => {
    expect(await guard.read({ urn, id: "shop", oldInputs: undefined, oldOutputs: undefined }, operation)).toBe(
      undefined,
    );
  });
});
