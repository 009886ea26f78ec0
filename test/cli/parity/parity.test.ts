import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Parity } from "../../../src/components/parity.js";

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const recorder = join(root, "test", "support", "loaded-packages.cjs");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "isokube-parity-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** As a user runs it: the built program, in the user's own folder. */
function parity(...args: readonly string[]) {
  const run = spawnSync(
    process.execPath,
    ["--require", recorder, join(root, "bin", "isokube.mjs"), "parity", ...args],
    {
      cwd: folder,
      encoding: "utf8",
      timeout: 60_000,
    },
  );
  const loaded = /loaded: (?<names>\[.*\])/.exec(run.stderr)?.groups?.["names"] ?? "[]";
  return { code: run.status, out: run.stdout, err: run.stderr, loaded: JSON.parse(loaded) as string[] };
}

function json(...args: readonly string[]): { readonly code: number | null; readonly parity: Parity } {
  const { code, out } = parity(...args, "--json");
  return { code, parity: JSON.parse(out) };
}

const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const pools = '{ general: { cpu: 4, memory: "16Gi", min: 2, max: 10, arch: arm64 } }';
const spec = `target: aws\npools: ${pools}\n`;

// The first to run builds; that is no part of what is measured.
beforeAll(() => {
  spawnSync(process.execPath, [join(root, "bin", "isokube.mjs"), "--version"], { timeout: 60_000 });
}, 90_000);

describe("isokube parity", () => {
  test("says what realises a spec on each target, and where it differs", () => {
    write("spec.yaml", spec);
    const { code, out } = parity("spec.yaml", "--name", "shop");
    expect(code).toBe(0);
    expect(out).toMatch(/pools\.general\.cpu +4 +native +aws:eks:NodeGroup shop-general instanceTypes = m\d+g\.xlarge/);
    expect(out).toMatch(
      /pools\.general\.cpu +4 +native +azure-native:containerservice:AgentPool \S+ vmSize = Standard_D4p/,
    );
    expect(out).toMatch(
      /pools\.general\.cpu +4 +native +gcp:container:NodePool \S+ nodeConfig\.machineType = \S+-4 \(4 CPU/,
    );
    expect(out).toMatch(/pools\.general\.max: nodes are simulated and no autoscaler runs/);
    expect(out).toMatch(/^ +aws +azure +gcp +onprem +local$/m);
    expect(out).toMatch(/^pools\.general\.max +addon +native +native +unsupported +unsupported$/m);
    expect(out).toMatch(/^contract: metricsApi +addon +native +native +addon +emulated$/m);
    expect(out).toContain("The spec fits aws and every target in requirePortableTo.");
  });

  test("loads no cloud's SDK, and takes less than 3 s", () => {
    write("spec.yaml", spec);
    const started = performance.now();
    const { code, loaded } = parity("spec.yaml");
    expect((performance.now() - started) / 1000).toBeLessThan(3);
    expect(code).toBe(0);
    expect(loaded.filter((name) => name.startsWith("@pulumi/"))).toEqual(["@pulumi/pulumi"]);
  });

  test("leaves Pulumi to the one command that needs it", () => {
    const run = spawnSync(process.execPath, ["--require", recorder, join(root, "bin", "isokube.mjs"), "--help"], {
      encoding: "utf8",
    });
    expect(run.stderr).toContain("loaded: ");
    expect(run.stderr).not.toContain("@pulumi/");
  });

  test("gives the same as JSON", () => {
    write("spec.json", JSON.stringify({ target: "gcp", compute: "serverless" }));
    const { code, parity: told } = json("spec.json");
    expect(code).toBe(0);
    expect(told).toMatchObject({ source: "spec.json", target: "gcp", compute: "serverless", problems: [] });
    expect(told.targets.map(({ target }) => target)).toEqual(["aws", "azure", "gcp", "onprem", "local"]);
    const gcp = told.targets.find(({ target }) => target === "gcp");
    expect(gcp?.rows.find(({ property }) => property === "compute")).toMatchObject({ requested: "serverless" });
    expect(gcp?.contract.find(({ property }) => property === "gateway")).toMatchObject({ level: "addon" });
    const local = told.targets.find(({ target }) => target === "local");
    expect(local?.problems).toMatchObject([{ code: "capability/unsupported", path: "compute" }]);
  });

  test("ends with 1 where the spec must be portable to a target that it does not fit", () => {
    write("spec.yaml", `${spec}requirePortableTo: [azure, local]\n`);
    const { code, out, err } = parity("spec.yaml");
    expect(code).toBe(1);
    expect(out).toMatch(/pools\.general\.max = 10: requirePortableTo names local, which cannot give this/);
    expect(err).toContain("spec.yaml: 1 problem.");
    write("spec.yaml", `${spec}requirePortableTo: [azure, gcp]\n`);
    expect(parity("spec.yaml").code).toBe(0);
  });

  test("asks the adapters too: a machine that another cloud does not have is no parity", () => {
    const gpu = "{ ml: { cpu: 4, memory: 16Gi, gpu: { type: nvidia-a10 } }, general: { cpu: 4, memory: 16Gi } }";
    write("spec.yaml", `target: aws\npools: ${gpu}\nrequirePortableTo: [gcp]\n`);
    const { code, parity: told } = json("spec.yaml");
    expect(code).toBe(1);
    expect(told.problems).toMatchObject(
      [{ code: "portability/refused", path: "pools.ml.gpu.type", value: "nvidia-a10", fix: /nvidia-l4/ }].map(
        ({ fix, ...problem }) => ({ ...problem, fix: expect.stringMatching(fix) }),
      ),
    );
  });

  test("ignores the blocks of other targets, so that one file serves all", () => {
    write("spec.yaml", `${spec}aws: { zones: [eu-west-1a, eu-west-1b, eu-west-1c] }\ngcp: { region: europe-west1 }\n`);
    expect(json("spec.yaml")).toMatchObject({ code: 0, parity: { problems: [] } });
  });

  test("reads a stack's config, its project's defaults and encrypted values, without an engine", () => {
    write(
      "Pulumi.yaml",
      "name: shop\nruntime: nodejs\nstackConfigDir: stacks\nconfig:\n  isokube:target: { value: azure }\n",
    );
    mkdirSync(join(folder, "stacks"));
    writeFileSync(
      join(folder, "stacks", "Pulumi.prod.yaml"),
      `config:\n  isokube:kubernetesVersion: 1.35\n  isokube:pools: ${pools}\n  isokube:tags: { owner: { secure: v1:c2VjcmV0 } }\n  shop:own: 1\n`,
    );
    const { out, ...run } = parity("prod");
    expect(out).toContain("stack prod (stacks/Pulumi.prod.yaml): target azure, compute pools.");
    expect(run.code).toBe(0);
    expect(out).toMatch(/kubernetesVersion +1\.35 +native/);
    expect(out).toContain('{"owner":"known only later"}');
    expect(out).not.toContain("c2VjcmV0");
  });

  test("names config keys where the config is wrong", () => {
    write("Pulumi.yaml", "name: shop\nruntime: nodejs\n");
    write("Pulumi.prod.yaml", `config:\n  isokube:target: aws\n  isokube:pools: ${pools}\n  isokube:netwrok: {}\n`);
    const { code, out } = parity("prod");
    expect(code).toBe(1);
    expect(out).toContain("isokube:netwrok: nothing reads this key. Fix: rename it to isokube:network.");
  });

  test.each<[string, string, RegExp]>([
    ["stagin", "a stack that is misspelt", /stacks with a config: staging\. Did you mean staging\?/],
    ["spec.yaml", "a file that is missing", /spec\.yaml: there is no such file\./],
    ["broken.yaml", "a file that is neither YAML nor JSON", /broken\.yaml: this is neither YAML nor JSON/],
    ["empty.yaml", "a file without a target", /empty\.yaml: 1 problem; .*\n {2}args/],
  ])("ends with 2 for %s, %s", (name, _, message) => {
    write("Pulumi.yaml", "name: shop\nruntime: nodejs\n");
    write("Pulumi.staging.yaml", "config: {}\n");
    write("broken.yaml", "a: [");
    write("empty.yaml", "");
    const { code, out, err } = parity(name);
    expect(err).toMatch(message);
    expect(code).toBe(2);
    expect(out).toBe("");
  });
});
