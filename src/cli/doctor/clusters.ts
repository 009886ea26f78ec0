import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Finding, ok } from "./finding.js";

/** Where local clusters keep their data: `$ISOKUBE_HOME`, `$XDG_STATE_HOME/isokube` or `~/.local/state/isokube`. */
export function clusterHome(): string {
  const own = process.env["ISOKUBE_HOME"];
  if (own !== undefined && own !== "") return own;
  const shared = process.env["XDG_STATE_HOME"];
  return join(shared !== undefined && shared !== "" ? shared : join(homedir(), ".local", "state"), "isokube");
}

export interface ClusterProcess {
  readonly pid: number;
  /** The cluster's data directory, from the marker that each of its processes carries. */
  readonly dataDirectory: string;
}

/** Local clusters that stand still, and processes whose cluster is gone. */
export function checkClusters(
  home: string = clusterHome(),
  processes: readonly ClusterProcess[] | undefined = clusterProcesses(),
): Finding {
  const check = "local clusters";
  const directories = foldersIn(join(home, "clusters"));
  if (processes === undefined)
    return ok(check, `${directories.length} in ${home}; their processes cannot be seen here`);
  const orphans = processes.filter(({ dataDirectory }) => !existsSync(dataDirectory));
  if (orphans.length > 0) {
    return {
      check,
      status: "problem",
      detail: `processes of clusters whose data is gone: ${orphans.map(({ pid, dataDirectory }) => `${pid} (${dataDirectory})`).join(", ")}`,
      fix: `run \`kill ${orphans.map(({ pid }) => pid).join(" ")}\``,
    };
  }
  const running = new Set(processes.map(({ dataDirectory }) => dataDirectory));
  const stopped = directories.filter((directory) => !running.has(directory));
  if (stopped.length > 0) {
    return {
      check,
      status: "warning",
      detail: `not running: ${stopped.join(", ")}`,
      fix: "run `pulumi refresh` and `pulumi up` on its stack, or `pulumi destroy`",
    };
  }
  return ok(check, running.size === 0 ? "none" : `${running.size} running`);
}

function foldersIn(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(path, entry.name));
  } catch {
    return [];
  }
}

/** `undefined` where the system does not let a process see its siblings' environment. */
function clusterProcesses(): readonly ClusterProcess[] | undefined {
  if (process.platform !== "linux") return undefined;
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const marker = environmentOf(name).find((entry) => entry.startsWith("ISOKUBE_CLUSTER="));
    return marker === undefined ? [] : [{ pid: Number(name), dataDirectory: marker.slice("ISOKUBE_CLUSTER=".length) }];
  });
}

/** Another user's process cannot be read, and one may end while it is being looked at. */
function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}
