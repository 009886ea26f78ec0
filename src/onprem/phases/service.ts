import type { HostFacts } from "../facts.js";
import type { PhaseTools } from "./phase.js";

/** What sets a service apart from one that runs and comes back after a reboot; undefined when nothing does. */
export function serviceDifference(facts: Pick<HostFacts, "services">, name: string): string | undefined {
  const service = facts.services[name];
  if (service === undefined) return `${name} is not known to systemd`;
  if (service.enabled !== "enabled") return `${name} would not start at boot (${service.enabled})`;
  return service.active === "active" ? undefined : `${name} is ${service.active}`;
}

const script = `set -eu
systemctl daemon-reload
systemctl unmask "$1"
systemctl enable "$1"
# A unit that failed too often is not started again before its failures are forgotten.
systemctl reset-failed "$1" 2> /dev/null || true
systemctl "$2" "$1"
systemctl is-active --quiet "$1" || { systemctl status --no-pager --lines 15 "$1" >&2; exit 1; }
`;

/** Makes a service run, now and after a reboot. */
export async function ensureService(
  { remote, signal }: PhaseTools,
  name: string,
  verb: "start" | "restart" | "reload-or-restart",
): Promise<void> {
  await remote.run({ text: script, args: [name, verb], timeoutSeconds: 120, signal });
}
