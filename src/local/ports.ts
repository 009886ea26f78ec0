import { randomInt } from "node:crypto";
import { type AddressInfo, createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { completeRecord } from "./complete-record.js";
import { hasCode } from "./files.js";
import { loopback, type PortName, type Ports, portNames } from "./layout.js";

/**
 * Below the range from which systems take the ports of outgoing connections
 * (32768 on Linux): a port of a component that is down for a moment is not
 * handed to a client's connection meanwhile.
 */
const firstPort = 20_000;
const lastPort = 29_999;
const attempts = 2_000;
/** A process that was killed just now is gone from the process table a little before its ports are. */
const releaseMilliseconds = 1_500;
const pollMs = 20;

/** Takes a port on loopback; undefined when somebody has it. */
async function bind(port: number): Promise<Server | undefined> {
  const server = createServer();
  // Taken on every address is taken here too, so ask exactly as the component will.
  const bound = await new Promise<boolean>((done, fail) => {
    server.once("error", (error) => {
      if (hasCode(error, "EADDRINUSE") || hasCode(error, "EACCES")) done(false);
      else fail(error);
    });
    server.listen({ host: loopback, port, exclusive: true }, () => done(true));
  });
  return bound ? server : undefined;
}

function release(server: Server): Promise<void> {
  return new Promise((done) => server.close(() => done()));
}

export async function isPortFree(port: number): Promise<boolean> {
  const server = await bind(port);
  if (server === undefined) return false;
  await release(server);
  return true;
}

/** Waits a moment for a port that its last owner may be giving back. */
async function becomesFree(port: number): Promise<boolean> {
  const deadline = performance.now() + releaseMilliseconds;
  while (!(await isPortFree(port))) {
    if (performance.now() > deadline) return false;
    await sleep(pollMs);
  }
  return true;
}

/**
 * Waits a moment for ports of processes that are no more. One that counted as serving when ports were chosen can have
 * been killed since: it leaves the process table before its ports are free. One that a stranger has is told by the
 * process that cannot get it.
 */
export async function awaitReleased(ports: Ports, serving: (name: PortName) => boolean): Promise<void> {
  await Promise.all(portNames.map(async (name) => serving(name) || (await becomesFree(ports[name]))));
}

/** Free ports, all different and none of `reserved`; each was ours for a moment. */
export async function pickPorts(count: number, reserved: ReadonlySet<number> = new Set()): Promise<number[]> {
  const held: Server[] = [];
  try {
    for (let attempt = 0; held.length < count; attempt += 1) {
      if (attempt >= attempts)
        throw new Error(`no ${count} free ports on ${loopback} from ${firstPort} to ${lastPort}`);
      const candidate = randomInt(firstPort, lastPort + 1);
      const server = reserved.has(candidate) ? undefined : await bind(candidate);
      if (server !== undefined) held.push(server);
    }
    return held.map((server) => addressOf(server).port);
  } finally {
    await Promise.all(held.map(release));
  }
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("unreachable: a TCP server has a port");
  return address;
}

/**
 * The ports to use from now on: those of `present` that serve already (`serving`)
 * or are free, new ones for the rest. Ports of other clusters (`reserved`) are
 * left alone even while those clusters are down.
 */
export async function choosePorts(
  present: Ports | undefined,
  serving: (name: PortName) => boolean,
  reserved: ReadonlySet<number>,
): Promise<Ports> {
  const kept = new Map<PortName, number>();
  await Promise.all(
    portNames.map(async (name) => {
      const port = present?.[name];
      if (port !== undefined && (serving(name) || (await becomesFree(port)))) kept.set(name, port);
    }),
  );
  const missing = portNames.filter((name) => !kept.has(name));
  const fresh = await pickPorts(missing.length, new Set([...reserved, ...kept.values()]));
  missing.forEach((name, index) => {
    const port = fresh[index];
    if (port !== undefined) kept.set(name, port);
  });
  return completeRecord(portNames, (name) => {
    const port = kept.get(name);
    if (port === undefined) throw new Error(`unreachable: no port was picked for ${name}`);
    return port;
  });
}
