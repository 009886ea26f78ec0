import { type Stats, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Problem } from "../../../core/problems.js";
import { localPath } from "../connection.js";

/** Whether a file or folder of this machine is there; hosts are reached with it from here. */
export function fileProblems(path: string, name: string, kind: "file" | "folder"): Problem[] {
  const at = { path, value: name };
  if (name.trim() === "")
    return [{ code: "option/empty", ...at, why: "this is empty", fix: `name a ${kind}, or leave it out` }];
  const stat = statOf(localPath(name));
  if (stat === undefined) {
    return [
      {
        code: "onprem/no-such-file",
        ...at,
        why: `there is no such ${kind} on this machine`,
        fix: `name a ${kind} that is there`,
      },
    ];
  }
  if (stat.isDirectory() === (kind === "folder")) return [];
  const found = stat.isDirectory() ? "folder" : "file";
  return [
    { code: "onprem/wrong-kind-of-file", ...at, why: `this is a ${found}, not a ${kind}`, fix: `name a ${kind}` },
  ];
}

function statOf(file: string): Stats | undefined {
  try {
    return statSync(file.startsWith("~/") ? join(homedir(), file.slice(2)) : file);
  } catch {
    // What may not be seen cannot be used either.
    return undefined;
  }
}
