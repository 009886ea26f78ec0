import type { Problem } from "../../core/problems.js";
import { parseQuantity } from "../../core/quantity.js";
import { hostPath } from "../host/host-problem.js";
import type { Candidate, PreflightInput } from "./input.js";

/** Firmware and kernel keep some memory for themselves: a machine of 16 GiB shows about 15.5. */
const memoryShown = 0.9;

const billionth = 1_000_000_000;

/** Whether each host has what its pool says that its nodes have. */
export function checkNeeds({ hosts }: PreflightInput): Problem[] {
  return hosts.flatMap(checkHost);
}

function checkHost({ node, facts }: Candidate): Problem[] {
  const { needs } = node;
  if (needs === undefined) return [];
  const cpus = Number(parseQuantity(needs.cpu) ?? 0n) / billionth;
  const memory = Number(parseQuantity(needs.memory) ?? 0n) / billionth;
  const fix = `use another host, or ask for less in the pool ${node.pool}`;
  const path = hostPath(node.name);
  const found = [
    ...(facts.cpus < cpus ? [{ value: facts.cpus, why: `nodes of its pool have ${needs.cpu} CPUs` }] : []),
    ...(facts.memoryBytes < memory * memoryShown
      ? [{ value: `${Math.floor(facts.memoryBytes / 2 ** 20)} MiB`, why: `nodes of its pool have ${needs.memory}` }]
      : []),
    ...(facts.arch === needs.arch ? [] : [{ value: facts.arch, why: `nodes of its pool are ${needs.arch}` }]),
  ];
  return found.map(({ value, why }) => ({ code: "onprem/pool-needs", path, value, why, fix }));
}
