/**
 * An open way to one host. Every call has a deadline; values reach a script as
 * positional parameters, never as part of its text.
 */
export interface Remote {
  /** Name of the node, for messages. */
  readonly name: string;
  /**
   * Runs a POSIX shell script as root and waits for its end.
   * @throws RemoteFailure when it cannot be run, does not end in time, or ends with a code that is not accepted
   */
  run(script: RemoteScript): Promise<RemoteResult>;
  /**
   * Runs a script as a transient systemd unit, which goes on when the connection
   * is cut. A unit of this name that runs already is waited for instead of
   * started again; one that has ended is cleared away before.
   * @throws RemoteFailure as `run` does
   */
  runUnit(unit: RemoteUnit): Promise<RemoteResult>;
  /** Content of a file; undefined when there is none. */
  readFile(path: string): Promise<Buffer | undefined>;
  /** Replaces a file as a whole: written beside, synced, renamed. Parent directories are made. */
  writeFile(file: RemoteFile): Promise<void>;
  /**
   * Copies a local file unless one with this digest is there already; the digest is checked before it gets its name.
   * When it is on the disk is left to the host: who needs it to survive a loss of power syncs all files at once.
   */
  upload(file: RemoteUpload): Promise<void>;
  close(): Promise<void>;
}

export interface RemoteScript {
  /** Constant text; refers to values as "$1", "$2", … */
  readonly text: string;
  readonly args?: readonly string[];
  /** Standard input; the only way for a secret. */
  readonly input?: string | Buffer;
  readonly timeoutSeconds: number;
  /** Exit codes that are no failure. @default [0] */
  readonly accept?: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

export interface RemoteUnit extends RemoteScript {
  /** Name of the unit without `.service`: the same for the same step, so that the next run finds it. */
  readonly unit: string;
  /** Called with each line of output while it runs. */
  readonly onLine?: (line: string) => void;
}

export interface RemoteResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RemoteFile {
  readonly path: string;
  readonly content: string | Buffer;
  /** For example `0o600`. */
  readonly mode: number;
}

export interface RemoteUpload {
  readonly from: string;
  readonly path: string;
  readonly sha256: string;
  readonly mode: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void;
}

/** Why a host did not do what it was told. */
export type RemoteFailureKind =
  /** No connection, or it was lost: says nothing of the host's state. */
  | "unreachable"
  /** The host proved to be another one than expected. */
  | "host-key"
  /** The host did not accept the user or the key. */
  | "login"
  /** The user may not become root. */
  | "sudo"
  | "timeout"
  /** The script ended with a code that was not accepted. */
  | "exit";

/** Names host, kind and what was seen, and never what was sent on standard input. */
export class RemoteFailure extends Error {
  override readonly name = "RemoteFailure";

  constructor(
    readonly host: string,
    readonly kind: RemoteFailureKind,
    message: string,
    readonly result?: RemoteResult,
  ) {
    super(`${host}: ${message}`);
  }
}

/** Opens connections, never more than a set number at once, and keeps them for the next caller. */
export interface Connector {
  /** @throws RemoteFailure */
  use<T>(target: ConnectTarget, work: (remote: Remote) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface ConnectTarget {
  readonly name: string;
  readonly host: import("./spec.js").HostSpec;
  readonly signal?: AbortSignal | undefined;
}
