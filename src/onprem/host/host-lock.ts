import { setTimeout as sleep } from "node:timers/promises";
import { type Remote, RemoteFailure } from "../remote.js";
import { isGone, lockOwner, nameOfOwner } from "./lock-owner.js";

/** Without a sign of life for so long, a run is taken for dead. */
const staleSeconds = 60;
const heartbeatSeconds = 15;
/** Between two looks at the lock of a run that may be dead. */
const lookSeconds = 2;

/** /run is empty after a reboot, and so is the lock. */
const lockPath = "/run/isokube/lock";

// Looking and taking are one: of two runs that find a dead one's lock, one gets it.
const guarded = `
set -u
umask 077
mkdir -p "\${1%/*}" && exec 9> "$1.guard" && flock -w 10 9 || { echo "$1.guard cannot be locked" >&2; exit 1; }
`;

/** "$1" lock, "$2" who asks, "$3" age from which a lock counts no more, "$4" an owner that is known to be dead. */
const acquire = `${guarded}
owner=$(cat "$1" 2>/dev/null)
if [ -n "$owner" ] && [ "$owner" != "$2" ] && [ "$owner" != "$4" ]; then
  age=$(( $(date +%s) - $(stat -c %Y "$1") ))
  # A clock that was set back must not make a lock last.
  if [ "$age" -gt "-$3" ] && [ "$age" -lt "$3" ]; then printf '%s %s' "$age" "$owner"; exit 75; fi
fi
printf '%s' "$2" > "$1"
`;

// A host that was restarted meanwhile has no lock: it is still this run's.
const refresh = `${guarded}
owner=$(cat "$1" 2>/dev/null)
[ -z "$owner" ] || [ "$owner" = "$2" ] || exit 75
printf '%s' "$2" > "$1"
`;

const release = `${guarded}
[ "$(cat "$1" 2>/dev/null)" != "$2" ] || rm -f "$1"
`;

const busy = 75;

const thisRun = lockOwner();

export interface LockOptions {
  readonly signal: AbortSignal;
  /** Is told what the run waits for. */
  readonly report?: (line: string) => void;
}

/**
 * Runs `work` while no other run changes the host. The lock of a run that was
 * killed on this machine counts for nothing; that of one elsewhere is waited for
 * until it has given no sign of life for a minute.
 *
 * `work` is given a signal, which also fires when the lock is lost: to a run
 * that took this one for dead, after a long sleep of the machine, for example.
 *
 * @throws RemoteFailure when another run is at work
 * @throws HostWasBusy when the lock was had only after waiting: whatever was seen of the host before is out of date
 */
export async function withHostLock<T>(
  remote: Remote,
  options: LockOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const waited = await takeLock(remote, options);
  const lost = new AbortController();
  const beat = setInterval(() => {
    const script = { text: refresh, args: [lockPath, thisRun], timeoutSeconds: 10, accept: [0, busy] };
    remote.run(script).then(
      ({ exitCode }) => {
        if (exitCode === busy) lost.abort(lostLock(remote.name));
      },
      // That one beat is lost is no reason to fail: the next follows well before the lock is stale.
      () => undefined,
    );
  }, heartbeatSeconds * 1000);
  beat.unref();
  let reachable = true;
  try {
    if (waited) throw new HostWasBusy(`${remote.name}: another run was changing the host`);
    return await work(AbortSignal.any([options.signal, lost.signal]));
  } catch (error) {
    // Nobody would hear that the lock is given back, and finding that out takes long.
    reachable = !(error instanceof RemoteFailure && error.kind === "unreachable" && error.host === remote.name);
    throw error;
  } finally {
    clearInterval(beat);
    const script = { text: release, args: [lockPath, thisRun], timeoutSeconds: 10 };
    if (reachable) await remote.run(script).catch(() => undefined);
  }
}

function lostLock(host: string): RemoteFailure {
  const why = `another run has taken this one for dead and is changing the host; nothing was heard of it for ${staleSeconds} s`;
  return new RemoteFailure(host, "exit", `${why}. Fix: wait until that run has ended, then run again`);
}

/** Look again, then try again. */
export class HostWasBusy extends Error {
  override readonly name = "HostWasBusy";
}

interface Holder {
  readonly owner: string;
  /** Since its last sign of life. */
  readonly ageSeconds: number;
}

/** @returns whether there was something to wait for */
async function takeLock(remote: Remote, { signal, report }: LockOptions): Promise<boolean> {
  let before: Holder | undefined;
  let waited = false;
  for (;;) {
    const dead = before !== undefined && isGone(before.owner) ? before.owner : "";
    const holder = await askForLock(remote, dead, signal);
    if (holder === undefined) return waited;
    // Only who is alive renews a lock, or takes one.
    const isAlive = before !== undefined && (holder.owner !== before.owner || holder.ageSeconds < before.ageSeconds);
    if (isAlive) {
      throw new RemoteFailure(
        remote.name,
        "exit",
        `another run is changing this host: ${nameOfOwner(holder.owner)}. Fix: wait until it has ended; a lock that nobody renews is ignored after ${staleSeconds} s`,
      );
    }
    before = holder;
    if (isGone(holder.owner)) continue;
    report?.(`waiting for the run of ${nameOfOwner(holder.owner)}, not heard of for ${holder.ageSeconds} s`);
    waited = true;
    await sleep(lookSeconds * 1000, undefined, { signal });
  }
}

/** Takes the lock, or tells who has it. */
async function askForLock(remote: Remote, dead: string, signal: AbortSignal): Promise<Holder | undefined> {
  const { exitCode, stdout } = await remote.run({
    text: acquire,
    args: [lockPath, thisRun, String(staleSeconds), dead],
    timeoutSeconds: 20,
    accept: [0, busy],
    signal,
  });
  if (exitCode === 0) return undefined;
  const [age = "", ...owner] = stdout.split(" ");
  return { ageSeconds: Number.parseInt(age, 10), owner: owner.join(" ") };
}
