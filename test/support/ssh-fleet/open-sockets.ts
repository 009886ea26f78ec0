import { readFileSync } from "node:fs";
import { isIPv4, type Socket } from "node:net";

/** Of `/proc/net/tcp`: neither side has ended it. */
const established = "01";

/**
 * How many of these accepted connections their clients still hold open. Asked of the kernel: an event tells of an end
 * only when this process comes to it, which may be seconds later on a busy machine, after the beginning of the next one.
 * Where there is no such table, all of them.
 */
export function openByClients(sockets: ReadonlySet<Socket>): number {
  let table: string;
  try {
    table = readFileSync("/proc/net/tcp", "utf8");
  } catch {
    return sockets.size;
  }
  const open = new Set(
    table
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => state === established)
      .map(([, local, remote]) => `${local} ${remote}`),
  );
  return [...sockets].filter((socket) => open.has(entryOf(socket))).length;
}

function entryOf({ localAddress = "", localPort = 0, remoteAddress = "", remotePort = 0 }: Socket): string {
  return `${endOf(localAddress, localPort)} ${endOf(remoteAddress, remotePort)}`;
}

/** `127.0.0.1`, 22 is `0100007F:0016`: the address as a little-endian machine has it in memory. */
function endOf(address: string, port: number): string {
  if (!isIPv4(address)) return "";
  const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, "0");
  const bytes = address.split(".").map((byte) => hex(Number(byte), 2));
  return `${bytes.reverse().join("")}:${hex(port, 4)}`;
}
