import { createHash } from "node:crypto";
import type { HostFacts } from "../facts.js";

/** A file on a host whose whole content isokube decides. */
export interface ManagedFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

export function sha256Hex(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** What sets the file on the host apart from what it shall be, as a clause; undefined when nothing does. */
export function fileDifference(facts: Pick<HostFacts, "files">, file: ManagedFile): string | undefined {
  const found = facts.files[file.path];
  if (found === undefined) return `${file.path} is missing`;
  if (found.sha256 !== sha256Hex(file.content)) return `${file.path} has other content`;
  if (found.mode !== file.mode) return `${file.path} has mode ${octal(found.mode)}, not ${octal(file.mode)}`;
  return undefined;
}

/** The differences of several files, or of other things that differ, as one clause. */
export function joinReasons(reasons: readonly (string | undefined)[]): string | undefined {
  const found = reasons.filter((reason) => reason !== undefined);
  return found.length === 0 ? undefined : found.join("; ");
}

/** A mode as chmod writes it, for example `0644`. */
export function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}
