// What `pulumi` starts: builds dist/ when the sources are newer, then runs the program.
import { ensureBuilt } from "../scripts/build.mjs";

export default async () => {
  await ensureBuilt();
  return { ...(await import("../dist/stacks/index.js")) };
};
