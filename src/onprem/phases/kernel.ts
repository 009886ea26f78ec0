import type { HostFacts, NodeMarker } from "../facts.js";
import { hostPaths } from "../host/host-paths.js";
import { HostProblem, hostPath } from "../host/host-problem.js";
import { fileDifference, joinReasons, type ManagedFile } from "../host/managed-file.js";
import { rememberOriginals, restoreKeys } from "../host/marker.js";
import type { Remote } from "../remote.js";
import type { HostPhase, PhaseTools } from "./phase.js";

/** Features of the kernel without which no node works, by the module that brings them. */
export const neededFeatures = [
  { name: "overlay", why: "containerd keeps images as layers in it" },
  { name: "br_netfilter", why: "Services are not reached from pods of the same host without it" },
] as const;

/** Settings that are raised where they are lower, and never lowered. */
export const neededSysctls = [
  { name: "net.ipv4.ip_forward", atLeast: 1 },
  // Of br_netfilter: there only once the module is.
  { name: "net.bridge.bridge-nf-call-iptables", atLeast: 1 },
  { name: "net.bridge.bridge-nf-call-ip6tables", atLeast: 1 },
  // The defaults (128, and by memory) are used up by a few dozen pods that watch files; log shippers fail first.
  { name: "fs.inotify.max_user_instances", atLeast: 1024 },
  { name: "fs.inotify.max_user_watches", atLeast: 524_288 },
] as const;

const header = "# Written by isokube: what this host lacked to be a Kubernetes node.\n";

/** Only what isokube itself had to load; what was there before stays with whoever brought it. */
export function renderModulesFile(restore: NodeMarker["restore"]): ManagedFile | undefined {
  const modules = neededFeatures.filter(({ name }) => restore[restoreKeys.module(name)] !== undefined);
  if (modules.length === 0) return undefined;
  return { path: hostPaths.modules, content: `${header}${modules.map((m) => `${m.name}\n`).join("")}`, mode: 0o644 };
}

/** Only what isokube itself had to raise: a higher value of the host's own must not be lowered at the next boot. */
export function renderSysctlFile(restore: NodeMarker["restore"]): ManagedFile | undefined {
  const raised = neededSysctls.filter(({ name }) => restore[restoreKeys.sysctl(name)] !== undefined);
  if (raised.length === 0) return undefined;
  const lines = raised.map(({ name, atLeast }) => `${name} = ${atLeast}\n`);
  return { path: hostPaths.sysctls, content: `${header}${lines.join("")}`, mode: 0o644 };
}

function lowSysctls(sysctls: HostFacts["sysctls"]): { name: string; value: string; atLeast: number }[] {
  return neededSysctls.flatMap(({ name, atLeast }) => {
    const value = sysctls[name];
    return value !== undefined && Number(value) < atLeast ? [{ name, value, atLeast }] : [];
  });
}

function absentFeatures(features: HostFacts["features"]): readonly (typeof neededFeatures)[number][] {
  return neededFeatures.filter(({ name }) => features[name] !== "present");
}

/** Files that earlier runs wrote, when they are no longer what they were. */
function changedFiles(facts: HostFacts): (string | undefined)[] {
  const restore = facts.marker?.restore ?? {};
  return [renderModulesFile(restore), renderSysctlFile(restore)].map((file) =>
    file === undefined ? undefined : fileDifference(facts, file),
  );
}

const loadScript = `set -eu
for module in "$@"; do modprobe "$module"; done
`;

const readScript = `set -eu
for name in "$@"; do
  file="/proc/sys/$(printf %s "$name" | tr . /)"
  [ ! -r "$file" ] || printf '%s=%s\\n' "$name" "$(cat "$file")"
done
`;

async function readSysctls({ remote, signal }: PhaseTools): Promise<Record<string, string>> {
  const names = neededSysctls.map(({ name }) => name);
  const { stdout } = await remote.run({ text: readScript, args: names, timeoutSeconds: 30, signal });
  const pairs = stdout.split("\n").flatMap((line) => {
    const [, name, value] = /^([^=]+)=(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value.trim()] as const];
  });
  return Object.fromEntries(pairs);
}

async function writeFiles(remote: Remote, restore: NodeMarker["restore"]): Promise<void> {
  for (const file of [renderModulesFile(restore), renderSysctlFile(restore)]) {
    if (file !== undefined) await remote.writeFile(file);
  }
}

export const kernel: HostPhase = {
  name: "kernel",
  title: "kernel settings",
  needed({ facts }) {
    return joinReasons([
      ...absentFeatures(facts.features).map(({ name }) => `${name} is not loaded`),
      ...lowSysctls(facts.sysctls).map(({ name, value, atLeast }) => `${name} is ${value}, not ${atLeast}`),
      ...changedFiles(facts),
    ]);
  },
  async run({ facts, node }, tools) {
    const { remote, signal } = tools;
    const absent = absentFeatures(facts.features);
    for (const { name, why } of absent) {
      if (facts.features[name] === "loadable") continue;
      throw new HostProblem({
        code: "onprem/kernel-feature",
        path: hostPath(node.name),
        value: facts.kernel,
        why: `the kernel has no ${name}, neither built in nor as a module, and ${why}`,
        fix: "boot the distribution's own kernel, or install its package of extra modules",
      });
    }
    const modules = absent.map(({ name }) => name);
    await rememberOriginals(remote, Object.fromEntries(modules.map((name) => [restoreKeys.module(name), "absent"])));
    if (modules.length > 0) await remote.run({ text: loadScript, args: modules, timeoutSeconds: 60, signal });
    const low = lowSysctls(await readSysctls(tools));
    const { restore } = await rememberOriginals(
      remote,
      Object.fromEntries(low.map(({ name, value }) => [restoreKeys.sysctl(name), value])),
    );
    await writeFiles(remote, restore);
    if (low.length === 0) return;
    const text = `set -eu\nsysctl --quiet --load "$1"\n`;
    await remote.run({ text, args: [hostPaths.sysctls], timeoutSeconds: 30, signal });
    const [still] = lowSysctls(await readSysctls(tools));
    if (still === undefined) return;
    throw new HostProblem({
      code: "onprem/sysctl-unchanged",
      path: hostPath(node.name),
      value: `${still.name} = ${still.value}`,
      why: `the kernel does not keep the value ${still.atLeast}`,
      fix: "find what resets it (another file in /etc/sysctl.d, a security agent) and let it be raised",
    });
  },
};
