import type { Problem } from "../../core/problems.js";
import { hostPath } from "../host/host-problem.js";
import type { Candidate, PreflightInput } from "./input.js";

/**
 * What tells hosts apart. The product UUID alone is not asked to: boards with
 * the same one are sold by the thousand, and containers all show their
 * machine's; it only says more of two hosts with one machine id.
 */
export function checkIdentities({ hosts }: PreflightInput): Problem[] {
  return [
    ...hosts.filter(({ facts }) => facts.machineId === "").map(withoutMachineId),
    ...duplicates(
      hosts,
      ({ facts }) => facts.machineId,
      (candidate, others) => {
        const uuid = candidate.facts.productUuid;
        const same = uuid !== undefined && others.every(({ facts }) => facts.productUuid === uuid);
        return {
          code: "onprem/machine-id-twice",
          path: hostPath(candidate.node.name),
          value: candidate.facts.machineId,
          why: `${names(others)} has the same machine id${same ? " and the same product UUID: it may be the same host" : ", as copies of one disk have"}`,
          fix: "give each host once; on a copy remove /etc/machine-id, run systemd-machine-id-setup and reboot",
        };
      },
    ),
    ...duplicates(
      hosts,
      ({ facts }) => facts.hostname,
      (candidate, others) => ({
        code: "onprem/hostname-twice",
        path: hostPath(candidate.node.name),
        value: candidate.facts.hostname,
        why: `${names(others)} has the same host name`,
        fix: `run \`hostnamectl set-hostname ${candidate.node.name}\``,
      }),
    ),
    ...duplicates(
      hosts,
      ({ node }) => node.host.address,
      (candidate, others) => ({
        code: "onprem/address-twice",
        path: hostPath(candidate.node.name, "address"),
        value: candidate.node.host.address,
        why: `${names(others)} has the same address`,
        fix: "give each host once",
      }),
    ),
  ];
}

function withoutMachineId({ node }: Candidate): Problem {
  return {
    code: "onprem/no-machine-id",
    path: hostPath(node.name),
    why: "/etc/machine-id is empty, so the host cannot be known again",
    fix: "run systemd-machine-id-setup on it",
  };
}

/** One problem for each host whose key an earlier one has, too. */
function duplicates(
  hosts: readonly Candidate[],
  key: (candidate: Candidate) => string,
  describe: (candidate: Candidate, others: readonly Candidate[]) => Problem,
): Problem[] {
  return hosts.flatMap((candidate, index) => {
    const wanted = key(candidate);
    const others = hosts.slice(0, index).filter((other) => key(other) === wanted);
    return wanted === "" || others.length === 0 ? [] : [describe(candidate, others)];
  });
}

function names(candidates: readonly Candidate[]): string {
  return candidates.map(({ node }) => node.name).join(" and ");
}
