import { join } from "node:path";
import { cacheDirectory } from "../../../toolchain/index.js";
import { withLock } from "../../../toolchain/lock.js";
import { command } from "./commands.js";

/** apt knows one run at a time, and two files of tests may begin at the same moment on a machine that lacks something. */
export function withApt<T>(work: () => Promise<T>): Promise<T> {
  return withLock(join(cacheDirectory(), "hosts", "apt.lock"), { pollMilliseconds: 100 }, work);
}

export async function aptGet(args: readonly string[], timeoutSeconds: number): Promise<void> {
  // Who else runs it on this machine is waited for, too.
  const patient = ["-o", "DPkg::Lock::Timeout=120"];
  await command(["apt-get", "--quiet", ...patient, ...args], {
    timeoutSeconds: timeoutSeconds + 120,
    environment: { DEBIAN_FRONTEND: "noninteractive" },
  });
}
