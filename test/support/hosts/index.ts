import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ensureBaseRoot } from "./base-root.js";
import { TestHost } from "./host.js";
import { makeKey } from "./identity.js";
import { addressOf, gatewayOf, makeSwitch } from "./network.js";
import { ensurePrerequisites } from "./prerequisites.js";
import { beginRun, endRun, type Run, runFiles, tracesOfRun } from "./run.js";

export type { CommandOptions, CommandResult } from "./commands.js";
export type { TestHost } from "./host.js";
export { removeAbandonedHosts, tracesOfRun } from "./run.js";
export { thisMachinesHostSettings } from "./settings.js";
export { compareSnapshots, type HostSnapshot } from "./snapshot.js";

export interface HostsRequest {
  readonly count: number;
  /** Whether `ops` must give its password to sudo. @default "passwordless" */
  readonly sudo?: "passwordless" | "password";
  /** Whether root may log in with the key, too. @default false */
  readonly rootLogin?: boolean;
  /** @default `host1`, `host2`, … */
  readonly names?: readonly string[];
  /** Of each disk; only what is written takes room on the machine. @default 16 GiB */
  readonly diskBytes?: number;
}

/** Hosts on one network of their own, and whatever they have in common. */
export class TestHosts implements Iterable<TestHost> {
  constructor(
    readonly all: readonly TestHost[],
    private readonly run: Run,
  ) {}

  /** `10.89.N.0/24`; `.2` to `.10` are nobody's: take virtual addresses from there. */
  get network(): string {
    return `${this.run.network}.0/24`;
  }

  /** What the names of all their control groups begin with. */
  get mark(): string {
    return `isokube-${this.run.name}-`;
  }

  get privateKeyFile(): string {
    return runFiles(this.run).privateKey;
  }

  /** By position or by name; fails when there is none. */
  get(which: number | string): TestHost {
    const host = this.all.find((each, index) => which === index || which === each.name);
    if (host === undefined) throw new Error(`no host ${which} among ${this.all.map((each) => each.name).join(", ")}`);
    return host;
  }

  [Symbol.iterator](): Iterator<TestHost> {
    return this.all[Symbol.iterator]();
  }

  /** Ends and removes everything, whatever state a test left. */
  close(): Promise<void> {
    return endRun(this.run);
  }

  /** What is on the machine because of these hosts, in words: nothing after `close()`. */
  traces(): Promise<string[]> {
    return tracesOfRun(this.run.name);
  }
}

/**
 * Boots Debian hosts that answer SSH when this returns. They reach one another and this process reaches them; they
 * reach nothing else. What earlier runs left that were killed is removed first.
 *
 * @throws when not root, and when a host does not come up, with what its console said
 */
export async function startHosts(request: HostsRequest): Promise<TestHosts> {
  await ensurePrerequisites();
  const base = await ensureBaseRoot();
  const run = await beginRun();
  try {
    await makeSwitch(run);
    const authorizedKey = await makeKey(runFiles(run).privateKey, "isokube-test");
    const password = randomBytes(12).toString("base64url");
    const { count, sudo = "passwordless", rootLogin = false, names, diskBytes = 16 * 2 ** 30 } = request;
    const hosts = Array.from({ length: count }, (_, index) => {
      const name = names?.[index] ?? `host${index + 1}`;
      mkdirSync(join(run.folder, name));
      const place = { run, index, name, address: addressOf(run, index), gateway: gatewayOf(run) };
      return new TestHost({ ...place, base, diskBytes, authorizedKey, sudo, rootLogin, password });
    });
    const started = await Promise.allSettled(
      hosts.map(async (host) => {
        await host.makeDisk();
        await host.start();
      }),
    );
    for (const each of started) if (each.status === "rejected") throw each.reason;
    return new TestHosts(hosts, run);
  } catch (error) {
    await endRun(run);
    throw error;
  }
}
