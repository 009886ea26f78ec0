import { spawn } from "node:child_process";
import { join } from "node:path";
import { isRunning } from "../../../../toolchain/process-mark.js";
import { readJson } from "../store.js";

/** Starts the program that gives load balancers their addresses, unless it runs. */
export function startLoadBalancers(directory: string, program: string): void {
  const holder = readJson<{ mark?: string }>(join(directory, "load-balancers.lock"));
  // A second one would only wait for the first.
  if (holder?.mark !== undefined && isRunning(holder.mark) === true) return;
  const child = spawn(process.execPath, [program, directory], { detached: true, stdio: "ignore" });
  child.unref();
}
