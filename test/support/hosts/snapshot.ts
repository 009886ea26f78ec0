import { eventually } from "../processes.js";
import { quoted } from "./commands.js";

type Exec = (script: string) => Promise<string>;

/** What is on a host, each as lines that can be compared with those of another moment. */
export interface HostSnapshot {
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly interfaces: readonly string[];
  readonly nftRules: readonly string[];
  readonly iptablesRules: readonly string[];
  readonly files: readonly string[];
}

/** Commands. Those of this look, and of any other `exec`, are no host's: their first process has no parent there. */
export async function processes(exec: Exec): Promise<string[]> {
  const all = lines(await exec("ps -e -o pid= -o ppid= -o args=")).map((line) => {
    const [, pid = "", parent = "", args = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return { pid, parent, args };
  });
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const isOfHost = (pid: string): boolean => pid === "1" || (pid !== "0" && isOfHost(parents.get(pid) ?? "0"));
  return all
    .filter(({ pid }) => isOfHost(pid))
    .map(({ args }) => args)
    .sort();
}

/**
 * The same once nobody is logged in or about to be, and nothing comes or goes: what ends by itself is not left over, and
 * was not there before either.
 */
async function settledProcesses(exec: Exec): Promise<string[]> {
  let last: string[] = [];
  const look = async (): Promise<string[] | undefined> => {
    const [before, now] = [last, await processes(exec)];
    last = now;
    const settled = before.join("\n") === now.join("\n") && !now.some((line) => /^sshd: (?!.* 0 of )/.test(line));
    return settled ? now : undefined;
  };
  const seen = () => last.join("; ");
  return eventually("the host's processes settle", look, { timeoutSeconds: 30, everyMs: 250, seen });
}

/** `what where type`. Which of the machine's loop devices a host's disk is may differ from start to start. */
export async function mounts(exec: Exec): Promise<string[]> {
  return lines(await exec("cut -d ' ' -f 1-3 /proc/mounts | sed 's,^/dev/loop[0-9]* ,/dev/loop ,'"));
}

/** Links with their addresses and routes: what a CNI or a virtual IP leaves behind. */
export async function interfaces(exec: Exec): Promise<string[]> {
  const script = `ip -o link | sed -E 's/^[0-9]+: ([^:@]+).*/link \\1/'
    ip -o -4 address | awk '{ print "address", $2, $4 }'
    ip -4 route | sed 's/^/route /'`;
  return lines(await exec(script));
}

export async function nftRules(exec: Exec): Promise<string[]> {
  return lines(await exec("nft --stateless list ruleset"));
}

/** Of both the nft and the legacy back end, without comments and counters. */
export async function iptablesRules(exec: Exec): Promise<string[]> {
  const tools = ["iptables-save", "ip6tables-save", "iptables-legacy-save", "ip6tables-legacy-save"];
  const script = tools.map((tool) => `${tool} 2> /dev/null | sed 's/^/${tool} /'`).join("; ");
  return lines(await exec(script))
    .filter((line) => !/-save (?:#|COMMIT)/.test(line))
    .map(withoutCounters);
}

/**
 * `type mode size path` of everything below some folders. Sizes of folders say nothing, and what is in the log and
 * temporary folders changes by itself.
 *
 * @param below by default the whole disk, which has a mount at `/var/lib`
 */
export async function files(exec: Exec, below: readonly string[] = ["/", "/var/lib"]): Promise<string[]> {
  const prune = "\\( -path /tmp -o -path /var/log -o -path /var/tmp \\) -prune";
  const print = "\\( -type d -printf '%y %m - %p\\n' -o -printf '%y %m %s %p\\n' \\)";
  const found = lines(await exec(`find ${below.map(quoted).join(" ")} -xdev ${prune} -o ${print}`));
  return [...new Set(found)];
}

export async function snapshot(exec: Exec): Promise<HostSnapshot> {
  return {
    processes: await settledProcesses(exec),
    mounts: await mounts(exec),
    interfaces: await interfaces(exec),
    nftRules: await nftRules(exec),
    iptablesRules: await iptablesRules(exec),
    files: await files(exec),
  };
}

/** What the later snapshot has that the earlier had not, and the other way round; both empty when nothing was left. */
export function compareSnapshots(
  before: HostSnapshot,
  after: HostSnapshot,
): { readonly added: Record<string, string[]>; readonly missing: Record<string, string[]> } {
  const kinds = ["processes", "mounts", "interfaces", "nftRules", "iptablesRules", "files"] as const;
  const difference = (from: HostSnapshot, to: HostSnapshot): Record<string, string[]> => {
    const found = kinds.map((kind): [string, string[]] => {
      const known = new Set(from[kind]);
      return [kind, to[kind].filter((line) => !known.has(line))];
    });
    return Object.fromEntries(found.filter(([, each]) => each.length > 0));
  };
  return { added: difference(before, after), missing: difference(after, before) };
}

function withoutCounters(line: string): string {
  return line.replace(/\[\d+:\d+\]/, "").trim();
}

function lines(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .sort();
}

/** containerd is the distribution's, and what it keeps of its own is not a cluster's. */
export function withoutRuntime(snapshot: HostSnapshot): HostSnapshot {
  const own = / \/(var\/lib|opt)\/containerd(\/|$)/;
  return { ...snapshot, files: snapshot.files.filter((file) => !own.test(file)) };
}
