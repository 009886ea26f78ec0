import type { Remote } from "../remote.js";
import { hostPaths } from "./host-paths.js";
import { readMarker, rememberOriginals, restoreKeys } from "./marker.js";

const copyScript = `set -eu
[ -e "$1" ] || exit 3
mkdir -p "$(dirname "$2")"
chmod 700 "$(dirname "$2")"
# Beside and renamed: a copy that was cut off is never taken for the original.
cp -p "$1" "$2.part"
sync "$2.part"
mv "$2.part" "$2"
`;

/** Keeps a file that is about to be replaced, once: a second run finds isokube's own content there. */
export async function keepOriginal(remote: Remote, path: string): Promise<void> {
  const key = restoreKeys.file(path);
  const marker = await readMarker(remote);
  if (marker?.restore[key] !== undefined) return;
  const backup = `${hostPaths.backups}${path}`;
  const { exitCode } = await remote.run({
    text: copyScript,
    args: [path, backup],
    timeoutSeconds: 30,
    accept: [0, 3],
  });
  await rememberOriginals(remote, { [key]: exitCode === 0 ? backup : "" });
}
