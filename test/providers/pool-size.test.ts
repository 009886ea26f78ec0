import * as pulumi from "@pulumi/pulumi";
import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import {
  boundsOf,
  clampSize,
  followLiveSize,
  type LivePools,
  numberAt,
  type PoolResource,
  sizeToAsk,
  textAt,
  transformOf,
} from "../../src/providers/pool-size.js";

describe("a size within bounds", () => {
  test("is the nearest, whatever it was", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), fc.nat(2000), (min, more, size) => {
        const max = min + more;
        const within = clampSize({ min, max }, size);
        expect(within).toBeGreaterThanOrEqual(min);
        expect(within).toBeLessThanOrEqual(max);
        if (size >= min && size <= max) expect(within).toBe(size);
        else expect([min, max]).toContain(within);
      }),
    );
  });
});

describe("a run", () => {
  const live = (size: number, min = 2, max = 4) => ({ size, min, max });

  test.each<[string, LivePools, number | undefined]>([
    ["leaves a pool that is quite new to its own inputs", {}, undefined],
    ["says nothing of the size while the bounds are as they were", { current: live(6, 5, 8) }, undefined],
    ["raises a size that the new bounds leave out", { current: live(3) }, 5],
    ["lowers a size that the new bounds leave out", { current: live(9, 2, 12) }, 8],
    ["keeps a size that the new bounds allow", { current: live(6, 2, 12) }, 6],
    [
      "keeps the size when the cloud is told it with another change",
      { current: { ...live(6, 5, 8), isAboutToChange: true } },
      6,
    ],
    ["makes a pool as large as the one it replaces", { predecessor: live(7, 5, 8) }, 7],
    ["but only as its own bounds allow", { predecessor: live(3) }, 5],
  ])("%s", (_, pools, size) => {
    expect(sizeToAsk({ min: 5, max: 8 }, pools)).toBe(size);
  });
});

describe("the transform of a pool's resource", () => {
  beforeEach(() => pulumi.runtime.setMocks({ call: () => ({}), newResource: ({ name }) => ({ id: name, state: {} }) }));

  const looked: string[] = [];
  const resource = (live: LivePools | Error, more: Partial<PoolResource> = {}): PoolResource => ({
    pool: "general",
    sizePath: "scaling.size",
    cluster: pulumi.output("arn"),
    permission: "cloud:ListPools",
    bounds: (inputs) => boundsOf(numberAt(inputs, "scaling", "min"), numberAt(inputs, "scaling", "max")),
    nameOf: (inputs) => textAt(inputs, "name"),
    look: async (name) => {
      looked.push(name);
      if (live instanceof Error) throw live;
      return live;
    },
    withSize: (size, { min, max }) => ({ scaling: { min, max, size } }),
    ...more,
  });
  const props = { name: pulumi.output("general-1"), label: "x", scaling: { min: 5, max: pulumi.output(8), size: 5 } };
  const opts = { ignoreChanges: ["scaling.size", "tags"], protect: true };
  const unknown = pulumi.runtime.unknownValue;

  test("sets the size, and lets only that change through", async () => {
    const changed = await transformOf(resource({ current: { size: 3, min: 2, max: 4 } }))({ props, opts });
    expect(changed).toEqual({
      props: { ...props, scaling: { min: 5, max: 8, size: 5 } },
      opts: { ignoreChanges: ["tags"], protect: true },
    });
  });

  test("leaves everything as it is while the bounds are as they were", async () => {
    const settled = resource({ current: { size: 7, min: 5, max: 8 } });
    expect(await transformOf(settled)({ props, opts })).toBeUndefined();
  });

  test("says nothing of a pool that is there where the cloud takes a size only for a new one", async () => {
    const initial = { isInitial: true };
    expect(await transformOf(resource({ current: { size: 3, min: 2, max: 4 } }, initial))({ props, opts })).toBe(
      undefined,
    );
    const replaced = await transformOf(resource({ predecessor: { size: 7, min: 2, max: 9 } }, initial))({
      props,
      opts,
    });
    expect(replaced?.props["scaling"]).toMatchObject({ size: 7 });
  });

  test.each([
    ["a cluster", {}, { cluster: unknown }],
    ["a name", { name: unknown }, {}],
    ["a bound", { scaling: { min: unknown, max: 8, size: unknown } }, {}],
    ["a bound that is secret", { scaling: { min: pulumi.secret(5), max: 8, size: 5 } }, {}],
  ])("looks nothing up for want of %s", async (_, missing, more) => {
    looked.length = 0;
    const transform = transformOf(resource({ current: { size: 3, min: 2, max: 4 } }, more));
    expect(await transform({ props: { ...props, ...missing }, opts })).toBeUndefined();
    expect(looked).toEqual([]);
  });

  test("says which pool, why and what to do when the look fails", async () => {
    const transform = transformOf(resource(new Error("AccessDenied")));
    await expect(transform({ props, opts })).rejects.toThrow(
      /^pools\.general: how many nodes it has now \(general-1\) .*: AccessDenied\. Fix: allow cloud:ListPools to /,
    );
  });

  test("is not there under mocks, where there is nothing to look at", () => {
    expect(followLiveSize(resource({}))).toEqual({ ignoreChanges: ["scaling.size"] });
  });
});
