import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Writable } from "node:stream";
import { messageOf } from "../../core/message-of.js";
import { sha256Function } from "../host/shell-sha256.js";
import { RemoteFailure, type RemoteFile, type RemoteUpload } from "../remote.js";
import { excerptOf } from "./excerpt.js";
import type { RootShell, ShellResult } from "./root-shell.js";

const readSeconds = 60;
const writeSeconds = 60;
/** Slow lines carry some hundred kilobytes a second. */
const slowestBytesPerSecond = 200_000;

/** Exit codes of the scripts below, apart from those that a shell makes by itself. */
const code = { absent: 44, wrongDigest: 45 } as const;

const readText = `
[ -e "$1" ] || [ -L "$1" ] || exit ${code.absent}
exec cat -- "$1"
`;

const isThereText = `
set -eu
${sha256Function}[ -f "$1" ] && [ ! -L "$1" ] || exit ${code.absent}
found=$(sha256 < "$1")
[ "\${found%% *}" = "$2" ] || exit ${code.absent}
chmod "$3" "$1"
`;

/**
 * Receives a file on standard input: beside its place, checked, renamed; with "$4" as "now", on the disk at the end.
 * Whatever ends it early takes the unfinished file away, and what a killed one
 * left the next one clears.
 */
const receiveText = `
set -eu
${sha256Function}umask 077
path=$1 digest=$2 mode=$3 sync=$4
folder=$(dirname -- "$path")
umask 022
mkdir -p -- "$folder"
umask 077
rm -f -- "$path".isokube-part.*
part=$(mktemp -- "$path.isokube-part.XXXXXX")
trap 'rm -f -- "$part"' EXIT
trap 'exit 130' HUP INT TERM
# The digest is known when the last byte is. A disk that is full ends it with the words of tee.
found=$({ tee -- "$part" || kill -s TERM "$$"; } | sha256)
[ "\${found%% *}" = "$digest" ] || exit ${code.wrongDigest}
chmod "$mode" "$part"
[ "$sync" = later ] || sync "$part"
mv -fT -- "$part" "$path"
trap - EXIT
[ "$sync" = later ] || sync "$folder"
`;

/** Content of a file; undefined when there is none. */
export async function readRemoteFile(shell: RootShell, path: string): Promise<Buffer | undefined> {
  const feed = async (stdin: Writable): Promise<void> => {
    stdin.end();
  };
  const script = { text: readText, args: [path], timeoutSeconds: readSeconds, signal: undefined, feed };
  const result = await shell.run(script);
  if (result.code === code.absent) return undefined;
  if (result.code !== 0) throw failed(shell, `${path} could not be read`, result);
  return result.stdout;
}

export async function writeRemoteFile(shell: RootShell, file: RemoteFile): Promise<void> {
  const content = Buffer.from(file.content);
  const sha256 = createHash("sha256").update(content).digest("hex");
  const feed = async (stdin: Writable): Promise<void> => {
    stdin.end(content);
  };
  const args = [file.path, sha256, octal(file.mode), "now"];
  const result = await shell.run({ text: receiveText, args, timeoutSeconds: writeSeconds, signal: undefined, feed });
  if (result.code === code.wrongDigest) throw failed(shell, `${file.path} was not received whole`, result);
  if (result.code !== 0) throw failed(shell, `${file.path} could not be written`, result);
}

export async function uploadFile(shell: RootShell, upload: RemoteUpload): Promise<void> {
  const { from, path, sha256, signal } = upload;
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    throw new Error(`the digest of ${from} is not 64 lower-case hexadecimal digits: ${sha256}`);
  }
  let totalBytes: number;
  try {
    totalBytes = (await stat(from)).size;
  } catch (error) {
    throw new Error(`${from}, which goes to ${shell.name} as ${path}, cannot be read (${messageOf(error)})`);
  }
  const args = [path, sha256, octal(upload.mode)];
  const timeoutSeconds = writeSeconds + Math.ceil(totalBytes / slowestBytesPerSecond);
  const noInput = async (stdin: Writable): Promise<void> => {
    stdin.end();
  };
  const look = await shell.run({ text: isThereText, args, timeoutSeconds, signal, feed: noInput });
  if (look.code === 0) {
    upload.onProgress?.(totalBytes, totalBytes);
    return;
  }
  if (look.code !== code.absent) throw failed(shell, `${path} could not be looked at`, look);
  const feed = (stdin: Writable, ended: AbortSignal): Promise<void> => stream(upload, totalBytes, stdin, ended);
  const receive = { text: receiveText, args: [...args, "later"], timeoutSeconds, signal, feed };
  const result = await shell.run(receive);
  if (result.code === code.wrongDigest) {
    throw failed(
      shell,
      `${path} was not put in place: what arrived from ${from} has not the digest ${sha256}, so the file differs from what it should be`,
      result,
    );
  }
  if (result.code !== 0) throw failed(shell, `${path} could not be written`, result);
}

/** Sends the file no faster than the host takes it. */
async function stream(upload: RemoteUpload, totalBytes: number, stdin: Writable, ended: AbortSignal): Promise<void> {
  let sentBytes = 0;
  for await (const chunk of createReadStream(upload.from, { highWaterMark: 256 * 1024, signal: ended })) {
    const part = chunk as Buffer;
    if (!stdin.write(part)) await once(stdin, "drain", { signal: ended });
    sentBytes += part.length;
    upload.onProgress?.(sentBytes, totalBytes);
  }
  stdin.end();
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

function failed(shell: RootShell, what: string, { code: exitCode, stdout, stderr }: ShellResult): RemoteFailure {
  const said = excerptOf(stderr.toString("utf8"));
  const result = { exitCode, stdout: stdout.toString("utf8"), stderr: stderr.toString("utf8") };
  return new RemoteFailure(shell.name, "exit", said === "" ? what : `${what}: ${said}`, result);
}
