import { ProblemList } from "../../core/validation.js";
import { parseMarker } from "../facts/marker.js";
import type { NodeMarker } from "../facts.js";
import type { Remote } from "../remote.js";
import { hostPaths } from "./host-paths.js";
import { HostProblem, hostPath } from "./host-problem.js";

/** @throws HostProblem when it is not a marker: a host whose owner cannot be read is nobody's to change */
function readContent(node: string, content: string): NodeMarker {
  const problems = new ProblemList();
  const marker = parseMarker(content, problems);
  const [first] = problems.found;
  if (marker !== undefined && first === undefined) return marker;
  throw new HostProblem({
    code: "onprem/marker-unreadable",
    path: hostPath(node),
    value: hostPaths.marker,
    why: `the file that says which cluster owns this host cannot be read: ${first?.path} ${first?.why}`,
    fix: "restore the file, or remove it if no cluster uses this host",
  });
}

export function renderMarker(marker: NodeMarker): string {
  return `${JSON.stringify(marker, undefined, 2)}\n`;
}

/** The marker as it is on the host now; undefined when there is none. @throws HostProblem when it cannot be read */
export async function readMarker(remote: Remote): Promise<NodeMarker | undefined> {
  const content = await remote.readFile(hostPaths.marker);
  return content === undefined ? undefined : readContent(remote.name, content.toString("utf8"));
}

/**
 * Changes the marker of a claimed host.
 * @throws HostProblem when there is none
 */
export async function updateMarker(remote: Remote, change: (marker: NodeMarker) => NodeMarker): Promise<NodeMarker> {
  const marker = await readMarker(remote);
  if (marker === undefined)
    throw new HostProblem({
      code: "onprem/not-claimed",
      path: hostPath(remote.name),
      value: hostPaths.marker,
      why: "the host's marker is gone, so what is changed could not be put back",
      fix: "run again, which claims the host anew",
    });
  const changed = change(marker);
  const content = renderMarker(changed);
  if (content !== renderMarker(marker)) await remote.writeFile({ path: hostPaths.marker, content, mode: 0o600 });
  return changed;
}

/**
 * Writes down what the host was like before it is changed. What was written
 * first stays: after a run that was cut off, the host no longer shows its
 * original values.
 */
export async function rememberOriginals(
  remote: Remote,
  originals: Readonly<Record<string, string>>,
): Promise<NodeMarker> {
  return await updateMarker(remote, (marker) => ({ ...marker, restore: { ...originals, ...marker.restore } }));
}

/** Keys of `restore`: what was changed, and what stands behind it. */
export const restoreKeys = {
  /** The value before. */
  sysctl: (name: string) => `sysctl ${name}`,
  /** `absent`: it was not loaded. */
  module: (name: string) => `module ${name}`,
  /** `on` or `off`. */
  selinuxBoolean: (name: string) => `selinux ${name}`,
  /** Path of the backup, or empty when there was no such file. */
  file: (path: string) => `file ${path}`,
} as const;
