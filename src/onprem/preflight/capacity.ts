import type { Problem } from "../../core/problems.js";
import { hostPath } from "../host/host-problem.js";
import type { Candidate, PreflightInput } from "./input.js";

const gib = 2 ** 30;

/** What kubeadm asks of a control plane. Source: `ControlPlaneNumCPU`, `ControlPlaneMem` in its constants. */
const controlPlaneCpus = 2;
const controlPlaneMemory = 1700 * 2 ** 20;

/** Images and executables of a release take 1 GiB unpacked; kubelet evicts pods when little is left. */
const minimumFree = 2 * gib;

export function checkCapacity({ hosts }: PreflightInput): Problem[] {
  return hosts.flatMap((candidate) => [
    ...(candidate.node.role === "controlPlane" ? checkControlPlane(candidate) : []),
    ...checkDisks(candidate),
  ]);
}

function checkControlPlane({ node, facts }: Candidate): Problem[] {
  const path = hostPath(node.name);
  const problems: Problem[] = [];
  if (facts.cpus < controlPlaneCpus)
    problems.push({
      code: "onprem/too-few-cpus",
      path,
      value: facts.cpus,
      why: `a control plane needs ${controlPlaneCpus} CPUs`,
      fix: "use a larger host, or make this one a worker",
    });
  if (facts.memoryBytes < controlPlaneMemory)
    problems.push({
      code: "onprem/too-little-memory",
      path,
      value: `${Math.floor(facts.memoryBytes / 2 ** 20)} MiB`,
      why: "a control plane needs 1700 MiB of memory",
      fix: "use a larger host, or make this one a worker",
    });
  return problems;
}

function checkDisks({ node, facts }: Candidate): Problem[] {
  const full = Object.entries(facts.disks).filter(([, disk]) => disk.freeBytes < minimumFree);
  // Directories of one file system show the same numbers: said once, for the shortest path.
  const seen = new Set<string>();
  return full
    .sort(([a], [b]) => a.length - b.length)
    .flatMap(([directory, { freeBytes, totalBytes }]) => {
      const fileSystem = `${freeBytes}/${totalBytes}`;
      if (seen.has(fileSystem)) return [];
      seen.add(fileSystem);
      return [
        {
          code: "onprem/disk-full",
          path: hostPath(node.name),
          value: directory,
          why: `${(freeBytes / gib).toFixed(1)} GiB of ${(totalBytes / gib).toFixed(1)} GiB are free, and a node needs 2 GiB`,
          fix: "make room, or give the directory a file system of its own",
        },
      ];
    });
}
