import { existsSync, readdirSync } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { controlPlaneClass } from "../support/control-plane-program.js";
import { Engine, type Run } from "../support/engine.js";

const secretCidr = "10.99.0.0/16";

/** Two clusters in one stack; what the second is made from is known only when the first is there. */
const program = `
import * as pulumi from "@pulumi/pulumi";
${controlPlaneClass}
const config = new pulumi.Config();
const kubernetesVersion = config.get("version") ?? "1.35";
const pool = { name: "general", count: config.getNumber("count") ?? 2, cpu: "4", memory: "16Gi" };
const first = new ControlPlane("first", { kubernetesVersion, pools: [pool] }, config.get("import") ? { import: config.get("import") } : {});
export const kubeconfig = first.kubeconfig;
export const firstEndpoint = first.endpoint;
export const firstDirectory = first.dataDirectory;
if (config.getBoolean("pair") ?? true) {
  const port = first.endpoint.apply((endpoint) => new URL(endpoint).port);
  new ControlPlane("second", {
    pools: [{ ...pool, labels: { "example.com/neighbour": port } }],
    podCidr: pulumi.secret("${secretCidr}"),
    secretsEncryption: true,
  });
}
`;

const runs: Run[] = [];
let engine: Engine;

beforeAll(async () => {
  engine = await Engine.create({ program, project: "shop" });
});
afterAll(() => engine.close());

/** Remembers what a command printed, for the search for secrets at the end. */
async function seen(run: Promise<Run>): Promise<Run> {
  const finished = await run;
  runs.push(finished);
  return finished;
}

const opsOf = (run: Run): Record<string, string> =>
  Object.fromEntries(
    run.steps.filter(({ type }) => type === "isokube:local:ControlPlane").map(({ name, op }) => [name, op]),
  );

function clusterDirectory(name: string): string {
  return join(engine.isokubeHome, "clusters", name);
}

test("the schema that the plugin gives is one that Pulumi's code generators take", async () => {
  const plugin = fileURLToPath(new URL("../../plugin/pulumi-resource-isokube", import.meta.url));
  const { stdout } = await engine.pulumi(["package", "get-schema", plugin]);
  const file = join(engine.directory, "schema.json");
  await writeFile(file, stdout);
  const { output } = await engine.pulumi(["schema", "check", file]);
  expect(output).not.toMatch(/error|warning/i);
  expect(Object.keys(JSON.parse(stdout).resources)).toEqual([
    "isokube:index:ReplacementGuard",
    "isokube:local:ControlPlane",
    "isokube:onprem:ControlPlane",
    "isokube:onprem:Worker",
  ]);
});

describe("two clusters in one stack", () => {
  test("are previewed completely, although one hangs on what only the other will tell", async () => {
    const preview = await seen(engine.preview({ args: ["--diff"] }));
    expect(opsOf(preview)).toEqual({ first: "create", second: "create" });
    expect(preview.stdout).toContain("example.com/neighbour: [unknown]");
    expect(readdirSync(engine.directory)).not.toContain("clusters-home");
  });

  test("are created side by side, each on ports of its own", async () => {
    const up = await seen(engine.up({ args: ["--diff"] }));
    expect(opsOf(up)).toEqual({ first: "create", second: "create" });
    const status = up.diagnostics.filter(({ ephemeral }) => ephemeral).map(({ message }) => message.trim());
    expect(status).toContain("Kubernetes 1.35.3 runs with 2 nodes");
    const { resources = [] } = await engine.checkpoint();
    const outputs = resources.flatMap(({ type, outputs }) => (type === "isokube:local:ControlPlane" ? [outputs] : []));
    expect(outputs).toHaveLength(2);
    for (const output of outputs) {
      expect(output).toMatchObject({ version: "1.35.3", nodes: 2 });
      expect(Object.values(output?.["components"] ?? {})).toEqual(Array(6).fill("running"));
    }
    expect(outputs[0]?.["endpoint"]).not.toBe(outputs[1]?.["endpoint"]);
  });

  test("are left alone by a second up and a refresh", async () => {
    const again = await seen(engine.up());
    expect(again.changes).toEqual({ same: 3 });
    const refresh = await seen(engine.refresh());
    expect(refresh.changes).toEqual({ same: 3 });
  });
});

describe("a change of version", () => {
  const plan = async (version: string): Promise<Run> => {
    await engine.setConfig({ "shop:version": version });
    return seen(engine.preview({ mayFail: true, args: ["--diff"] })).finally(() =>
      engine.setConfig({ "shop:version": "1.35" }),
    );
  };

  test("to the next minor is planned as an update in place", async () => {
    const preview = await plan("1.36");
    expect(preview.exitCode).toBe(0);
    expect(preview.changes).toEqual({ same: 2, update: 1 });
    const step = preview.steps.find(({ name }) => name === "first");
    expect(step).toMatchObject({ op: "update", detailedDiff: { kubernetesVersion: "update" } });
  });

  test.each([
    ["to an older minor is refused", "1.34", "the cluster has 1.35, and Kubernetes cannot be downgraded"],
    ["to one that nobody has is refused with those there are", "1.36.99", "use one of 1.35 (1.35.3), 1.36 (1.36.3)"],
  ])("%s", async (_, version, words) => {
    const preview = await plan(version);
    expect(preview.exitCode).not.toBe(0);
    expect(preview.output).toContain("property kubernetesVersion");
    expect(preview.output).toContain(words);
  });
});

describe("another stack", () => {
  test("imports a cluster by its name, and then has nothing to change", async () => {
    const config = { "shop:import": "shop-dev-first", "shop:pair": "false" };
    await engine.addStack("other", config);
    const imported = await seen(engine.up({ stack: "other" }));
    expect(opsOf(imported)).toEqual({ first: "import" });
    expect(imported.stdout).not.toContain("warning");
    const again = await seen(engine.up({ stack: "other" }));
    expect(again.changes).toEqual({ same: 2 });
  });

  test("is told whose a cluster is that it would take for its own", async () => {
    await engine.addStack("thief", { "shop:pair": "false" });
    const source = program.replace(
      'new ControlPlane("first", {',
      'new ControlPlane("first", { clusterName: "shop-dev-first",',
    );
    await engine.writeProgram(source);
    const up = await seen(engine.up({ stack: "thief", mayFail: true }));
    expect(up.exitCode).not.toBe(0);
    expect(up.output).toContain("urn:pulumi:dev::shop::isokube:local:ControlPlane::first");
    const { resources = [] } = await engine.checkpoint("thief");
    expect(resources.filter(({ type }) => type === "isokube:local:ControlPlane")).toEqual([]);
    await engine.writeProgram(program);
  });
});

describe("secrets", () => {
  const clusters = ["shop-dev-first", "shop-dev-second"];

  test("are in no state, log, diff or event", async () => {
    const needles = await secretsOf(clusters);
    const { text } = await engine.stackExport();
    const { text: other } = await engine.stackExport("other");
    const checkpoints = JSON.stringify([await engine.checkpoint(), await engine.checkpoint("thief")]);
    const logs = await Promise.all(clusters.map((name) => readFolder(join(clusterDirectory(name), "logs"))));
    // Its own addresses are no secret to a control plane.
    const keys = needles.filter((needle) => needle !== secretCidr);
    for (const log of logs.flat()) expect(found(log, keys)).toEqual([]);
    const channels = {
      "the exported state": text,
      "the exported state of the importing stack": other,
      "the backend's files": checkpoints,
      ...Object.fromEntries(
        runs.flatMap(({ command, output, raw }, index) => [
          [`the output of ${index}: ${command}`, output],
          [`the event log of ${index}: ${command}`, withoutDebug(raw)],
        ]),
      ),
    };
    const leaks = Object.entries(channels).flatMap(([channel, content]) =>
      found(content, needles).map((leak) => `${channel}: ${around(content, leak)}`),
    );
    expect(leaks).toEqual([]);
  });

  test("are there for who asks for them", async () => {
    const { kubeconfig } = await engine.outputs();
    expect(kubeconfig).toContain("client-key-data");
    const shown = await engine.pulumi(["stack", "export", "--show-secrets"], { stack: engine.defaultStack });
    expect(found(shown.stdout, await secretsOf(clusters))).not.toEqual([]);
  });

  /** What must not be seen: the passphrase, a secret input, and a stretch of every key, plain and encoded. */
  async function secretsOf(names: readonly string[]): Promise<string[]> {
    const files = await Promise.all(names.map((name) => readFolder(join(clusterDirectory(name), "pki"), ".key")));
    expect(files.flat().length).toBeGreaterThan(10);
    return [engine.passphrase, secretCidr, ...files.flat().flatMap(keyMaterial)];
  }

  /** Pulumi's own SDK writes whole requests into its debug lines, for every resource of every provider. */
  function withoutDebug(eventLog: string): string {
    return eventLog
      .split("\n")
      .filter((line) => !line.includes('"severity":"debug"'))
      .join("\n");
  }

  async function readFolder(directory: string, suffix = ""): Promise<string[]> {
    const files = readdirSync(directory).filter((file) => file.endsWith(suffix));
    return Promise.all(files.map((file) => readFile(join(directory, file), "utf8")));
  }

  /** A stretch of a key that is in no certificate, as it is and as it looks inside an encoded file. */
  function keyMaterial(key: string): string[] {
    const [first = "", second] = key.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
    // A private key's first line is the same for all keys of its kind; what follows is its own, and private.
    const own = (second ?? first).slice(0, 24);
    if (own.length < 24) throw new Error("not a key");
    const at = key.indexOf(own);
    const encoded = Buffer.from(key).toString("base64");
    return [own, encoded.slice(Math.ceil(at / 3) * 4, Math.floor((at + own.length) / 3) * 4)];
  }

  /** Secrets that a text holds, as they are or encoded, once or twice. */
  function found(text: string, needles: readonly string[]): string[] {
    const readings = [text, ...base64Decoded(text)];
    const patterns = [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, /eyJhbGciOi[\w-]+\.[\w-]+/];
    return [
      ...needles.filter((needle) => readings.some((reading) => reading.includes(needle))),
      ...patterns.filter((pattern) => readings.some((reading) => pattern.test(reading))).map(String),
    ];
  }

  /** Where a secret was found, for whoever has to find out why. */
  function around(text: string, needle: string): string {
    const at = text.indexOf(needle);
    return at < 0 ? `encoded ${needle}` : text.slice(Math.max(0, at - 80), at + needle.length + 20);
  }

  function base64Decoded(text: string, depth = 2): string[] {
    if (depth === 0) return [];
    const words = text.match(/[A-Za-z0-9+/]{64,}={0,2}/g) ?? [];
    return words.flatMap((word) => {
      const decoded = Buffer.from(word, "base64").toString("latin1");
      return [decoded, ...base64Decoded(decoded, depth - 1)];
    });
  }
});

describe("destroy", () => {
  test("leaves no process, no port and no file", async () => {
    const { resources = [] } = await engine.checkpoint();
    const ports = resources.flatMap(({ outputs }) => {
      const endpoint = outputs?.["endpoint"];
      return typeof endpoint === "string" ? [Number(new URL(endpoint).port)] : [];
    });
    expect(ports).toHaveLength(2);
    expect((await stat(clusterDirectory("shop-dev-first"))).mode & 0o777).toBe(0o700);

    const destroy = await seen(engine.destroy());
    expect(destroy.changes).toEqual({ delete: 3 });
    expect((await engine.processes()).map(({ command }) => command)).toEqual([]);
    expect(await Promise.all(ports.map(answers))).toEqual([false, false]);
    expect(existsSync(clusterDirectory("shop-dev-first"))).toBe(false);
    expect(readdirSync(join(engine.isokubeHome, "clusters"))).toEqual([]);
  });

  test("has nothing to do the second time", async () => {
    const destroy = await seen(engine.destroy());
    expect(destroy.changes).toEqual({});
    expect(opsOf(destroy)).toEqual({});
  });

  test("and a refresh, of a stack that still has what is gone", async () => {
    const refresh = await seen(engine.refresh({ stack: "other" }));
    expect(opsOf(refresh)["first"]).toBe("delete");
    expect((await engine.checkpoint("other")).resources?.map(({ type }) => type)).toEqual([
      "pulumi:pulumi:Stack",
      "pulumi:providers:isokube",
    ]);
  });

  function answers(port: number): Promise<boolean> {
    return new Promise((done) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => {
        socket.destroy();
        done(true);
      });
      socket.once("error", () => done(false));
    });
  }
});
