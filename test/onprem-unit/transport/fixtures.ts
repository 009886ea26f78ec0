import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach } from "vitest";
import { type ConnectTarget, type Remote, RemoteFailure } from "../../../src/onprem/remote.js";
import type { SshSpec, SudoSpec } from "../../../src/onprem/spec.js";
import { type ConnectorOptions, SshConnector } from "../../../src/onprem/transport/connector.js";
import { LoopbackHost, type LoopbackRequest } from "../../support/loopback-host.js";

const opened: { close(): Promise<void> }[] = [];

/** Whatever a test opened is closed after it. */
export function closeAfterEach(): void {
  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each.close();
  });
}

export async function startHost(request?: LoopbackRequest): Promise<LoopbackHost> {
  const host = await LoopbackHost.start(request);
  opened.push(host);
  return host;
}

export function startConnector(options: ConnectorOptions = {}): SshConnector {
  const connector = new SshConnector({ connectSeconds: 5, keepaliveSeconds: 0.2, reconnectSeconds: 2, ...options });
  opened.push(connector);
  return connector;
}

export function targetOf(host: LoopbackHost, ssh?: Partial<SshSpec>, sudo?: SudoSpec): ConnectTarget {
  return { name: "node1", host: host.spec(ssh, sudo) };
}

/** A host, and work on it as root. */
export async function onHost<T>(work: (remote: Remote, host: LoopbackHost) => Promise<T>): Promise<T> {
  const host = await startHost();
  return startConnector().use(targetOf(host), (remote) => work(remote, host));
}

/** The failure that work must end with. */
export async function failureOf(work: Promise<unknown>): Promise<RemoteFailure> {
  const outcome = await work.then(
    () => new Error("it did not fail"),
    (error: unknown) => error,
  );
  if (outcome instanceof RemoteFailure) return outcome;
  throw outcome;
}

/** Living processes whose command line holds a text. */
export function processesWith(text: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return command.includes(text) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8")) ? [command] : [];
      } catch {
        return [];
      }
    });
}

/** Waits for something to be so, for a bounded time. */
export async function until(what: string, holds: () => boolean, seconds = 10): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`after ${seconds} s it is still not so that ${what}`);
    await sleep(20);
  }
}

export const echo = { text: "echo hello", timeoutSeconds: 10 };
