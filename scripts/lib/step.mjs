// Plain Node only: this runs before any dependency is installed.
import { spawn } from "node:child_process";

/** When this program began, in milliseconds since the epoch. */
export const started = Date.now();

/** Seconds since this program began, as the user counts them. */
export function elapsed() {
  return ((Date.now() - started) / 1000).toFixed(0).padStart(3);
}

/** One plain line with the time that has passed; stderr, because stdout is for documents. */
export function say(text) {
  process.stderr.write(`[${elapsed()} s] ${text}\n`);
}

/**
 * Runs a command and keeps the user informed: its own output only when it
 * fails, a sign of life at least every `heartbeatSeconds`.
 *
 * @param {string} title what is being done, in the user's words
 * @param {string[]} command executable and arguments
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, heartbeatSeconds?: number }} [options]
 */
export async function runQuietly(title, command, options = {}) {
  const begun = Date.now();
  const seconds = () => ((Date.now() - begun) / 1000).toFixed(1);
  say(`${title} ...`);
  const heartbeat = setInterval(
    () => say(`${title}: still working, ${seconds()} s`),
    (options.heartbeatSeconds ?? 5) * 1000,
  );
  const tail = [];
  const keep = (chunk) => {
    tail.push(String(chunk));
    while (tail.length > 200) tail.shift();
  };
  const child = spawn(command[0], command.slice(1), {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const relay = (signal) => child.kill(signal);
  process.once("SIGINT", relay);
  process.once("SIGTERM", relay);
  try {
    const code = await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exitCode, signal) => resolve(exitCode ?? signal));
    });
    if (code !== 0) {
      process.stderr.write(tail.join(""));
      throw new StepFailed(`${title} failed (${command.join(" ")} ended with ${code}); what it printed is above.`);
    }
    say(`${title}: done in ${seconds()} s`);
  } finally {
    clearInterval(heartbeat);
    process.off("SIGINT", relay);
    process.off("SIGTERM", relay);
  }
}

/** A failure whose message is all the user needs; no stack. */
export class StepFailed extends Error {}

/** Runs the program and turns failures into one line and an exit code. */
export async function main(program) {
  try {
    process.exitCode = (await program()) ?? 0;
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
