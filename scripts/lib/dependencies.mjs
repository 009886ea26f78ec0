// Installs what package-lock.json names, once per content of that file.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runQuietly, StepFailed } from "./step.mjs";

const minimumNode = [20, 19];

/** Says in one line when this Node is too old, before anything else can fail in a worse way. */
export function checkNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > minimumNode[0] || (major === minimumNode[0] && minor >= minimumNode[1])) return;
  throw new StepFailed(
    `Node ${version} is too old: isokube needs ${minimumNode.join(".")} or later. Install it and run this again.`,
  );
}

/** Brings node_modules to the state of package-lock.json; does nothing when it is there already. */
export async function installDependencies(root) {
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  // The mark is written last, so an interrupted installation is done again.
  const mark = join(root, "node_modules", ".isokube-installed");
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return;
  rmSync(mark, { force: true });
  // Not `npm ci`: it refuses a lock file that lacks an optional package of another platform, and not every
  // registry mirror has those. `install --no-save` takes the same locked versions and digests and writes nothing.
  // No package here needs its install script; the Kubernetes SDK's would look for a plugin on the internet, and
  // the toolchain brings that one.
  const flags = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  await runQuietly("installing npm packages", ["npm", "install", ...flags], { cwd: root });
  writeFileSync(mark, wanted);
}
