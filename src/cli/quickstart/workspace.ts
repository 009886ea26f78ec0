import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Where the quickstart keeps everything it makes, so that removing one folder
 * (after the clusters' processes have ended) removes all of it.
 */
export interface Workspace {
  /** The checkout: the folder of Pulumi.yaml. */
  readonly root: string;
  /** `.isokube` in the checkout, or where ISOKUBE_WORKSPACE says. */
  readonly directory: string;
  readonly stateDirectory: string;
  readonly passphraseFile: string;
  readonly pulumiHome: string;
  /** Clusters' data (ISOKUBE_HOME). */
  readonly clusterHome: string;
  /** The admin kubeconfig of the local cluster, mode 0600. */
  readonly kubeconfigFile: string;
  /** The Pulumi project that runs the checkout's program with config files of its own. */
  readonly projectDirectory: string;
  /** Written once the scaling demonstration has been shown. */
  readonly shownFile: string;
}

/** Finds the checkout from any folder inside it; undefined when there is none. */
export function findWorkspace(from: string): Workspace | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml")) && existsSync(join(folder, "stacks"))) return workspaceAt(folder);
    if (dirname(folder) === folder) return undefined;
  }
}

function workspaceAt(root: string): Workspace {
  const directory = process.env["ISOKUBE_WORKSPACE"] ?? join(root, ".isokube");
  return {
    root,
    directory,
    stateDirectory: join(directory, "state"),
    passphraseFile: join(directory, "passphrase"),
    pulumiHome: join(directory, "pulumi-home"),
    clusterHome: join(directory, "home"),
    kubeconfigFile: join(directory, "kubeconfig"),
    projectDirectory: join(directory, "project"),
    shownFile: join(directory, "shown"),
  };
}

/** Creates the folders and the backend's passphrase; does nothing where they are there. */
export function prepareWorkspace(workspace: Workspace): void {
  for (const folder of [workspace.directory, workspace.stateDirectory, workspace.pulumiHome, workspace.clusterHome]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  if (!existsSync(workspace.passphraseFile)) {
    writeFileSync(workspace.passphraseFile, randomBytes(24).toString("base64url"), { mode: 0o600, flag: "wx" });
  }
}

/** What a shell needs to drive the quickstart's stack by hand. */
export function workspaceEnvironment(workspace: Workspace, binDirectories: readonly string[]): Record<string, string> {
  return {
    PATH: [...binDirectories, process.env["PATH"] ?? ""].join(delimiter),
    PULUMI_HOME: workspace.pulumiHome,
    PULUMI_BACKEND_URL: pathToFileURL(workspace.stateDirectory).href,
    PULUMI_CONFIG_PASSPHRASE_FILE: workspace.passphraseFile,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    ISOKUBE_HOME: workspace.clusterHome,
    KUBECONFIG: workspace.kubeconfigFile,
  };
}

/**
 * Locks that a killed `pulumi` left behind, by file. A lock names its process;
 * one of this host whose process is gone can only be stale.
 */
export function removeStaleLocks(workspace: Workspace): string[] {
  const locks = join(workspace.stateDirectory, ".pulumi", "locks");
  if (!existsSync(locks)) return [];
  const removed: string[] = [];
  for (const entry of readdirSync(locks, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".json")) continue;
    const file = join(entry.parentPath, entry.name);
    const holder = readLock(file);
    if (holder === undefined || holder.hostname !== hostname() || isAlive(holder.pid)) continue;
    rmSync(file, { force: true });
    removed.push(file);
  }
  return removed;
}

function readLock(file: string): { pid: number; hostname: string } | undefined {
  const lock: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (typeof lock !== "object" || lock === null || !("pid" in lock) || !("hostname" in lock)) return undefined;
  return typeof lock.pid === "number" && typeof lock.hostname === "string"
    ? { pid: lock.pid, hostname: lock.hostname }
    : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
