import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { refusal } from "./refusal.js";

/** A block of a kubeconfig, as it was written: what this release has no word for is kept. */
export type Block = Readonly<Record<string, unknown>>;

/** The parts of a kubeconfig that one context names. */
export interface SelectedContext {
  readonly name: string;
  /** URL of the API server. */
  readonly server: string;
  readonly cluster: Block;
  readonly user: Block;
  readonly namespace: string | undefined;
}

interface Named {
  readonly name: string;
  readonly [kind: string]: unknown;
}

/** Several files as one, the first that names an entry winning, as kubectl merges them. */
interface Kubeconfig {
  readonly from: string;
  readonly currentContext: string | undefined;
  readonly contexts: readonly Named[];
  readonly clusters: readonly Named[];
  readonly users: readonly Named[];
}

/** Reads a kubeconfig that was given as text. Relative paths are relative to the working directory. */
export function readKubeconfigText(text: string): Kubeconfig {
  return parseKubeconfig(text, "the given kubeconfig", process.cwd());
}

/** Reads the kubeconfig files of this user: `$KUBECONFIG`, else `~/.kube/config`. */
export async function readKubeconfigFiles(env: NodeJS.ProcessEnv = process.env): Promise<Kubeconfig> {
  const listed = (env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  const paths = listed.length > 0 ? listed : [join(homedir(), ".kube", "config")];
  const files: Kubeconfig[] = [];
  for (const path of paths) {
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (text !== undefined) files.push(parseKubeconfig(text, path, dirname(resolve(path))));
  }
  if (files.length === 0) {
    throw refusal({
      code: "existing/no-kubeconfig",
      path: "existing.kubeconfig",
      why: `there is no kubeconfig at ${paths.join(" or ")}`,
      fix: "give existing.kubeconfig, or set KUBECONFIG to the file",
    });
  }
  return {
    from: paths.join(", "),
    currentContext: files.find((file) => file.currentContext !== undefined)?.currentContext,
    contexts: files.flatMap((file) => file.contexts),
    clusters: files.flatMap((file) => file.clusters),
    users: files.flatMap((file) => file.users),
  };
}

function parseKubeconfig(text: string, from: string, directory: string): Kubeconfig {
  let document: unknown;
  try {
    document = parse(text);
  } catch {
    // The parser's message quotes the text, which holds credentials.
    document = undefined;
  }
  if (!isRecord(document) || !Array.isArray(document["contexts"])) {
    throw refusal({
      code: "existing/kubeconfig-format",
      path: "existing.kubeconfig",
      why: `${from} is not a kubeconfig: it is no YAML or JSON with contexts`,
      fix: "give the contents of a kubeconfig file",
    });
  }
  const current = document["current-context"];
  return {
    from,
    currentContext: typeof current === "string" && current !== "" ? current : undefined,
    contexts: named(document["contexts"]),
    clusters: named(document["clusters"]).map((entry) => withAbsolutePaths(entry, "cluster", directory)),
    users: named(document["users"]).map((entry) => withAbsolutePaths(entry, "user", directory)),
  };
}

const pathKeys = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

/** Paths are relative to the file that names them, and this kubeconfig is going to leave that file. */
function withAbsolutePaths(entry: Named, kind: "cluster" | "user", directory: string): Named {
  const body = entry[kind];
  if (!isRecord(body)) return entry;
  const moved = Object.entries(body).map(([key, value]) => [
    key,
    pathKeys.includes(key) && typeof value === "string" && value !== "" && !isAbsolute(value)
      ? join(directory, value)
      : value,
  ]);
  const exec = body["exec"];
  const fixed = Object.fromEntries(moved);
  // A command with a slash is relative to the file too; one without is looked up on PATH.
  if (isRecord(exec) && typeof exec["command"] === "string" && /^\.{1,2}\//.test(exec["command"])) {
    fixed["exec"] = { ...exec, command: join(directory, exec["command"]) };
  }
  return { ...entry, [kind]: fixed };
}

/**
 * Finds what a context names.
 *
 * @throws ExistingClusterError naming the context and what is missing.
 */
export function selectContext(config: Kubeconfig, wanted: string | undefined): SelectedContext {
  const name = wanted ?? config.currentContext;
  const known = config.contexts.map((context) => context.name).join(", ") || "none";
  if (name === undefined) {
    throw refusal({
      code: "existing/no-context",
      path: "existing.context",
      why: `${config.from} has no current context`,
      fix: `name a context; there are: ${known}`,
    });
  }
  const context = config.contexts.find((entry) => entry.name === name)?.["context"];
  if (!isRecord(context)) {
    throw refusal({
      code: "existing/unknown-context",
      path: "existing.context",
      value: name,
      why: `${config.from} has no such context`,
      fix: `use one of: ${known}`,
    });
  }
  const cluster = body(config.clusters, "cluster", context["cluster"]) ?? {};
  const server = textOf(cluster, "server");
  if (server === undefined || !/^https:\/\//.test(server)) {
    throw refusal({
      code: "existing/no-server",
      path: "existing.context",
      value: name,
      why: `${config.from} names no https server for this context`,
      fix: "mend the kubeconfig's cluster entry",
    });
  }
  const user = body(config.users, "user", context["user"]) ?? {};
  return { name, server, cluster, user, namespace: textOf(context, "namespace") };
}

/** A kubeconfig with this one context, so that nothing else of the user's travels into the state. */
export function renderKubeconfig({ name, cluster, user, namespace }: SelectedContext): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    contexts: [{ name, context: { cluster: name, user: name, ...(namespace === undefined ? {} : { namespace }) } }],
    clusters: [{ name, cluster }],
    users: [{ name, user }],
  });
}

function body(entries: readonly Named[], kind: string, name: unknown): Block | undefined {
  const found = entries.find((entry) => entry.name === name)?.[kind];
  return isRecord(found) ? found : undefined;
}

/** A text of a block; an empty one is none. */
export function textOf(block: Block, key: string): string | undefined {
  const value = block[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function named(value: unknown): Named[] {
  if (!Array.isArray(value)) return [];
  return value.filter((entry): entry is Named => isRecord(entry) && typeof entry["name"] === "string");
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
