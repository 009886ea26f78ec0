// `npm test`: brings everything the tests need, then runs the default suite on
// this Node, then the part that depends on the Node release on Node 22 too.
// `--all` adds what takes long: crashes, the contract, simulated clouds, and, for root,
// real hosts. Any other arguments are handed to vitest, and only that run is done.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundleArguments } from "../test/support/hosts/bundle-command.mjs";
import { bootstrap } from "./bootstrap.mjs";
import { ensureNode22 } from "./lib/other-node.mjs";
import { main, runQuietly, StepFailed, say } from "./lib/step.mjs";
import { describeFailures, readVitestReport } from "./lib/vitest-report.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");

/** The projects of vitest.config.ts that `npm test` runs, and those that `--all` adds; `npm run check` compiles types. */
const defaultSuite = ["unit", "node-release", "engine"];
const longSuite = ["types", "long", "clouds"];

/** Real hosts: only root may boot them, so that others get all but these. */
const hostsSuite = ["onprem"];
const projects = (names) => names.flatMap((name) => ["--project", name]);

/** What the tests upgrade to. */
const upgradeMinor = "1.36";

/**
 * One run of vitest; its result as counts. A quiet one is shown when it is over,
 * so that two at once can be read.
 */
async function runVitest({ title, node, args, reportDirectory, quiet }) {
  const report = join(reportDirectory, `${title.replaceAll(" ", "-")}.json`);
  say(title);
  let output = "";
  const code = await new Promise((resolve, reject) => {
    const child = spawn(
      node,
      [vitest, "run", ...args, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
      {
        cwd: root,
        stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
        // The language host starts `node` from PATH: the engine tests must run the program on this same release.
        env: { ...process.env, PATH: `${dirname(node)}:${process.env.PATH ?? ""}` },
      },
    );
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => child.kill(signal));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    }
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { output, ...readVitestReport({ title, code, report, root }) };
}

/** There once the product is built. */
const importToolchain = () => import(pathToFileURL(join(root, "dist", "toolchain", "index.js")).href);

async function runOnNode22(reportDirectory) {
  const { cacheDirectory } = await importToolchain();
  const node = await ensureNode22(cacheDirectory());
  // What runs in the user's own Node: the program's side, the plugin, the engine of local clusters, the toolchain.
  const rooms = ["core", "components", "local-unit", "plugin-unit", "toolchain"].map((room) => `test/${room}/`);
  const args = [...projects(["unit", "node-release"]), ...rooms, "test/engine/node-release"];
  return runVitest({ title: "tests on Node 22", node, args, reportDirectory, quiet: true });
}

/**
 * On a fresh machine the bundle of real hosts takes long to build. That goes on
 * while tests wait, and in what they leave of the processor; one that fails here
 * fails again in the tests, which say why.
 */
async function makeBundleAhead() {
  const { cacheDirectory, defaultKubernetesMinor } = await importToolchain();
  const command = ["nice", "-n", "19", process.execPath, ...bundleArguments(cacheDirectory(), defaultKubernetesMinor)];
  await runQuietly("the hosts' bundle, made ahead", command, { heartbeatSeconds: 300 }).catch(({ message }) =>
    say(message),
  );
}

const isRoot = process.getuid?.() === 0;

/** Known before anything is got or built: whoever waits for that wants no refusal at its end. */
function checkRoot(args) {
  if (!args.some((argument) => argument.startsWith("onprem")) || isRoot) return;
  throw new StepFailed("the onprem tests boot real hosts and need root: run them as root, on a throw-away machine");
}

await main(async () => {
  checkRoot(process.argv.slice(2));
  await bootstrap({ moreKubernetes: [upgradeMinor] });
  const reportDirectory = mkdtempSync(join(tmpdir(), "isokube-test-"));
  try {
    const given = process.argv.slice(2);
    const everything = given.length === 1 && given[0] === "--all";
    const isDefault = given.length === 0 || everything;
    const here = { title: `tests on Node ${process.versions.node}`, node: process.execPath, reportDirectory };
    const bundle = everything && isRoot ? makeBundleAhead() : undefined;
    // Side by side: both wait more than they work.
    const runs = await Promise.all([
      runVitest({ ...here, args: isDefault ? projects(defaultSuite) : given, quiet: false }),
      ...(isDefault ? [runOnNode22(reportDirectory)] : []),
    ]);
    if (everything) {
      const title = "tests that take long";
      runs.push(await runVitest({ ...here, title, args: projects(longSuite), quiet: false }));
      await bundle;
      if (isRoot) runs.push(await runVitest({ ...here, title: "tests on real hosts", args: projects(hostsSuite) }));
      else say("tests on real hosts need root, and were left out");
    }
    for (const { output } of runs) process.stdout.write(output);
    // Once more at the end: of a long log often only the end is kept.
    const failures = runs.flatMap((run) => run.failures);
    for (const line of describeFailures(failures)) process.stdout.write(`${line}\n`);
    const passed = runs.reduce((sum, run) => sum + run.passed, 0);
    process.stdout.write(`${passed} passed, ${failures.length} failed\n`);
    return failures.length === 0 ? 0 : 1;
  } finally {
    rmSync(reportDirectory, { recursive: true, force: true });
  }
});
