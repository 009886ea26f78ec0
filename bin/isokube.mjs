#!/usr/bin/env node
// Starts the command line. In a checkout the bundle follows the sources; a
// published package carries the bundle only.
import { existsSync } from "node:fs";

const builder = new URL("../scripts/build.mjs", import.meta.url);
if (existsSync(builder)) {
  const { ensureBuilt } = await import(builder.href);
  await ensureBuilt();
}
await import(new URL("../dist/cli/main.js", import.meta.url).href);
