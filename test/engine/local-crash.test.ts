import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { issueCertificate } from "../../src/local/certificates.js";
import {
  destroyCluster,
  ensureCluster,
  type LocalClusterSpec,
  observeCluster,
  probeComponents,
} from "../../src/local/index.js";
import { certificateRequests } from "../../src/local/pki.js";
import { findProcesses } from "../../src/local/processes.js";
import { readRecord } from "../../src/local/record.js";
import { LocalMachine } from "../support/local-machine.js";
import { eventually, kill } from "../support/processes.js";

let machine: LocalMachine;
let program: string;
const children: ChildProcess[] = [];
const servers: Server[] = [];

beforeAll(async () => {
  machine = await LocalMachine.create();
  program = await bundleCreator();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
});
afterAll(() => machine?.close());

/** A program that does nothing but create a cluster, to be killed: laid out as the product is in dist/. */
async function bundleCreator(): Promise<string> {
  const source = resolve(import.meta.dirname, "../../src/local");
  const common = { bundle: true, platform: "node", format: "esm", target: "node20", logLevel: "warning" } as const;
  const entry = `import { ensureCluster } from ${JSON.stringify(join(source, "index.ts"))};
const [spec, binaries] = process.argv.slice(2).map((text) => JSON.parse(text));
await ensureCluster(spec, binaries);`;
  const out = join(machine.home, "program");
  await Promise.all([
    build({ ...common, stdin: { contents: entry, resolveDir: source }, outfile: join(out, "chunks", "create.mjs") }),
    build({
      ...common,
      entryPoints: [join(source, "simulated-kubelet", "main.ts")],
      outfile: join(out, "plugin", "simulated-kubelet.js"),
    }),
  ]);
  await writeFile(join(out, "package.json"), '{"type":"module"}');
  return join(out, "chunks", "create.mjs");
}

function startCreating(spec: LocalClusterSpec): { pid: number; failure: () => string | undefined } {
  const child = spawn(process.execPath, [program, JSON.stringify(spec), JSON.stringify(machine.binaries)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  children.push(child);
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  return { pid: child.pid ?? 0, failure: () => (child.exitCode === null || child.exitCode === 0 ? undefined : errors) };
}

describe("a creation that is killed", () => {
  const name = "left";
  const started = (process: string): boolean => machine.pids(name).has(process);
  const hasNodes = async (): Promise<boolean> => ((await observeCluster(join(machine.home, name)))?.nodes ?? 0) > 0;

  // One after another on the same directory: each run finds what the last one left.
  const points: { after: string; reached: () => boolean | Promise<boolean> }[] = [
    { after: "the directory is made", reached: () => existsSync(join(machine.home, name)) },
    { after: "the record is written", reached: () => existsSync(machine.layout(name).record) },
    { after: "the first certificate", reached: () => existsSync(machine.layout(name).certificate("ca")) },
    { after: "etcd is started", reached: () => started("etcd") },
    { after: "the API server is started", reached: () => started("kube-apiserver") },
    { after: "kwok is started", reached: () => started("kwok") },
    { after: "metrics-server is started", reached: () => started("metrics-server") },
    { after: "the controller manager is started", reached: () => started("kube-controller-manager") },
    { after: "nodes are ready", reached: hasNodes },
  ];

  test("at nine points in a row leaves nothing twice, and the next run finishes it", { timeout: 180_000 }, async () => {
    const spec = machine.spec(name);
    const survivors = new Map<string, number>();
    for (const { after, reached } of points) {
      const creating = startCreating(spec);
      await eventually(
        `creating, until ${after}`,
        async () => {
          const failure = creating.failure();
          if (failure !== undefined) throw new Error(`it failed before ${after}: ${failure}`);
          return (await reached()) ? true : undefined;
        },
        { everyMs: 1, timeoutSeconds: 60 },
      );
      kill(creating.pid);
      // Fails when a process runs twice.
      for (const [process, pid] of machine.pids(name)) survivors.set(process, pid);
    }
    const state = await machine.ensure(spec);
    expect(new Set(Object.values(state.components))).toEqual(new Set(["running"]));
    expect(state.nodes).toBe(2);
    const kept = [...machine.pids(name)].filter(([process, pid]) => survivors.get(process) === pid);
    expect(kept.map(([process]) => process)).toContain("etcd");
  });
});

describe("two clusters side by side", () => {
  // The left one is that of the test before, however often its creation was killed.
  test("share nothing, and one's end does not touch the other", async () => {
    const [left, right] = [machine.spec("left"), machine.spec("right")];
    const [leftState, rightState] = await Promise.all([machine.ensure(left), machine.ensure(right)]);
    const ports = [...Object.values(leftState.ports), ...Object.values(rightState.ports)];
    expect(new Set(ports).size).toBe(ports.length);

    // A certificate of one is a stranger's at the other.
    const stranger = machine.api("left", leftState);
    const atRight = machine.api("left", { ...leftState, ports: rightState.ports });
    await expect(atRight.get("/api")).rejects.toThrow(/certificate|self-signed|401/i);
    expect(await stranger.answersOk("/readyz", 5_000)).toBe(true);
    stranger.close();
    atRight.close();

    expect(await machine.destroy("left")).toBe("destroyed");
    const others = (await machine.leftovers()).filter((left) => !/right|program$/.test(left));
    expect(others).toEqual([]);
    expect(await observeCluster(right.dataDirectory)).toEqual(rightState);
  });

  test("after the machine was down, one comes back with its data and avoids a port that was taken meanwhile", async () => {
    const spec = machine.spec("right");
    const before = await observeCluster(spec.dataDirectory);
    if (before === undefined) throw new Error("the cluster of the test before is gone");
    const api = machine.api("right", before);
    await api.create("/api/v1/namespaces/default/configmaps", { metadata: { name: "kept" }, data: { key: "value" } });
    api.close();
    for (const pid of machine.pids("right").values()) kill(pid);
    const [taken, port] = ["kube-scheduler", before.ports["kube-scheduler"] ?? 0];
    await eventually("all are gone", async () => (machine.pids("right").size === 0 ? true : undefined));
    expect(new Set(Object.values((await observeCluster(spec.dataDirectory))?.components ?? {}))).toEqual(
      new Set(["down"]),
    );
    await occupy(port);

    const after = await machine.ensure(spec);
    const { [taken]: newPort, ...others } = after.ports;
    const { [taken]: oldPort, ...sameOthers } = before.ports;
    expect(newPort).not.toBe(oldPort);
    expect(others).toEqual(sameOthers);
    const again = machine.api("right", after);
    expect(await again.get("/api/v1/namespaces/default/configmaps/kept")).toMatchObject({ data: { key: "value" } });
    again.close();
  });

  async function occupy(port: number): Promise<void> {
    const server = createServer();
    servers.push(server);
    await eventually(
      "the port can be taken",
      () =>
        new Promise<true | undefined>((done) => {
          server.once("error", () => done(undefined));
          server.listen(port, "127.0.0.1", () => done(true));
        }),
    );
  }

  test("a certificate near its end is renewed, and only who uses it is restarted", async () => {
    const spec = machine.spec("right");
    const layout = machine.layout("right");
    const before = machine.pids("right");
    const authority = {
      certificate: await readFile(layout.certificate("ca"), "utf8"),
      key: await readFile(layout.key("ca"), "utf8"),
    };
    const request = certificateRequests(spec.serviceCidr)["kube-scheduler-serving"];
    if (request === undefined) throw new Error("unreachable: the scheduler has a certificate");
    const old = issueCertificate(authority, request, new Date(Date.now() - 340 * 24 * 3600 * 1000));
    await writeFile(layout.certificate("kube-scheduler-serving"), old.certificate);
    await writeFile(layout.key("kube-scheduler-serving"), old.key);

    await machine.ensure(spec);
    expect(await readFile(layout.certificate("kube-scheduler-serving"), "utf8")).not.toBe(old.certificate);
    const after = machine.pids("right");
    expect([...after.keys()].filter((process) => after.get(process) !== before.get(process))).toEqual([
      "kube-scheduler",
    ]);
  });

  test("two runs at once on one directory take turns", async () => {
    const spec = machine.spec("right");
    kill(machine.pids("right").get("kube-scheduler") ?? 0);
    const [first, second] = await Promise.all([machine.ensure(spec), machine.ensure(spec)]);
    expect(first).toEqual(second);
    expect(machine.pids("right").size).toBe(7);
  });

  test("a component that does not start is named, with the end of its log; the rest runs on", async () => {
    const failing = join(machine.home, "program", "scheduler.sh");
    await writeFile(failing, "#!/bin/sh\necho 'no such flag: --nonsense' >&2\nexit 1\n", { mode: 0o755 });
    const spec = machine.spec("right");
    const broken = ensureCluster(spec, { ...machine.binaries, "kube-scheduler": failing });
    await expect(broken).rejects.toThrow(/kube-scheduler exited with code 1[\s\S]*no such flag: --nonsense/);
    expect(await probeComponents(spec.dataDirectory)).toMatchObject({
      "kube-apiserver": "running",
      "kube-scheduler": "down",
    });
  });

  test("a run that is told to stop does so, and the next one goes on", async () => {
    const spec = machine.spec("right");
    kill(machine.pids("right").get("kube-apiserver") ?? 0);
    // Until the kernel has taken it down it counts as one that runs, and the run would meet it dying.
    await eventually("the killed API server is gone", async () =>
      machine.pids("right").has("kube-apiserver") ? undefined : true,
    );
    const stopping = ensureCluster(spec, machine.binaries, { signal: AbortSignal.timeout(300) });
    await expect(stopping).rejects.toThrow(/abort|timeout/i);
    expect(new Set(Object.values((await machine.ensure(spec)).components))).toEqual(new Set(["running"]));
  });

  test("a damaged record is told, and does not keep the cluster from being removed", async () => {
    const layout = machine.layout("right");
    expect(readRecord(layout)).toBeDefined();
    await writeFile(layout.record, '{"format":1,');
    await expect(machine.ensure(machine.spec("right"))).rejects.toThrow(/cluster\.json is not JSON/);
    expect(await machine.destroy("right")).toBe("destroyed");
    expect(findProcesses(layout)).toEqual([]);
  });
});

describe("a directory that holds something else", () => {
  test("is neither used nor removed", async () => {
    const directory = join(machine.home, "documents");
    await mkdir(directory);
    await writeFile(join(directory, "letter.txt"), "dear");
    await expect(machine.ensure(machine.spec("documents"))).rejects.toThrow(/is not empty and holds no cluster/);
    await expect(destroyCluster(directory)).rejects.toThrow(/holds files but no cluster/);
    expect(await readdir(directory)).toEqual(["letter.txt"]);
  });
});
