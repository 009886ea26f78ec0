import { formatProblem } from "../../core/problems.js";
import type { HostSight } from "../facts.js";
import { type Connector, type Remote, RemoteFailure } from "../remote.js";
import type { NodeSpec } from "../spec.js";
import { parseFacts } from "./parse.js";
import { factsScript } from "./script.js";
import { unlookable, type Watched } from "./watched.js";

/** Digests of the binaries take most of it on a slow disk. */
const lookSeconds = 60;

/**
 * Looks at a host once.
 * @throws the signal's reason when it fires; whatever is wrong with the host is part of the sight
 */
export async function observeHost(
  connector: Connector,
  node: NodeSpec,
  watched: Watched,
  signal?: AbortSignal,
): Promise<HostSight> {
  try {
    return await connector.use({ name: node.name, host: node.host, signal }, (remote) =>
      observeRemote(remote, watched, signal),
    );
  } catch (error) {
    if (!(error instanceof RemoteFailure)) throw error;
    return { reachable: false, why: error.message, kind: error.kind };
  }
}

/** The same over a way that is open already. */
export async function observeRemote(remote: Remote, watched: Watched, signal?: AbortSignal): Promise<HostSight> {
  const wrong = unlookable(watched);
  if (wrong !== undefined) throw new Error(`${JSON.stringify(wrong)} cannot be looked for on a host`);
  const args = lookArguments(watched);
  const sentSeconds = Date.now() / 1000;
  const { stdout } = await remote.run({ text: factsScript, args, timeoutSeconds: lookSeconds, signal });
  const { facts, problems } = parseFacts(stdout, watched, { sentSeconds, receivedSeconds: Date.now() / 1000 });
  if (problems.length === 0) return { reachable: true, facts };
  const why = `${remote.name}: the host can be reached, but what it tells of itself cannot be read. ${problems.map(formatProblem).join(" ")}`;
  return { reachable: false, why, kind: "exit" };
}

/** The lists as the script takes them. */
export function lookArguments({ files, services, sysctls, packages, disks, features }: Watched): string[] {
  return [files, services, sysctls, packages, disks, features].map((list) => list.join("\n"));
}
