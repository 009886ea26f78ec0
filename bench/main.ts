import { cpus, totalmem } from "node:os";
import { benchCloudPreview } from "./cloud-preview.js";
import { withBenchCluster } from "./cluster.js";
import { benchFleet } from "./fleet.js";
import { benchLocalCreate } from "./local-create.js";
import { benchOnprem } from "./onprem.js";
import { benchStartup } from "./startup.js";
import { figuresHeader, medianComparison, type PairedFigures, renderFigures } from "./statistics.js";
import { benchWorkloads } from "./workloads.js";

const benches: Record<string, (pairs: number) => Promise<PairedFigures[]>> = {
  workloads: (pairs) => withBenchCluster((kubeconfig) => benchWorkloads(kubeconfig, pairs)),
  startup: benchStartup,
  local: benchLocalCreate,
  cloud: benchCloudPreview,
  fleet: benchFleet,
  onprem: benchOnprem,
};

const [asked = "all", pairsText = "3"] = process.argv.slice(2);
/** Needs root and makes hosts: only when it is asked for. */
const apart = ["onprem"];
const chosen = Object.entries(benches).filter(([name]) => (asked === "all" ? !apart.includes(name) : asked === name));
if (chosen.length === 0) {
  process.stderr.write(`no bench named ${asked}; there are: ${Object.keys(benches).join(", ")}\n`);
  process.exit(2);
}
process.stdout.write(
  `machine: ${cpus().length} × ${cpus()[0]?.model ?? "?"}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB; Node ${process.versions.node}; ${pairsText} pairs\n\n${figuresHeader}\n`,
);
let over = 0;
for (const [, bench] of chosen) {
  for (const figures of await bench(Number(pairsText))) {
    process.stdout.write(`${renderFigures(figures)}\n`);
    if (medianComparison(figures) > figures.limit) over += 1;
  }
}
process.exitCode = over === 0 ? 0 : 1;
