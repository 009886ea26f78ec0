import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { Engine } from "../test/support/engine.js";
import type { PairedFigures } from "./statistics.js";

const root = join(import.meta.dirname, "..");

/** The least that a Pulumi program can be and still show that it has begun. */
const emptyProgram = `
import * as pulumi from "@pulumi/pulumi";
new pulumi.ComponentResource("isokube:bench:Begun", "begun");
`;

/** The stack program of this repository, as \`pulumi up\` starts it. */
const stackProgram = `export { default } from "isokube-stacks";`;

/** Seconds from the command to the first component the program registers. */
async function secondsToFirstComponent(engine: Engine, type: string): Promise<number> {
  const begun = performance.now();
  const preview = engine.start("preview", { mayFail: true });
  let seconds: number | undefined;
  const watch = async () => {
    while (seconds === undefined && performance.now() - begun < 60_000) {
      const { steps } = await preview.events();
      if (steps.some((step) => step.type === type)) seconds = (performance.now() - begun) / 1000;
      else await sleep(10);
    }
  };
  const [run] = await Promise.all([preview.finished, watch()]);
  if (seconds === undefined) throw new Error(`the program never registered a ${type}:\n${run.stdout}\n${run.stderr}`);
  return seconds;
}

/** How much later the stack program begins than an empty one. */
export async function benchStartup(pairs: number): Promise<PairedFigures[]> {
  const local: { config: Record<string, unknown> } = parse(
    readFileSync(join(root, "stacks", "Pulumi.local.yaml"), "utf8"),
  );
  const project: { name: string } = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8"));
  const stack = await Engine.create({
    program: stackProgram.replace("isokube-stacks", join(root, "stacks", "run.mjs")),
    project: project.name,
    stack: "local",
    config: local.config,
  });
  const empty = await Engine.create({ program: emptyProgram, project: "empty" });
  const figures = { isokube: [] as number[], peer: [] as number[] };
  try {
    // Not counted: files into the page cache, modules compiled once.
    await secondsToFirstComponent(stack, "isokube:index:Cluster");
    await secondsToFirstComponent(empty, "isokube:bench:Begun");
    for (let pair = 0; pair < pairs; pair++) {
      figures.isokube.push(await secondsToFirstComponent(stack, "isokube:index:Cluster"));
      figures.peer.push(await secondsToFirstComponent(empty, "isokube:bench:Begun"));
    }
  } finally {
    await Promise.all([stack.close(), empty.close()]);
  }
  return [
    {
      quantity: "start of the stack program, beyond an empty one",
      unit: "s",
      ...figures,
      compare: "difference",
      limit: 1,
    },
  ];
}
