// `npm run check`: everything that can be said about the code without running it.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bootstrap } from "./bootstrap.mjs";
import { main, say } from "./lib/step.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, "node_modules", ".bin", name);

const checks = [
  {
    title: "format, imports and fast rules (biome)",
    command: [bin("biome"), "ci", "--error-on-warnings", "--colors=off", "."],
  },
  { title: "types (tsc)", command: [bin("tsc"), "--noEmit", "--project", "tsconfig.json"] },
  { title: "rules that need types (eslint)", command: [bin("eslint"), "--max-warnings", "0", "."] },
  {
    title: "borders between rooms (dependency-cruiser)",
    command: [bin("depcruise"), "--config", ".dependency-cruiser.cjs", "src", "toolchain", "stacks"],
  },
  { title: "dead code and undeclared packages (knip)", command: [bin("knip"), "--no-progress"] },
  {
    title: "README's capability table",
    command: [process.execPath, join(root, "scripts", "capability-table.mjs"), "--check"],
  },
  {
    title: "what must never be in the repository",
    command: [process.execPath, join(root, "scripts", "lib", "house-rules.mjs")],
  },
];

/** @returns {Promise<{ code: number | null, output: string, seconds: string }>} */
function run(command) {
  const begun = Date.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command[0], command.slice(1), { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      output += chunk;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output, seconds: ((Date.now() - begun) / 1000).toFixed(1) }));
  });
}

await main(async () => {
  if (!existsSync(join(root, "node_modules"))) await bootstrap({ toolchain: false });
  let failed = 0;
  // Two at a time: the slow ones (tsc, eslint) overlap, and the machine keeps its breath.
  const waiting = [...checks];
  const worker = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const { code, output, seconds } = await run(check.command);
      if (code !== 0) {
        failed += 1;
        process.stderr.write(`${output}\n`);
      }
      say(`${code === 0 ? "ok    " : "FAILED"} ${check.title}, ${seconds} s`);
    }
  };
  await Promise.all([worker(), worker()]);
  say(failed === 0 ? "all checks passed" : `${failed} of ${checks.length} checks failed`);
  return failed === 0 ? 0 : 1;
});
