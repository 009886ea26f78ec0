import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "../test/support/engine.js";
import { ensureBundle } from "../test/support/hosts/bundle.js";
import { startHosts, type TestHosts } from "../test/support/hosts/index.js";
import { KubectlAt } from "../test/support/hosts/kubectl.js";
import { onpremConfig } from "../test/support/hosts/stack.js";
import { partPaths } from "../test/support/parts.js";
import { eventually } from "../test/support/processes.js";
import { writeParts } from "./onprem-parts.js";
import type { PairedFigures } from "./statistics.js";

const clusterProgram = `
import { Cluster, clusterArgsFromConfig } from "isokube";
export const kubeconfig = new Cluster("shop", clusterArgsFromConfig()).kubeconfig;
`;
const names = ["cp1", "worker1", "worker2", "worker3"];
const script = join(import.meta.dirname, "onprem-by-hand.sh");

interface Figures {
  readonly up: number;
  readonly join: number;
}

/**
 * A cluster of one control plane and two workers, and a third worker later,
 * against a shell script that does the same by hand on the same hosts, which
 * are installed anew in between.
 */
export async function benchOnprem(pairs: number): Promise<PairedFigures[]> {
  const bundle = (await ensureBundle("1.35")).folder;
  const folder = mkdtempSync(join(tmpdir(), "isokube-bench-onprem-"));
  const isokube: Figures[] = [];
  const peer: Figures[] = [];
  const again: number[] = [];
  const empty: number[] = [];
  const hosts = await startHosts({ count: names.length, names });
  try {
    for (let pair = 0; pair < pairs; pair++) {
      if (pair > 0) await Promise.all(hosts.all.map((host) => host.reimage()));
      const measured = await measureIsokube(hosts, bundle, folder);
      isokube.push(measured);
      again.push(measured.again);
      empty.push(measured.empty);
      await Promise.all(hosts.all.map((host) => host.reimage()));
      peer.push(await measureByHand(hosts, folder));
    }
  } finally {
    await hosts.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const of = (figures: readonly Figures[], key: keyof Figures) => figures.map((each) => each[key]);
  return [
    row("bare metal: `up` of 1 control plane and 2 workers", of(isokube, "up"), of(peer, "up"), 1.15),
    row("bare metal: a worker more, until it is Ready", of(isokube, "join"), of(peer, "join"), 1.3),
    { ...row("bare metal: no-op `up` of 4 hosts, beyond an empty `up`", again, empty, 6), compare: "difference" },
  ];
}

function row(quantity: string, isokube: number[], peer: number[], limit: number): PairedFigures {
  return { quantity, unit: "s", isokube, peer, limit };
}

async function measureIsokube(hosts: TestHosts, bundle: string, folder: string) {
  const config = onpremConfig(hosts, bundle, ["cp1"], ["worker1", "worker2"]);
  const engine = await Engine.create({ program: clusterProgram, config });
  const idle = await Engine.create({ program: "export {};", project: "empty" });
  try {
    await idle.up();
    const up = await engine.up({ timeoutSeconds: 900 });
    note("isokube", "up", up.seconds);
    const kubeconfig = join(folder, "isokube.conf");
    writeFileSync(kubeconfig, String((await engine.outputs())["kubeconfig"]), { mode: 0o600 });
    const kubectl = await KubectlAt.of(kubeconfig);
    await engine.setConfig(onpremConfig(hosts, bundle, ["cp1"]));
    const begun = performance.now();
    const adding = engine.up({ timeoutSeconds: 600 });
    await eventually(
      "worker3 is Ready",
      async () => {
        const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
        const seen = ["get", "node", "worker3", "--ignore-not-found", "--output", path];
        return (await kubectl.text(seen)) === "True" ? true : undefined;
      },
      { timeoutSeconds: 600, everyMs: 250 },
    );
    const joined = (performance.now() - begun) / 1000;
    note("isokube", "a worker more", joined);
    const added = await adding;
    note("isokube", "and the whole up", added.seconds);
    const made = added.steps.filter(({ op }) => op === "create").map(({ name }) => name);
    if (made.join() !== "shop-worker3") throw new Error(`a worker more made ${made.join(", ")}`);
    const again = await engine.up({ timeoutSeconds: 180 });
    if (Object.keys(again.changes).some((op) => op !== "same")) {
      throw new Error(`an up with nothing to do was to change nothing: ${JSON.stringify(again.changes)}`);
    }
    const nothing = await idle.up();
    note("isokube", "no-op up", again.seconds);
    note("empty", "no-op up", nothing.seconds);
    const { resources = [] } = await engine.checkpoint();
    const [program] = await partPaths(["kubectl"]);
    writeParts(folder, hosts, { bundle, kubectl: program, resources });
    return { up: up.seconds, join: joined, again: again.seconds, empty: nothing.seconds };
  } finally {
    await Promise.all([engine.close(), idle.close()]);
  }
}

async function measureByHand(hosts: TestHosts, folder: string): Promise<Figures> {
  const lines = hosts.all.map(
    ({ name, address }) => `${name} ${address} ${name === "cp1" ? "controlPlane" : "worker"}\n`,
  );
  writeFileSync(join(folder, "hosts"), lines.slice(0, 3).join(""));
  writeFileSync(join(folder, "joining"), lines.slice(3).join(""));
  const up = await byHand("up", folder);
  const joined = await byHand("join", folder);
  return { up, join: joined };
}

async function byHand(what: "up" | "join", folder: string): Promise<number> {
  const begun = performance.now();
  const child = spawn("/bin/sh", [script, what, folder], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((done, failed) => {
    child.once("error", failed);
    child.once("close", done);
  });
  const seconds = (performance.now() - begun) / 1000;
  if (code !== 0) throw new Error(`the shell script's ${what} ended with ${code}:\n${output.slice(-4000)}`);
  note("by hand", what, seconds);
  return seconds;
}

function note(who: string, what: string, seconds: number): void {
  process.stderr.write(`${who}: ${what}: ${seconds.toFixed(2)} s\n`);
}
