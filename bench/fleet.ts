import { Engine, type Run } from "../test/support/engine.js";
import { isPlugin, OnpremFleet } from "../test/support/onprem-fleet/index.js";
import { emptyClusterProgram } from "../test/support/onprem-fleet/program.js";
import { withPeakMemory } from "./memory.js";
import type { PairedFigures } from "./statistics.js";

const few = 20;
const many = 200;
const kubernetesVersion = "1.35.3";

interface Measured {
  readonly preview: Run;
  readonly refresh: Run;
  readonly peakMib: number;
}

/** A preview and a refresh of a cluster on so many hosts, which is made and as planned. */
async function measure(hosts: number): Promise<Measured> {
  const fleet = await OnpremFleet.start({ hosts, latencyMilliseconds: 2, kubernetesVersion });
  fleet.isMade = true;
  const engine = await Engine.create({ program: await emptyClusterProgram(), config: fleet.config() });
  try {
    await engine.up({ timeoutSeconds: 600 });
    const watched = (work: () => Promise<Run>) =>
      withPeakMemory(engine.directory, work, { counts: isPlugin, everyMs: 2000 });
    const preview = await watched(() => engine.preview({ timeoutSeconds: 300 }));
    const refresh = await watched(() => engine.refresh({ timeoutSeconds: 300 }));
    return {
      preview: preview.result,
      refresh: refresh.result,
      peakMib: Math.max(preview.peakMib, refresh.peakMib),
    };
  } finally {
    await engine.close();
    await fleet.close();
  }
}

/** 200 played hosts against 20, and against a stack without any. */
export async function benchFleet(pairs: number): Promise<PairedFigures[]> {
  const empty = await Engine.create({ program: "" });
  const rows = new Map<string, { isokube: number[]; peer: number[] } & Omit<PairedFigures, "isokube" | "peer">>();
  const note = (figures: Omit<PairedFigures, "isokube" | "peer">, isokube: number, peer: number) => {
    process.stderr.write(`${figures.quantity}: ${isokube.toFixed(2)} and ${peer.toFixed(2)} ${figures.unit}\n`);
    const row = rows.get(figures.quantity) ?? { ...figures, isokube: [], peer: [] };
    rows.set(figures.quantity, row);
    row.isokube.push(isokube);
    row.peer.push(peer);
  };
  const inAll = { compare: "difference", unit: "s", limit: 30 } as const;
  // What one host adds: what the command takes without any is not counted.
  const aHost = { compare: "ratio", unit: "ms", limit: 1.2 } as const;
  const added = (run: Run, without: Run, hosts: number) => ((run.seconds - without.seconds) * 1000) / hosts;
  try {
    await empty.up();
    for (let pair = 0; pair < pairs; pair++) {
      const without = { preview: await empty.preview(), refresh: await empty.refresh() };
      const small = await measure(few);
      const large = await measure(many);
      for (const what of ["preview", "refresh"] as const) {
        note({ quantity: `${what} of ${many} hosts`, ...inAll }, large[what].seconds, without[what].seconds);
        note(
          { quantity: `what a host adds to a ${what}, of ${many} and of ${few}`, ...aHost },
          added(large[what], without[what], many),
          added(small[what], without[what], few),
        );
      }
      const memory = { quantity: `peak memory of the plugin, ${many} hosts`, unit: "MiB", limit: 400 };
      note({ ...memory, compare: "difference" }, large.peakMib, 0);
    }
  } finally {
    await empty.close();
  }
  return [...rows.values()];
}
