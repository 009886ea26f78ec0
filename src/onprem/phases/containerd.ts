import { HostProblem, hostPath } from "../host/host-problem.js";
import { keepOriginal } from "../host/keep-original.js";
import { fileDifference, joinReasons } from "../host/managed-file.js";
import {
  type ContainerdVersion,
  containerdPackages,
  parseContainerdVersion,
  renderContainerdConfiguration,
} from "./containerd-configuration.js";
import type { HostPhase, HostView, PhaseTools } from "./phase.js";
import { changedFiles, changeService, serviceDifference } from "./service.js";

function installedVersion({ facts }: HostView): ContainerdVersion | undefined {
  const name = containerdPackages.find((candidate) => facts.packages[candidate] !== undefined);
  return name === undefined ? undefined : parseContainerdVersion(facts.packages[name] ?? "");
}

/** Asked of the program: when the host was looked at, the package may not have been there yet. */
async function runningVersion(view: HostView, { remote, signal }: PhaseTools): Promise<ContainerdVersion> {
  const { stdout } = await remote.run({ text: "containerd --version\n", timeoutSeconds: 30, signal });
  // `containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+b1`
  const version = parseContainerdVersion(stdout.trim().split(/\s+/)[2] ?? "");
  const supported = version !== undefined && (version.major > 1 || (version.major === 1 && version.minor >= 6));
  if (supported) return version;
  throw new HostProblem({
    code: "onprem/containerd-version",
    path: hostPath(view.node.name),
    value: stdout.trim(),
    why: "this containerd is older than 1.6, or does not say what it is",
    fix: "install containerd 1.6 or later",
  });
}

const verifyScript = `set -u
for attempt in $(seq 1 30); do
  # A setting that containerd does not take leaves the daemon running without the plugin that kubelet talks to.
  if ctr version > /dev/null 2>&1 &&
    ctr plugins ls | awk '$1 == "io.containerd.grpc.v1" && $2 == "cri" && $NF == "ok" { ok = 1 } END { exit !ok }'; then
    exit 0
  fi
  sleep 1
done
ctr version >&2 || true
ctr plugins ls 2> /dev/null | awk '$NF != "ok" && $NF != "skip"' >&2
journalctl --unit "$1" --lines 15 --no-pager --output cat >&2 || true
exit 1
`;

export const containerd: HostPhase = {
  name: "containerd",
  title: "container runtime",
  needed(view) {
    const version = installedVersion(view);
    if (version === undefined) return "containerd is not installed yet";
    const { facts, distro } = view;
    return joinReasons([
      fileDifference(facts, renderContainerdConfiguration(view, version)),
      serviceDifference(facts, distro.containerdService),
    ]);
  },
  async run(view, tools) {
    const { remote, signal } = tools;
    const service = view.distro.containerdService;
    const file = renderContainerdConfiguration(view, await runningVersion(view, tools));
    const changed = (await changedFiles(tools, [file])).length > 0;
    if (changed) await keepOriginal(remote, file.path);
    await changeService(tools, { service, files: [file], verb: changed ? "restart" : "start" });
    await remote.run({ text: verifyScript, args: [service], timeoutSeconds: 120, signal });
  },
};
