// `npm run bench [-- NAME [PAIRS]]`: isokube against its peers, in the same run.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bootstrap } from "./bootstrap.mjs";
import { bundleSources } from "./lib/bundle-sources.mjs";
import { main } from "./lib/step.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

await main(async () => {
  await bootstrap();
  const outfile = join(root, "bench", ".out", "bench.mjs");
  // In one file it starts at once: nothing is compiled while time is taken.
  await bundleSources(join(root, "bench", "main.ts"), outfile);
  const child = spawn(process.execPath, [outfile, ...process.argv.slice(2)], { cwd: root, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.once("close", (code) => resolve(code ?? 1)));
});
