import type { Problem } from "../../core/problems.js";
import { forArchitecture } from "../artifacts/artifacts.js";
import { hostPath } from "../host/host-problem.js";
import { containerdPackages, parseContainerdVersion } from "../phases/containerd-configuration.js";
import { neededFeatures } from "../phases/kernel.js";
import { wantedPackages } from "../phases/packages.js";
import type { Candidate, PreflightInput } from "./input.js";

/** States of systemd in which units can be started. */
const usable = ["running", "degraded", "starting"];

/** What the host runs: distribution, processor, systemd, cgroups, swap, kernel, packages. */
export function checkSystem(input: PreflightInput): Problem[] {
  return input.hosts.flatMap((candidate) => [
    ...checkPlatform(candidate, input),
    ...checkPrograms(candidate, input),
    ...checkSystemd(candidate),
    ...checkCgroups(candidate, input),
    ...checkSwap(candidate, input),
    ...checkKernel(candidate),
    ...checkPackages(candidate, input),
  ]);
}

function checkPlatform({ node, facts, distro }: Candidate, { distroNames }: PreflightInput): Problem[] {
  const path = hostPath(node.name);
  const problems: Problem[] = [];
  if (distro === undefined)
    problems.push({
      code: "onprem/os-unsupported",
      path,
      value: facts.os.name,
      why: "isokube does not know how packages and services of this system are called",
      fix: `use a host with ${distroNames.join(" or ")}`,
    });
  if (facts.arch === "other")
    problems.push({
      code: "onprem/arch-unsupported",
      path,
      value: facts.arch,
      why: "the processor is neither amd64 nor arm64, for which Kubernetes is released",
      fix: "use an amd64 or arm64 host",
    });
  return problems;
}

/** Whether there are programs for the host's processor. */
function checkPrograms({ node, facts }: Candidate, { artifacts }: PreflightInput): Problem[] {
  if (facts.arch === "other") return [];
  const fitting = forArchitecture(artifacts, facts.arch);
  if (!("why" in fitting)) return [];
  return [
    {
      code: "onprem/arch-without-programs",
      path: hostPath(node.name),
      value: facts.arch,
      why: `there are no programs for its processor: ${fitting.why}`,
      fix: `use a host with ${artifacts.architecture}, or artifacts that have ${facts.arch} too`,
    },
  ];
}

function checkSystemd({ node, facts }: Candidate): Problem[] {
  if (usable.includes(facts.systemd)) return [];
  const path = hostPath(node.name);
  if (facts.systemd === "none")
    return [
      {
        code: "onprem/no-systemd",
        path,
        value: facts.systemd,
        why: "process 1 is not systemd, which runs kubelet and containerd",
        fix: "boot the host with systemd",
      },
    ];
  return [
    {
      code: "onprem/systemd-not-ready",
      path,
      value: facts.systemd,
      why: "systemd is not in a state in which services start",
      fix: "wait until `systemctl is-system-running` says running or degraded",
    },
  ];
}

function checkCgroups({ node, facts }: Candidate, { cluster }: PreflightInput): Problem[] {
  if (facts.cgroupVersion === 2 || !cluster.hostSettings.failCgroupV1) return [];
  return [
    {
      code: "onprem/cgroup-v1",
      path: hostPath(node.name),
      value: facts.cgroupVersion,
      why: "the host uses cgroup v1, with which kubelet does not start",
      fix: "boot with systemd.unified_cgroup_hierarchy=1, or set onprem.hostSettings.failCgroupV1 to false",
    },
  ];
}

/** What a host swaps to is its owner's: it is not turned off behind their back. */
function checkSwap({ node, facts }: Candidate, { cluster }: PreflightInput): Problem[] {
  if (facts.swap.length === 0 || !cluster.hostSettings.failSwapOn) return [];
  return [
    {
      code: "onprem/swap-on",
      path: hostPath(node.name),
      value: facts.swap.join(" "),
      why: "the host uses swap, with which kubelet does not start",
      fix:
        "run `swapoff -a` and take swap out of /etc/fstab (or mask its .swap unit, where systemd makes it), " +
        "or set onprem.hostSettings.failSwapOn to false",
    },
  ];
}

function checkKernel({ node, facts }: Candidate): Problem[] {
  return neededFeatures.flatMap(({ name, why }) => {
    const state = facts.features[name];
    if (state === "present" || state === "loadable") return [];
    return [
      {
        code: "onprem/kernel-feature",
        path: hostPath(node.name),
        value: facts.kernel,
        why: `the kernel has no ${name}, neither built in nor as a module, and ${why}`,
        fix: "boot the distribution's own kernel, or install its package of extra modules",
      },
    ];
  });
}

function checkPackages({ node, facts, distro }: Candidate, { cluster }: PreflightInput): Problem[] {
  if (distro === undefined) return [];
  const path = hostPath(node.name);
  const problems: Problem[] = [];
  const missing = wantedPackages({ cluster, node, distro }).filter((name) => facts.packages[name] === undefined);
  if (cluster.artifacts.kind === "bundle" && missing.length > 0)
    problems.push({
      code: "onprem/packages-missing",
      path,
      value: missing.join(" "),
      why: "these packages are not installed, and a cluster from a bundle reaches no repository",
      fix: "install them on the host, for example in the image it is made of",
    });
  const text = containerdPackages.map((name) => facts.packages[name]).find((version) => version !== undefined);
  const version = text === undefined ? undefined : parseContainerdVersion(text);
  if (version !== undefined && version.major === 1 && version.minor < 6)
    problems.push({
      code: "onprem/containerd-version",
      path,
      value: text,
      why: "Kubernetes needs containerd 1.6 or later",
      fix: "upgrade the package",
    });
  return problems;
}
