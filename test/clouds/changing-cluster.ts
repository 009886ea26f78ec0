import { afterAll, beforeAll } from "vitest";
import { createSimulatedEngine, type SimulatedEngine } from "../support/clouds/engine.js";
import type { SimulatedCloud } from "../support/clouds/simulated-cloud.js";
import type { EngineStep } from "../support/engine-events.js";

const program = `
import { Cluster, clusterArgsFromConfig } from "isokube";
new Cluster("shop", clusterArgsFromConfig());
`;

type Config = Readonly<Record<string, unknown>>;

interface Started {
  readonly simulated: SimulatedEngine;
  readonly cloud: SimulatedCloud;
}

interface Changes {
  /** What a preview of changed config would do to the cloud's resources, but for those that are as they were. */
  plan(change: Config): Promise<readonly EngineStep[]>;
  /** What `up` changed in the cloud, as `create NodePool`, in the order in which it was done. */
  upCalls(): Promise<readonly string[]>;
}

/** One cluster that the tests of a file change step by step, each from where the one before left it. */
export function changingCluster(
  name: "aws" | "azure" | "gcp",
  config: Config,
  onStarted: (started: Started) => void,
): Changes {
  let started: Started | undefined;
  const running = (): Started => {
    if (started === undefined) throw new Error("the cluster is not up");
    return started;
  };
  beforeAll(async () => {
    const simulated = await createSimulatedEngine({ program, clouds: [name], config, minors: ["1.35", "1.36"] });
    started = { simulated, cloud: simulated.cloud(name) };
    onStarted(started);
    await simulated.engine.up({ timeoutSeconds: 200 });
  }, 400_000);
  afterAll(() => started?.simulated.engine.close());

  return {
    async plan(change) {
      const { simulated, cloud } = running();
      const { engine } = simulated;
      await engine.setConfig(change);
      const { steps } = await engine.preview({ args: ["--diff"] });
      return steps.filter(
        ({ op, type }) => op !== "same" && op !== "read" && type.startsWith(`${cloud.rules.package}:`),
      );
    },

    async upCalls() {
      const { simulated, cloud } = running();
      const before = cloud.calls().length;
      await simulated.engine.up({ timeoutSeconds: 200 });
      return cloud
        .calls()
        .slice(before)
        .filter(({ operation }) => ["create", "update", "delete"].includes(operation))
        .map(({ operation, token }) => `${operation} ${token.split(":").at(-1)}`);
    },
  };
}

/** Short types and operations of steps, each once. */
export const shown = (steps: readonly EngineStep[]): string[] =>
  [...new Set(steps.map(({ op, type }) => `${op} ${type.split(":").at(-1)}`))].sort();

/** Operations on resources of a type, named by its last part. */
export const opsOf = (steps: readonly EngineStep[], type: string): string[] =>
  steps.filter((step) => step.type.endsWith(`:${type}`)).map(({ op }) => op);
