// `npm test`: brings everything the tests need, then runs the default suite on
// this Node, then the part that depends on the Node release on Node 22 too.
// Arguments are handed to vitest; with any, only that run is done.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bootstrap } from "./bootstrap.mjs";
import { ensureNode22 } from "./lib/other-node.mjs";
import { main, say } from "./lib/step.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");

/** What the tests upgrade to. */
const upgradeMinor = "1.36";

/** One run of vitest; its result as counts. */
async function runVitest(title, node, args, reportDirectory) {
  const report = join(reportDirectory, `${title.replaceAll(" ", "-")}.json`);
  say(title);
  const code = await new Promise((resolve, reject) => {
    const child = spawn(
      node,
      [vitest, "run", ...args, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
      {
        cwd: root,
        stdio: ["ignore", "inherit", "inherit"],
        // The language host starts `node` from PATH: the engine tests must run the program on this same release.
        env: { ...process.env, PATH: `${dirname(node)}:${process.env.PATH ?? ""}` },
      },
    );
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => child.kill(signal));
    child.once("error", reject);
    child.once("close", resolve);
  });
  const counts = readCounts(report);
  // A suite that cannot be loaded fails no test, yet the run failed.
  return { passed: counts.passed, failed: code !== 0 && counts.failed === 0 ? 1 : counts.failed };
}

function readCounts(report) {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, "utf8"));
    return { passed: numPassedTests, failed: numFailedTests };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

await main(async () => {
  await bootstrap({ moreKubernetes: [upgradeMinor] });
  const reportDirectory = mkdtempSync(join(tmpdir(), "isokube-test-"));
  try {
    const args = process.argv.slice(2);
    const runs = [await runVitest(`tests on Node ${process.versions.node}`, process.execPath, args, reportDirectory)];
    if (args.length === 0) {
      const { cacheDirectory } = await import(pathToFileURL(join(root, "dist", "toolchain", "index.js")).href);
      const node22 = await ensureNode22(cacheDirectory());
      const scope = ["--project", "unit", "--project", "node-release"];
      runs.push(await runVitest("tests on Node 22", node22, scope, reportDirectory));
    }
    const total = runs.reduce((sum, run) => ({ passed: sum.passed + run.passed, failed: sum.failed + run.failed }));
    process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
    return total.failed === 0 ? 0 : 1;
  } finally {
    rmSync(reportDirectory, { recursive: true, force: true });
  }
});
