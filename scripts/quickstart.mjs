// From a fresh clone to a running workload; see src/cli/quickstart/command.ts.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bootstrap } from "./bootstrap.mjs";
import { main, started } from "./lib/step.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

await main(async () => {
  await bootstrap();
  const child = spawn(process.execPath, [join(root, "bin", "isokube.mjs"), "quickstart", ...process.argv.slice(2)], {
    cwd: root,
    // One clock for all that the user waits for.
    env: { ...process.env, ISOKUBE_QUICKSTART_BEGUN: String(started) },
    stdio: "inherit",
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.once("close", (code) => resolve(code ?? 1)));
});
