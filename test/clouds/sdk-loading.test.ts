import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const recorder = join(root, "test", "support", "loaded-packages.cjs");
const sdks = { aws: "@pulumi/aws", azure: "@pulumi/azure-native", gcp: "@pulumi/gcp" } as const;
const ranges = { aws: "^7.0.0", azure: "^3.0.0", gcp: "^9.0.0" } as const;
type Cloud = keyof typeof sdks;
const clouds: readonly Cloud[] = ["aws", "azure", "gcp"];

/** Where the built bundle is, and of the SDKs none but those named. */
function installed(...packages: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "isokube-sdks-"));
  cpSync(join(root, "dist"), join(folder, "dist"), { recursive: true });
  for (const name of packages) {
    mkdirSync(dirname(join(folder, "node_modules", name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  return folder;
}

/** What a stack's program is, with the engine's answers in place of the engine. */
const program = (args: object) => `
import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "./dist/index.js";
await pulumi.runtime.setMocks({
  newResource: ({ name, inputs }) => ({ id: name, state: inputs }),
  call: () => ({ names: ["a", "b", "c"], zones: ["a", "b", "c"], accountId: "1", project: "shop", region: "r" }),
});
process.on("unhandledRejection", () => {});
try {
  new Cluster("shop", ${JSON.stringify(args)});
  await new Promise((wake) => setTimeout(wake, 200));
  console.log("made");
} catch (error) {
  console.log(String(error));
}
process.exit(0);
`;

function run(folder: string, args: object): { readonly said: string; readonly loaded: readonly string[] } {
  writeFileSync(join(folder, "program.mjs"), program(args));
  const { stdout, stderr } = spawnSync(process.execPath, ["--require", recorder, "program.mjs"], {
    cwd: folder,
    encoding: "utf8",
    timeout: 60_000,
  });
  const names = /loaded: (?<names>\[.*\])/.exec(stderr)?.groups?.["names"] ?? "[]";
  return { said: stdout.trim(), loaded: JSON.parse(names) as string[] };
}

let folder: string;
beforeAll(() => {
  const build = spawnSync(process.execPath, [join(root, "scripts", "build.mjs"), "--if-stale"], { timeout: 80_000 });
  expect(build.status).toBe(0);
}, 90_000);

describe("with every SDK installed", () => {
  beforeAll(() => {
    folder = installed("@pulumi/pulumi", "@pulumi/kubernetes", ...Object.values(sdks));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const shapes = clouds.flatMap((target) => [
    [target, "pools", { target, pools: { general: { cpu: 4, memory: "16Gi" } } }] as const,
    [target, "serverless", { target, compute: "serverless" }] as const,
  ]);

  test.each(shapes)("a stack on %s with %s loads the SDK of that cloud and no other", (target, _, args) => {
    const { said, loaded } = run(folder, args);
    expect(said).toBe("made");
    expect(loaded.filter((name) => Object.values(sdks).some((sdk) => sdk === name))).toEqual([sdks[target]]);
  });

  test("a local stack loads none", () => {
    const { said, loaded } = run(folder, { target: "local", pools: { general: { cpu: 4, memory: "16Gi" } } });
    expect(said).toBe("made");
    expect(loaded).toContain("@pulumi/pulumi");
    expect(loaded.filter((name) => Object.values(sdks).some((sdk) => sdk === name))).toEqual([]);
  });

  test("a spec that must be portable is checked without the other clouds' SDKs", () => {
    const requirePortableTo = ["azure", "gcp"];
    const { loaded } = run(folder, { target: "aws", compute: "serverless", requirePortableTo });
    expect(loaded).toContain("@pulumi/aws");
    expect(loaded).not.toContain("@pulumi/azure-native");
    expect(loaded).not.toContain("@pulumi/gcp");
  });
});

describe("without any cloud's SDK", () => {
  beforeAll(() => {
    folder = installed("@pulumi/pulumi", "@pulumi/kubernetes");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(clouds)("a stack on %s is told in one line what to install", (target) => {
    const { said } = run(folder, { target, compute: "serverless" });
    expect(said).toBe(
      `SdkMissingError: the package ${sdks[target]} is not installed. Fix: npm install "${sdks[target]}@${ranges[target]}".`,
    );
  });

  test("a local stack misses nothing", () => {
    expect(run(folder, { target: "local", pools: { general: { cpu: 4, memory: "16Gi" } } }).said).toBe("made");
  });
});
