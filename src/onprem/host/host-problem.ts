import { formatProblem, type Problem } from "../../core/problems.js";
import { joinPath } from "../../core/shape.js";

/** Property path of all hosts. */
export const hostsPath = "onprem.hosts";

/** Property path of a host, for example `onprem.hosts.cp1` or `onprem.hosts["1st"].address`. */
export function hostPath(node: string, property?: string): string {
  const host = joinPath(hostsPath, node);
  return property === undefined ? host : joinPath(host, property);
}

/** A host turned out not to be what the plan was made for. */
export class HostProblem extends Error {
  override readonly name = "HostProblem";

  constructor(readonly problem: Problem) {
    super(formatProblem(problem));
  }
}

/** What helps where a host does not let itself be worked on. */
export const notAsDescribed =
  "let the host be reached as the program says (address, port, user, key, host key, sudo), or take it out";
