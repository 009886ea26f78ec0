import { rememberOriginals, restoreKeys } from "../host/marker.js";
import type { HostPhase } from "./phase.js";

/** Put before a line of fstab, and taken away again when the host is given back. */
export const fstabMark = "#isokube-swap# ";

const swapLine = '!/^[[:space:]]*#/ && $3 == "swap"';

const fstabScript = `set -eu
[ -f /etc/fstab ] || exit 0
awk '${swapLine} { found = 1 } END { exit !found }' /etc/fstab || exit 0
# A copy first, and its content replaced: it keeps owner, mode and label of the original.
cp -p /etc/fstab /etc/fstab.isokube
awk -v mark="$1" '${swapLine} { print mark $0; next } { print }' /etc/fstab > /etc/fstab.isokube
sync /etc/fstab.isokube
mv /etc/fstab.isokube /etc/fstab
systemctl daemon-reload
`;

// What is left then does not come from fstab: compressed memory, or a partition that systemd found by itself.
const listUnitsScript = `systemctl list-unit-files --type=swap --no-legend --plain |
  awk '$2 != "masked" && $2 != "masked-runtime" { print $1 }'
`;

const offScript = `set -eu
for unit in "$@"; do systemctl mask "$unit"; done
swapoff -a
# The first line is the heading.
if [ "$(wc -l < /proc/swaps)" -gt 1 ]; then
  echo "still on after swapoff:" >&2
  cat /proc/swaps >&2
  exit 1
fi
`;

/** kubelet refuses to start with swap on, unless told otherwise: limits of memory mean little when a host swaps. */
export const swap: HostPhase = {
  name: "swap",
  title: "swap off",
  needed({ cluster, facts }) {
    if (!cluster.hostSettings.failSwapOn || facts.swap.length === 0) return undefined;
    return `${facts.swap.join(", ")} is in use as swap, with which kubelet does not start`;
  },
  async run(_view, { remote, signal }) {
    await rememberOriginals(remote, { [restoreKeys.fstab]: fstabMark });
    await remote.run({ text: fstabScript, args: [fstabMark], timeoutSeconds: 60, signal });
    const { stdout } = await remote.run({ text: listUnitsScript, timeoutSeconds: 30, signal });
    const units = stdout.split("\n").filter((unit) => unit !== "");
    await rememberOriginals(remote, Object.fromEntries(units.map((unit) => [restoreKeys.swapUnit(unit), "masked"])));
    // Pages come back into memory first, which takes as long as the disk needs to read them.
    await remote.runUnit({ unit: "isokube-swapoff", text: offScript, args: units, timeoutSeconds: 600, signal });
  },
};
