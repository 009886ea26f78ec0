import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSimulatedEngine, type SimulatedEngine } from "../support/clouds/engine.js";
import type { FaultKind } from "../support/clouds/faults.js";
import type { CloudRules } from "../support/clouds/model.js";
import type { SimulatedCloud } from "../support/clouds/simulated-cloud.js";
import type { Run } from "../support/engine.js";
import { eventually } from "../support/processes.js";

const program = `
import { Cluster, clusterArgsFromConfig } from "isokube";
new Cluster("shop", clusterArgsFromConfig());
`;

export interface FaultScenario {
  readonly cloud: CloudRules["cloud"];
  readonly title: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Ends of type tokens, from the first made to the last: the creation of each fails once, and all is destroyed then. */
  readonly stages: readonly string[];
}

const kinds: readonly FaultKind[] = ["throttling", "halfCreated", "serverError", "timeout"];
const changed = (run: Run): readonly string[] =>
  run.steps.filter(({ op }) => op !== "same").map(({ op, type, name }) => `${op} ${type} ${name}`);

/**
 * Runs again and again until a run succeeds, and gives back how many it took. How far one gets depends on how many
 * calls are under way when the first fails; but each that fails has met a fault that no run before it had met, so that
 * there are no more of them than faults.
 */
async function untilDone(faults: () => readonly unknown[], run: () => Promise<Run>): Promise<number> {
  for (let runs = 1; ; runs += 1) {
    const met = faults().length;
    const { exitCode, output } = await run();
    if (exitCode === 0) return runs;
    expect(faults().length, `run ${runs} failed and met no fault that was new:\n${output}`).toBeGreaterThan(met);
  }
}

/** What goes wrong in a cloud, and that nobody has to mend it by hand. */
export function describeFaults({ cloud: name, title, config, stages }: FaultScenario): void {
  describe(`when simulated ${title} fails`, () => {
    let simulated: SimulatedEngine;
    let cloud: SimulatedCloud;
    beforeAll(async () => {
      simulated = await createSimulatedEngine({
        program,
        clouds: [name],
        config: { "isokube:target": name, "isokube:kubernetesVersion": "1.35", ...config },
      });
      cloud = simulated.cloud(name);
    }, 400_000);
    afterAll(async () => {
      await simulated?.engine.close();
    });

    const faultsOf = (operation: "create" | "delete") =>
      cloud.calls().filter((call) => call.outcome === "fault" && call.operation === operation);

    test.each(stages)("a stack whose %s could not be made is destroyed without a trace", async (type) => {
      cloud.setFaults([{ kind: "halfCreated", type, operation: "create", times: 1 }]);
      const failed = await simulated.engine.up({ mayFail: true, timeoutSeconds: 200 });
      expect(failed.exitCode, failed.output).not.toBe(0);
      expect(failed.output).toContain(`simulated ${name}`);
      cloud.setFaults([]);
      await simulated.engine.destroy({ timeoutSeconds: 200 });
      expect(await cloud.leftovers()).toEqual([]);
    });

    test("every resource may fail once: up, again and again, finishes by itself", { timeout: 600_000 }, async () => {
      const planned = (await simulated.engine.preview()).steps.filter(({ type }) =>
        type.startsWith(`${cloud.rules.package}:`),
      );
      cloud.setFaults(
        planned.map((step, index) => ({
          kind: kinds[index % kinds.length] ?? "throttling",
          type: step.type.split(":").at(-1) ?? "",
          name: step.name,
          operation: "create",
          times: 1,
        })),
      );
      const createFaults = () => faultsOf("create");
      const runs = await untilDone(createFaults, () => simulated.engine.up({ mayFail: true, timeoutSeconds: 200 }));
      expect(runs).toBeGreaterThan(1);
      const hit = new Set(createFaults().map(({ token, name: own }) => `${token} ${own}`));
      expect(hit.size).toBeGreaterThanOrEqual(planned.length);
      const after = await simulated.engine.preview({ args: ["--diff"] });
      expect(changed(after), after.output).toEqual([]);
    });

    test("every resource may fail to go once: destroy, again and again, finishes by itself", async () => {
      cloud.setFaults(
        cloud.resources().map((each, index) => ({
          kind: index % 2 === 0 ? "throttling" : "timeout",
          type: each.token,
          name: each.name,
          operation: "delete",
          times: 1,
        })),
      );
      await untilDone(
        () => faultsOf("delete"),
        () => simulated.engine.destroy({ mayFail: true, timeoutSeconds: 200 }),
      );
      expect(await cloud.leftovers()).toEqual([]);
    });

    test("credentials that expire while the cluster is made: up finishes once they are renewed", async () => {
      cloud.setFaults([]);
      const running = simulated.engine.start("up", { mayFail: true, timeoutSeconds: 200 });
      const clusterType = stages.find((stage) => stage.endsWith("Cluster")) ?? "Cluster";
      await eventually("the cluster is being made", async () => cloud.resources(clusterType)[0], {
        timeoutSeconds: 60,
      });
      cloud.setFaults([{ kind: "credentialsExpired" }]);
      const failed = await running.finished;
      expect(failed.exitCode, failed.output).not.toBe(0);
      cloud.setFaults([]);
      await simulated.engine.up({ timeoutSeconds: 200 });
      await simulated.engine.destroy({ timeoutSeconds: 200 });
      expect(await cloud.leftovers()).toEqual([]);
    });
  });
}
