import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build as esbuild } from "esbuild";
import { expect, test } from "vitest";
import { packageVersion } from "../../src/core/package.js";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

function node(args: readonly string[], cwd = root): Promise<Ended> {
  const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => done({ code, said }));
  });
}

/** What a program says first, which for a plugin is its port; then it is ended. */
function firstLine(args: readonly string[], cwd: string): Promise<string> {
  const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "pipe"], timeout: 30_000 });
  let said = "";
  const listen = (text: string) => {
    said += text;
    if (said.includes("\n")) child.kill("SIGKILL");
  };
  child.stdout.setEncoding("utf8").on("data", listen);
  child.stderr.setEncoding("utf8").on("data", listen);
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", () => done(said.split("\n", 1)[0] ?? ""));
  });
}

test("several builds at once leave one whole build", { timeout: 90_000 }, async () => {
  const ends = await Promise.all(Array.from({ length: 3 }, () => node(["scripts/build.mjs", "--if-stale"])));
  expect(ends).toEqual(ends.map(() => ({ code: 0, said: expect.stringMatching(/^built dist\/ in [\d.]+ s\n$/) })));
  for (const output of ["index.js", "stacks/index.js", "plugin/main.js", "cli/main.js", "toolchain/index.js"]) {
    expect(existsSync(join(root, "dist", output)), output).toBe(true);
  }
  expect(existsSync(join(root, "node_modules", ".cache", "isokube-build.lock"))).toBe(false);
  const builder: { isFresh(): boolean } = await import(join(root, "scripts", "build.mjs"));
  expect(builder.isFresh()).toBe(true);
});

test("the library shares the program's Pulumi", { timeout: 90_000 }, async () => {
  const program = `
    const pulumi = await import("@pulumi/pulumi");
    const { Cluster } = await import("./dist/index.js");
    process.exit(Object.getPrototypeOf(Cluster) === pulumi.ComponentResource ? 0 : 1);`;
  expect(await node(["--input-type=module", "--eval", program])).toEqual({ code: 0, said: "" });
});

test("the programs carry everything they need", { timeout: 90_000 }, async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), "isokube-build-"));
  try {
    await cp(join(root, "dist"), join(elsewhere, "dist"), { recursive: true });
    await writeFile(join(elsewhere, "package.json"), '{ "type": "module" }');
    expect(await node([join(elsewhere, "dist", "cli", "main.js"), "--version"], elsewhere)).toEqual({
      code: 0,
      said: `${packageVersion()}\n`,
    });
    expect(await firstLine([join(elsewhere, "dist", "plugin", "main.js")], elsewhere)).toMatch(/^\d+$/);
  } finally {
    await rm(elsewhere, { recursive: true, force: true });
  }
});

test("SSH is carried along, without native code, and loaded only when a host is reached", {
  timeout: 90_000,
}, async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), "isokube-build-"));
  try {
    const builder: { programOptions: BuildOptions } = await import(join(root, "scripts", "build.mjs"));
    const entryPoints = { connector: join(root, "src", "onprem", "transport", "connector.ts") };
    const chunkNames = "chunk-[name]";
    await esbuild({ ...builder.programOptions, absWorkingDir: root, entryPoints, chunkNames, outdir: elsewhere });
    await writeFile(join(elsewhere, "package.json"), '{ "type": "module" }');
    // Nobody listens there, which SSH must find out by itself.
    const program = `
      import { SshConnector } from "./connector.js";
      const ssh = { user: "ops", port: 1, hostKey: "SHA256:${"A".repeat(43)}", privateKeyFile: undefined, agentSocket: "/nonexistent" };
      const target = { name: "node1", host: { address: "127.0.0.1", ssh, sudo: { kind: "none" } } };
      await new SshConnector().use(target, async () => {}).catch((error) => console.log(error.kind, error.message));`;
    const ended = await node(["--input-type=module", "--eval", program], elsewhere);
    expect(ended).toEqual({
      code: 0,
      said: expect.stringContaining("unreachable node1: 127.0.0.1:1 cannot be reached"),
    });
    expect((await stat(join(elsewhere, "connector.js"))).size).toBeLessThan(100_000);
  } finally {
    await rm(elsewhere, { recursive: true, force: true });
  }
});

test("an unknown option is refused", async () => {
  expect(await node(["scripts/build.mjs", "--typs"])).toEqual({
    code: 2,
    said: "unknown option --typs; known: --if-stale, --types\n",
  });
});
