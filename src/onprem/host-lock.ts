import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { type Remote, RemoteFailure } from "./remote.js";

/** Without a sign of life for so long, a run is taken for dead. */
const staleSeconds = 60;
const heartbeatSeconds = 15;

// mkdir is the lock: it either makes the folder or fails. /run is empty after a reboot, and so is the lock.
const acquire = `
set -u
lock=/run/isokube/lock
mkdir -p /run/isokube && chmod 700 /run/isokube
if ! mkdir "$lock" 2>/dev/null; then
  owner=$(cat "$lock/owner" 2>/dev/null || echo '?')
  age=$(( $(date +%s) - $(stat -c %Y "$lock/owner" 2>/dev/null || stat -c %Y "$lock" 2>/dev/null || echo 0) ))
  if [ "$owner" != "$1" ] && [ "$age" -lt "$2" ]; then printf '%s (%s s ago)' "$owner" "$age"; exit 75; fi
fi
printf '%s' "$1" > "$lock/owner"
`;

const refresh = `[ "$(cat /run/isokube/lock/owner 2>/dev/null)" = "$1" ] && touch /run/isokube/lock/owner`;

const release = `[ "$(cat /run/isokube/lock/owner 2>/dev/null)" = "$1" ] && rm -rf /run/isokube/lock; exit 0`;

const busy = 75;

/** Who this run is, for whoever finds its lock. */
const owner = `${hostname()} pid ${process.pid} ${randomUUID().slice(0, 8)}`;

/**
 * Runs `work` while no other run changes the host. A run that was killed leaves
 * a lock that counts for a minute only.
 *
 * @throws RemoteFailure when another run is at work
 */
export async function withHostLock<T>(remote: Remote, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const { exitCode, stdout } = await remote.run({
    text: acquire,
    args: [owner, String(staleSeconds)],
    timeoutSeconds: 20,
    accept: [0, busy],
    signal,
  });
  if (exitCode === busy) {
    throw new RemoteFailure(
      remote.name,
      "exit",
      `another run is changing this host: ${stdout}. Fix: wait until it has ended; a lock that nobody renews is ignored after ${staleSeconds} s`,
    );
  }
  const beat = setInterval(() => {
    // That one beat is lost is no reason to fail: the next follows well before the lock is stale.
    remote.run({ text: refresh, args: [owner], timeoutSeconds: 10, accept: [0, 1] }).catch(() => undefined);
  }, heartbeatSeconds * 1000);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await remote.run({ text: release, args: [owner], timeoutSeconds: 10 }).catch(() => undefined);
  }
}
