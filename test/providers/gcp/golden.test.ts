import { describe, expect, test } from "vitest";
import { provision } from "./graph.js";
import { inNetwork, modes } from "./modes.js";

const cases = (["pools", "autopilot"] as const).flatMap((mode) =>
  (["created", "brought"] as const).map((network) => ({ mode, network })),
);

describe("the resources of a cluster on Google Cloud", () => {
  test.each(cases)("$mode in a network that is $network", async ({ mode, network }) => {
    const { resources, cluster } = await provision(inNetwork(modes[mode], network));
    const { storageClasses, charts = [] } = cluster;
    const inside = { storageClasses, charts: charts.map(({ name, chart, namespace }) => ({ name, chart, namespace })) };
    await expect(`${JSON.stringify({ resources, inside }, undefined, 2)}\n`).toMatchFileSnapshot(
      `__snapshots__/${mode}-${network}.snap`,
    );
  });
});
