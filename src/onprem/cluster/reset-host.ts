import type { Remote } from "../remote.js";
import { resetScript, stillThereCode } from "./reset-script.js";

/** `whole`: the host leaves for good. `again`: it is about to join once more, so what was prepared for that stays. */
export type ResetKind = "whole" | "again";

/** Of a long list the rest is counted. */
const shown = 8;

/**
 * Leaves no process, mount, interface, rule or file of the cluster; packages, and what `restoreHost` puts back, aside.
 *
 * @throws when something is still there in the end: what it is, and what to do
 */
export async function resetHost(remote: Remote, signal: AbortSignal, kind: ResetKind): Promise<void> {
  const { exitCode, stdout } = await remote.runUnit({
    unit: "isokube-reset",
    text: resetScript,
    args: [kind],
    timeoutSeconds: 240,
    accept: [0, stillThereCode],
    signal,
  });
  if (exitCode === stillThereCode) throw new Error(`${remote.name}: ${describeLeftOvers(stdout)}`);
}

function describeLeftOvers(said: string): string {
  const lines = said.split("\n").filter((line) => line !== "");
  const more = lines.length > shown ? `; and ${lines.length - shown} more` : "";
  return (
    `reset, but the host still has of the cluster: ${lines.slice(0, shown).join("; ")}${more}. ` +
    "Look what holds it, or restart the host, and run again: the reset goes on"
  );
}
