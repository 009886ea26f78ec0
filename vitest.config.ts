import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longest-first.js";

/** Whole clusters on every cloud, hundreds of times: not for the quick loop. */
const pains = "test/providers/pains-*.test.ts";

/** What goes into a cluster on hosts of one's own, with a local control plane in place of the hosts' own. */
const insideOnprem = "test/engine/onprem-inside.test.ts";

/** Every kill, every cut line, every rule of the contract on a live cluster: minutes each. */
const long = {
  engine: ["test/engine/{plugin-crash,local-crash,cluster-contract}.test.ts"],
  unit: ["test/onprem-unit/transport/**/*.test.ts"],
};

/** Real hosts for a long time: several control planes, an upgrade of each, a blow at every step of the way. */
const longOnprem = "test/onprem-real/{high-availability,upgrade,crash-*}.test.ts";

/**
 * Every kind of change and fault is met on one cloud among the others; these are those of the second and third cloud, and
 * replacements: minutes each, which CI on a fresh machine does not have beside its builds.
 */
const longClouds = "test/clouds/{azure-changes,azure-faults,gcp-changes,gcp-faults,replacement}.test.ts";

const onSimulatedClouds = {
  // Two leave a fifth of two cores idle, waiting for control planes of clusters that come and go.
  maxWorkers: 3,
  sequence: { groupOrder: 2 },
  testTimeout: 300_000,
  hookTimeout: 400_000,
};

/** What a test saw is in its message, about a screen of it: of a long log often only the end is kept, with these. */
const chaiConfig = { truncateThreshold: 2000 };

/** As many hosts as a large cluster has, played by SSH servers. */
const onpremFleet = "test/engine/onprem-fleet.test.ts";

// Kinds of test, told apart by what they need (see CONTRIBUTING.md): unit (nothing), types (the compiler),
// engine, node-release and long (the toolchain's real parts), clouds (those, and simulated clouds), onprem (root).
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "test/{core,components,providers,contract,cli,toolchain,local-unit,onprem-unit,plugin-unit,scripts}/**/*.test.ts",
          ],
          exclude: [pains, ...long.unit],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "types",
          include: [],
          typecheck: { enabled: true, only: true, include: ["test/types/**/*.test-d.ts"] },
        },
      },
      {
        test: {
          // The main path once more, small: what the other Node release must also run.
          name: "node-release",
          include: ["test/engine/node-release.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          // Adapters against simulated clouds and stand-ins of hosts: many minutes, so not part of `npm test`.
          name: "clouds",
          include: ["test/{clouds,support-unit}/**/*.test.ts", pains, insideOnprem, onpremFleet],
          exclude: [longClouds],
          ...onSimulatedClouds,
        },
      },
      { test: { name: "clouds-long", include: [longClouds], ...onSimulatedClouds } },
      {
        test: {
          // Boots hosts, which share the machine's kernel and its memory. Alone, a file leaves half of two cores idle;
          // a third beside two makes each of them so much slower that all end no sooner.
          name: "onprem",
          include: ["test/onprem-real/**/*.test.ts"],
          exclude: [longOnprem],
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
          testTimeout: 300_000,
          hookTimeout: 400_000,
        },
      },
      {
        test: {
          // Five to fifteen minutes each: more than all of CI has left.
          name: "onprem-long",
          include: [longOnprem],
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
          testTimeout: 300_000,
          hookTimeout: 400_000,
        },
      },
      {
        test: {
          name: "long",
          include: [...long.engine, ...long.unit],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "engine",
          include: ["test/engine/**/*.test.ts"],
          exclude: ["test/engine/node-release.test.ts", insideOnprem, onpremFleet, ...long.engine],
          // Most of a file's time is waiting (for a rollout, a measurement, an autoscaler): two at once fill two cores.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ].map(({ test }) => ({ test: { ...test, chaiConfig } })),
  },
});
