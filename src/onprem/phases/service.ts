import type { HostFacts } from "../facts.js";
import { type ManagedFile, octal, sha256Hex } from "../host/managed-file.js";
import type { PhaseTools } from "./phase.js";

/** What sets a service apart from one that runs and comes back after a reboot; undefined when nothing does. */
export function serviceDifference(facts: Pick<HostFacts, "services">, name: string): string | undefined {
  const service = facts.services[name];
  if (service === undefined) return `${name} is not known to systemd`;
  if (service.enabled !== "enabled") return `${name} would not start at boot (${service.enabled})`;
  return service.active === "active" ? undefined : `${name} is ${service.active}`;
}

export interface ServiceChange {
  /** Without `.service`. */
  readonly service: string;
  /** Written before the service is told; those that are there already too. */
  readonly files: readonly ManagedFile[];
  /** What makes the service read its files, or starts it. */
  readonly verb: "start" | "restart" | "reload-or-restart" | "try-restart";
  /** Shell that judges the files before the service gets to see them; "$@" are their paths. */
  readonly check?: string;
}

/** For `check`: made beside and renamed, a file may carry the label of its directory's creator. */
export const relabel = `if command -v restorecon > /dev/null; then restorecon "$@" || return 1; fi
`;

const receive = `set -eu
service=$1 verb=$2
shift 2
count=$#
while [ "$count" -gt 0 ]; do
  path=$1 mode=$2
  shift 2
  count=$((count - 2))
  set -- "$@" "$path"
  IFS= read -r content
  mkdir -p "$(dirname "$path")"
  part="$path.isokube-part"
  (umask 077; printf %s "$content" | base64 --decode > "$part")
  chmod "$mode" "$part"
  sync "$part"
  mv -fT "$part" "$path"
done
`;

// Files that were refused go again, so that the next look finds the difference.
const judge = (check: string): string => `judge() {
${check}
}
judge "$@" || { rm -f "$@"; exit 1; }
`;

const tell = `systemctl daemon-reload
systemctl unmask "$service"
systemctl enable "$service"
# A unit that failed too often is not started again before its failures are forgotten.
systemctl reset-failed "$service" 2> /dev/null || true
systemctl "$verb" "$service"
[ "$verb" = try-restart ] || systemctl is-active --quiet "$service" ||
  { systemctl status --no-pager --lines 15 "$service"; exit 1; }
`;

/**
 * Writes files and makes the service that reads them do so, as one unit on the
 * host: whenever the connection or this program ends, it is done as a whole. Were
 * the files there and the service not told, no look would ever find out; after
 * a power cut the service starts with the new files.
 */
export async function changeService(tools: PhaseTools, change: ServiceChange): Promise<void> {
  const { service, files, verb, check } = change;
  const unit = {
    unit: `isokube-service-${service}`,
    text: `${receive}${check === undefined ? "" : judge(check)}${tell}`,
    args: [service, verb, ...files.flatMap(({ path, mode }) => [path, octal(mode)])],
    input: files.map(({ content }) => `${Buffer.from(content).toString("base64")}\n`).join(""),
    timeoutSeconds: 180,
    signal: tools.signal,
  };
  await tools.remote.runUnit(unit);
  // An earlier run's unit may have been waited for, which had other files.
  if ((await changedFiles(tools, files)).length > 0) await tools.remote.runUnit(unit);
}

/** Those whose content on the host is another, or that are not there: looked at now. */
export async function changedFiles({ remote }: PhaseTools, files: readonly ManagedFile[]): Promise<ManagedFile[]> {
  const found = await Promise.all(files.map(({ path }) => remote.readFile(path)));
  return files.filter((file, index) => {
    const content = found[index];
    return content === undefined || sha256Hex(content) !== sha256Hex(file.content);
  });
}
