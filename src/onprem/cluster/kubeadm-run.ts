import { binaryPath, hostPaths } from "../host/host-paths.js";
import type { PhaseTools } from "../phases/phase.js";
import type { Remote } from "../remote.js";

/** What kubeadm is asked to do on a host. */
export interface KubeadmRun {
  /** The same for the same work, so that the next run finds one that is still going on. */
  readonly unit: string;
  readonly args: readonly string[];
  /** Kept 0600 while kubeadm runs and removed after it: a join's document holds a token. */
  readonly config?: string;
  /** kubeadm finds no certificates: it takes an authority without its key, as workers have it, for one that fails. */
  readonly withoutPki?: boolean;
  /** Shell that belongs to it, as what reads the files that kubeadm wrote does: both are done, or the unit ends half-way. */
  readonly after?: string;
  readonly timeoutSeconds: number;
}

// The document comes by standard input; the shell's trap takes it away whatever happens, and /run is gone after a reboot.
const withConfig = (kubeadm: string): string => `
set -eu
umask 077
file=$(mktemp /run/isokube-kubeadm.XXXXXX)
trap 'rm -f "$file"' EXIT INT TERM
cat > "$file"
${kubeadm} "$@" --config "$file"
`;

const withoutConfig = (kubeadm: string): string => `
set -eu
${kubeadm} "$@"
`;

// From this one process, and nowhere else.
const hidePki = `unshare --mount sh -c 'mount -t tmpfs none ${hostPaths.pki} && exec "$@"' sh `;

/**
 * Runs kubeadm as a unit of its own: a lost connection does not end it half-way.
 *
 * @throws with the last lines that kubeadm printed
 */
export async function runKubeadm(
  { remote, signal, report }: PhaseTools,
  { unit, args, config, withoutPki = false, after = "", timeoutSeconds }: KubeadmRun,
): Promise<string> {
  const kubeadm = `${withoutPki ? hidePki : ""}${binaryPath("kubeadm")}`;
  const lines: string[] = [];
  const result = await remote.runUnit({
    unit,
    text: `${(config === undefined ? withoutConfig : withConfig)(kubeadm)}${after}`,
    args,
    ...(config === undefined ? {} : { input: config }),
    timeoutSeconds,
    signal,
    accept: Array.from({ length: 256 }, (_, code) => code),
    onLine: (line) => {
      lines.push(line);
      const step = /^\[([a-z-]+)\] (.+)$/.exec(line);
      if (step !== null) report(`kubeadm ${step[1]}: ${step[2]}`);
    },
  });
  if (result.exitCode === 0) return result.stdout;
  const said = (lines.length > 0 ? lines : `${result.stdout}\n${result.stderr}`.trim().split("\n"))
    .filter((line) => line.trim() !== "")
    .slice(-12)
    .join("\n    ");
  throw new Error(`${remote.name}: kubeadm ${args[0] ?? ""} ended with code ${result.exitCode}:\n    ${said}`);
}

/** Runs one phase of `kubeadm init`, for example `["control-plane", "all"]`, which writes what its document says now. */
export async function runInitPhase(
  tools: PhaseTools,
  phase: readonly string[],
  config: string,
  more: Pick<KubeadmRun, "withoutPki"> = {},
): Promise<void> {
  await runKubeadm(tools, {
    unit: `isokube-kubeadm-${phase.join("-")}`,
    args: ["init", "phase", ...phase],
    config,
    timeoutSeconds: 120,
    ...more,
  });
}

/**
 * Ends what a run that was cut off left at work on a host, before its traces are
 * cleared elsewhere: a join that goes on would make them anew.
 */
export async function stopKubeadm(remote: Remote, signal: AbortSignal): Promise<void> {
  const text = "systemctl stop 'isokube-kubeadm-*.service' 2> /dev/null; exit 0";
  await remote.run({ text, timeoutSeconds: 60, signal });
}
