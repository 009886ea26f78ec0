import type { Step } from "../plan.js";
import type { Remote } from "../remote.js";
import { hostPaths } from "./host-paths.js";

/** Where a host says what was done to it, by whom it may be read after an accident: one JSON object a line. */
export const journalPath = "/var/lib/isokube/journal.jsonl";

const append = `
set -eu
umask 077
# A host that was given back keeps nothing of ours, the last line included.
[ "$2" = begin ] || [ -e ${hostPaths.marker} ] || exit 0
mkdir -p /var/lib/isokube
printf '{"time":"%s","phase":"%s","event":"%s"}\\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" "$2" >> "$3"
`;

/** Runs a step with a line in the host's journal before and after it. */
export async function journaled<T>(remote: Remote, { phase }: Step, signal: AbortSignal, work: () => Promise<T>) {
  const note = (event: string) =>
    remote.run({ text: append, args: [phase, event, journalPath], timeoutSeconds: 20, signal });
  await note("begin");
  const result = await work();
  await note("done");
  return result;
}
