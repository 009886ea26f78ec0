import type { ClientChannel } from "ssh2";
import type { Connection } from "./connection.js";

/** How a command on a channel came to its end. */
export type ChannelEnd =
  | { readonly kind: "exit"; readonly code: number }
  /** The connection or the channel was lost before the host told an exit code. */
  | { readonly kind: "lost"; readonly why: string };

/** What a command left running may hold the channel open; its exit code is already known then. */
const lingerMs = 2_000;

/** Codes by which a shell tells that a signal ended a program (signal(7) on Linux). */
const signalNumbers: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  ABRT: 6,
  FPE: 8,
  KILL: 9,
  SEGV: 11,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
};

export interface RunningCommand {
  readonly channel: ClientChannel;
  readonly ended: Promise<ChannelEnd>;
}

interface OutputListener {
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
}

/** Begins a command and hands its output on as it comes. */
export function beginCommand(
  connection: Connection,
  command: string,
  onOutput: OutputListener,
): Promise<RunningCommand> {
  return connection.exec(command, (channel) => listen(connection, channel, onOutput));
}

function listen(connection: Connection, channel: ClientChannel, onOutput: OutputListener): RunningCommand {
  channel.on("data", (chunk: Buffer) => onOutput.stdout(chunk));
  channel.stderr.on("data", (chunk: Buffer) => onOutput.stderr(chunk));
  // Writing to a command that has ended is no failure of its own: the exit code tells what happened.
  channel.on("error", () => undefined);
  const ended = new Promise<ChannelEnd>((resolve) => {
    let exit: ChannelEnd | undefined;
    const stop = connection.onLost((why) => finish({ kind: "lost", why }));
    const finish = (end: ChannelEnd): void => {
      stop();
      resolve(exit ?? end);
    };
    channel.on("exit", (code: number | null, signal?: string) => {
      const number = signalNumbers[(signal ?? "").replace(/^SIG/, "")] ?? 0;
      exit = { kind: "exit", code: code ?? 128 + number };
      setTimeout(() => {
        channel.close();
        finish({ kind: "lost", why: "the channel was closed" });
      }, lingerMs).unref();
    });
    channel.on("close", () => finish({ kind: "lost", why: connection.lost ?? "the host closed the channel" }));
  });
  return { channel, ended };
}
