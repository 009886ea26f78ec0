import type { NodeMarker } from "../facts.js";
import type { Remote } from "../remote.js";
import { rememberOriginals, restoreKeys } from "./marker.js";

const withSelinux = `command -v selinuxenabled > /dev/null && selinuxenabled || exit 0
`;

const readScript = `${withSelinux}getsebool "$1" | sed 's/.* //'
`;

const setScript = `${withSelinux}setsebool -P "$1" "$2"
`;

async function run(remote: Remote, text: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  // Writing one down for good builds the whole policy anew.
  const { stdout } = await remote.run({ text, args, timeoutSeconds: 120, signal });
  return stdout.trim();
}

/** Turns a boolean of SELinux on, for good, and keeps in the marker that it was off. Nothing where there is no SELinux. */
export async function turnOn(remote: Remote, boolean: string, signal: AbortSignal): Promise<void> {
  if ((await run(remote, readScript, [boolean], signal)) !== "off") return;
  await rememberOriginals(remote, { [restoreKeys.selinuxBoolean(boolean)]: "off" });
  await run(remote, setScript, [boolean, "on"], signal);
}

/** Puts back what `turnOn` changed; where SELinux was taken off since, there is nothing to put back. */
export async function restoreSelinuxBooleans(
  remote: Remote,
  restore: NodeMarker["restore"],
  signal: AbortSignal,
): Promise<void> {
  const prefix = restoreKeys.selinuxBoolean("");
  for (const [key, value] of Object.entries(restore))
    if (key.startsWith(prefix)) await run(remote, setScript, [key.slice(prefix.length), value], signal);
}
