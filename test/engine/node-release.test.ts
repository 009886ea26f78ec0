import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../support/engine.js";
import { eventually } from "../support/processes.js";

// The main path once, small: it runs on every Node release that is supported.
const program = `
import { Cluster, Workload } from "isokube";
const cluster = new Cluster("shop", {
  target: "local",
  pools: { general: { cpu: 4, memory: "8Gi", min: 1 } },
});
new Workload("web", {
  cluster,
  containers: {
    web: { image: "registry.example/web:1.4.2", ports: { http: 8080 }, resources: { cpu: "100m", memory: "64Mi" } },
  },
  scaling: { fixed: 2 },
});
export const node = process.versions.node;
export const version = cluster.version;
`;

let engine: Engine;

beforeAll(async () => {
  engine = await Engine.create({ program });
});

afterAll(() => engine.close());

describe.sequential(`the main path on Node ${process.versions.node}`, () => {
  it("brings up a cluster with a workload", async () => {
    const run = await engine.up();
    expect(run.steps.find((step) => step.type === "kubernetes:apps/v1:Deployment")?.op).toBe("create");
    expect(await engine.outputs()).toMatchObject({
      node: process.versions.node,
      version: expect.stringMatching(/^1\.35\./),
    });
  });

  it("changes nothing the second time", async () => {
    const run = await engine.up({ preview: true });
    expect(Object.keys(run.changes)).toEqual(["same"]);
  });

  it("takes everything down again", async () => {
    await engine.destroy();
    let left = await engine.processes();
    // The engine's own plugins end a moment after the command does.
    await eventually(
      "no process is left",
      async () => {
        left = await engine.processes();
        return left.length === 0 ? true : undefined;
      },
      { seen: () => left.map((process) => process.command).join("; ") },
    );
  });
});
