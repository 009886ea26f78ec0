import type { Problem } from "../../core/problems.js";
import { hostPath } from "../host/host-problem.js";
import type { PreflightInput } from "./input.js";

/** Certificates and tokens are valid from the second they are made; etcd warns of a second's difference. */
const tolerated = 5;

export function checkClocks({ hosts }: PreflightInput): Problem[] {
  const fix = "let the host keep its time with chrony or systemd-timesyncd";
  const problems: Problem[] = hosts
    .filter(({ facts }) => Math.abs(facts.clockOffsetSeconds) > tolerated)
    .map(({ node, facts }) => ({
      code: "onprem/clock-skew",
      path: hostPath(node.name),
      value: `${formatOffset(facts.clockOffsetSeconds)}`,
      why: `its clock is ${formatOffset(facts.clockOffsetSeconds)} ${facts.clockOffsetSeconds > 0 ? "ahead of" : "behind"} this machine's`,
      fix: `${fix}, and check this machine's own`,
    }));
  // Each within bounds of ours, two may still be too far from each other.
  const good = hosts
    .filter(({ facts }) => Math.abs(facts.clockOffsetSeconds) <= tolerated)
    .sort((a, b) => a.facts.clockOffsetSeconds - b.facts.clockOffsetSeconds);
  const [slowest, fastest] = [good[0], good.at(-1)];
  if (slowest === undefined || fastest === undefined) return problems;
  const apart = fastest.facts.clockOffsetSeconds - slowest.facts.clockOffsetSeconds;
  if (apart > tolerated)
    problems.push({
      code: "onprem/clock-skew",
      path: hostPath(fastest.node.name),
      value: formatOffset(apart),
      why: `its clock is ${formatOffset(apart)} ahead of ${slowest.node.name}'s`,
      fix,
    });
  return problems;
}

/** For example `10 min 3 s`. */
function formatOffset(seconds: number): string {
  const whole = Math.round(Math.abs(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const parts = [hours > 0 ? `${hours} h` : "", minutes > 0 ? `${minutes} min` : "", `${whole % 60} s`];
  return parts.filter((part) => part !== "").join(" ");
}
