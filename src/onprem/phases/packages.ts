import { HostProblem, hostPath } from "../host/host-problem.js";
import type { HostPhase, HostView } from "./phase.js";

/** Packages of the distribution that this host needs. */
export function wantedPackages({ cluster, node, distro }: Pick<HostView, "cluster" | "node" | "distro">): string[] {
  const virtualAddress = cluster.endpoint.kind === "vip" && node.role === "controlPlane";
  return [...distro.packages.node, ...(virtualAddress ? distro.packages.virtualAddress : [])];
}

export function missingPackages(view: HostView): string[] {
  return wantedPackages(view).filter((name) => view.facts.packages[name] === undefined);
}

export const packages: HostPhase = {
  name: "packages",
  title: "packages of the distribution",
  needed(view) {
    const missing = missingPackages(view);
    return missing.length === 0 ? undefined : `${missing.join(", ")} not installed`;
  },
  async run(view, { remote, signal, report }) {
    const missing = missingPackages(view);
    if (missing.length === 0) return;
    if (view.cluster.artifacts.kind === "bundle")
      throw new HostProblem({
        code: "onprem/packages-missing",
        path: hostPath(view.node.name),
        value: missing.join(" "),
        why: "these packages are not installed, and a cluster from a bundle reaches no repository",
        fix: "install them on the host, for example from the image it is made of",
      });
    report(`installing ${missing.join(", ")}`);
    await remote.runUnit({
      ...view.distro.installPackages(missing),
      unit: "isokube-packages",
      signal,
      onLine: report,
    });
  },
};
