import { command } from "./commands.js";
import type { Run } from "./run.js";

/**
 * The switch that a run's hosts are plugged into, in a namespace of its own. The machine's own network gets one link
 * with the first address, and nothing else: no bridge, no rule, no forwarding.
 */
export async function makeSwitch(run: Run): Promise<void> {
  const inside = ["ip", "-n", run.name];
  await command(["ip", "netns", "add", run.name]);
  await command([...inside, "link", "add", "bridge", "type", "bridge"]);
  await command([...inside, "link", "set", "bridge", "up"]);
  await command(["ip", "link", "add", run.name, "type", "veth", "peer", "name", "uplink", "netns", run.name]);
  await command([...inside, "link", "set", "uplink", "master", "bridge"]);
  await command([...inside, "link", "set", "uplink", "up"]);
  await command(["ip", "address", "add", `${gatewayOf(run)}/24`, "dev", run.name]);
  await command(["ip", "link", "set", run.name, "up"]);
}

export function gatewayOf(run: Run): string {
  return `${run.network}.1`;
}

/** The addresses from .11 on are hosts'; those below .11 and above .200 are free for virtual ones. */
export function addressOf(run: Run, index: number): string {
  return `${run.network}.${11 + index}`;
}
