import type { Distro } from "../distro/distro.js";
import type { NodeMarker } from "../facts.js";
import { hostPaths } from "../host/host-paths.js";
import { restoreSelinuxBooleans } from "../host/selinux-boolean.js";
import { everyExecutable } from "./binaries.js";
import { kubeletService } from "./kubelet-service.js";
import { haproxyService } from "./load-balancer.js";
import type { PhaseTools } from "./phase.js";
import { registryFiles } from "./registries.js";
import { keepalivedService } from "./virtual-address.js";

const serviceScript = `set -eu
systemctl disable --now "$1" 2> /dev/null || true
systemctl reset-failed "$1" 2> /dev/null || true
`;

/** Debian's unit makes an empty file to mount the log's socket on; a socket there is the host's own. */
const mountPointScript = `log=/var/lib/haproxy/dev/log
[ ! -f "$log" ] || [ -s "$log" ] || rm -f "$log"
`;

/** Pairs of path and backup; an empty backup: there was no such file. */
const filesScript = `set -eu
while [ $# -gt 0 ]; do
  if [ -z "$2" ]; then
    rm -f "$1"
  elif [ -e "$2" ]; then
    # The backup stays until the marker goes: a run that is cut off here finds it again.
    cp -p "$2" "$1.isokube"
    mv "$1.isokube" "$1"
  fi
  shift 2
done
`;

/** Folders that something else is in stay. */
const emptyFoldersScript = `rmdir "$@" 2> /dev/null || true
`;

const removeScript = `set -eu
rm -f "$@"
# Folders that something else is in stay.
rmdir /etc/systemd/system/kubelet.service.d /opt/cni/bin /opt/cni 2> /dev/null || true
# On RHEL the folder of the address's check is keepalived's own, elsewhere it was made for the check.
{ command -v rpm > /dev/null && rpm --quiet -qf /usr/libexec/keepalived; } ||
  rmdir /usr/libexec/keepalived 2> /dev/null || true
systemctl daemon-reload
`;

/** Pairs of name and value. A setting whose module is gone is no longer there to be put back. */
const sysctlScript = `set -eu
while [ $# -gt 0 ]; do
  [ ! -e "/proc/sys/$(printf %s "$1" | tr . /)" ] || sysctl --quiet --write "$1=$2"
  shift 2
done
`;

const restartScript = `set -eu
if systemctl is-active --quiet "$1"; then systemctl restart "$1"; fi
`;

const forgetScript = `set -eu
rm -rf "$2" "$3" "$4" "$5" /var/lib/isokube/journal.jsonl
# Volumes of workloads stay: they are their owners'. Where none is left, their folder goes.
rmdir /var/lib/isokube/volumes /var/lib/isokube 2> /dev/null || true
# Last of all: until here the next run still knows what there is to put back.
rm -f "$1"
rmdir "$(dirname "$1")" "$(dirname "$3")" 2> /dev/null || true
`;

/** Keys of one kind, with what stands behind them. */
function originals(restore: NodeMarker["restore"], kind: string): [string, string][] {
  return Object.entries(restore).flatMap(([key, value]) =>
    key.startsWith(`${kind} `) ? [[key.slice(kind.length + 1), value]] : [],
  );
}

/**
 * Gives a host back as it was before it was claimed; after kubeadm has reset it.
 * Packages stay (others may use them by now), and so do loaded modules until the
 * next reboot. Each step may be repeated, and the marker goes last.
 */
export async function restoreHost(
  marker: NodeMarker,
  distro: Distro,
  { remote, signal, report }: PhaseTools,
): Promise<void> {
  const { restore } = marker;
  const run = async (text: string, args: readonly string[], timeoutSeconds = 60): Promise<void> => {
    await remote.run({ text, args, timeoutSeconds, signal });
  };
  report("putting the host's own settings back");
  await run(serviceScript, [kubeletService]);
  const files = originals(restore, "file");
  const wasChanged = (path: string): boolean => files.some(([changed]) => changed === path);
  if (wasChanged(hostPaths.keepalivedConfiguration)) await run(serviceScript, [keepalivedService]);
  if (wasChanged(hostPaths.haproxyConfiguration)) await run(`${serviceScript}${mountPointScript}`, [haproxyService]);
  await run(filesScript, files.flat());
  const folders = registryFiles
    .map(({ folder }) => folder)
    .filter((folder) => files.some(([path]) => path.startsWith(`${folder}/`)));
  if (folders.length > 0) await run(emptyFoldersScript, [...folders, hostPaths.containerdRegistries]);
  await run(removeScript, [
    hostPaths.kubeletUnit,
    hostPaths.kubeletDropIn,
    hostPaths.modules,
    hostPaths.sysctls,
    ...everyExecutable,
  ]);
  await run(sysctlScript, originals(restore, "sysctl").flat());
  await restoreSelinuxBooleans(remote, restore, signal);
  await run(restartScript, [distro.containerdService], 120);
  await run(forgetScript, [
    hostPaths.marker,
    hostPaths.backups,
    hostPaths.imageArchives,
    `${hostPaths.kubernetes}/isokube`,
    hostPaths.downloads,
  ]);
}
