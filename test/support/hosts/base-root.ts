import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory } from "../../../toolchain/index.js";
import { withLock } from "../../../toolchain/lock.js";
import { isRunning, processMark } from "../../../toolchain/process-mark.js";
import { aptGet, withApt } from "./apt.js";
import { command, removeFolder } from "./commands.js";

/** What an administrator's minimal installation has, and what kubeadm, a CNI and an HA endpoint ask of it. */
const packages = [
  "systemd",
  "systemd-sysv",
  "dbus",
  "openssh-server",
  "sudo",
  "containerd",
  "runc",
  "iproute2",
  "iptables",
  "nftables",
  "ipset",
  "conntrack",
  "socat",
  "ethtool",
  "kmod",
  "procps",
  "curl",
  "ca-certificates",
  "keepalived",
  "haproxy",
  "util-linux",
  "iputils-ping",
];

/** Manual pages and translations would be half of what each run reads. */
const left = ["/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*"];

const customise = join(import.meta.dirname, "customise.sh");

interface Sources {
  readonly suite: string;
  readonly lines: readonly string[];
}

/**
 * The root file system that all hosts share and none may write to: made from the packages of this machine's own
 * distribution, once, and kept in the cache for as long as the recipe stays the same.
 */
export async function ensureBaseRoot(): Promise<string> {
  const sources = await ownSources();
  const recipe = createHash("sha256")
    .update(JSON.stringify([packages, left, sources.suite, process.arch, readFileSync(customise, "utf8")]))
    .digest("hex")
    .slice(0, 16);
  const home = join(cacheDirectory(), "hosts");
  const directory = join(home, `${sources.suite}-${recipe}`);
  if (existsSync(directory)) return directory;
  mkdirSync(home, { recursive: true });
  await withLock(join(home, "lock"), {}, async () => {
    if (existsSync(directory)) return;
    await removeAbandoned(home);
    const work = join(home, `.tmp-${processMark()}`);
    try {
      await make(work, sources);
      // Appears complete or not at all: a run that is killed leaves only the folder that the next one removes.
      renameSync(work, directory);
    } finally {
      await removeFolder(work);
    }
  });
  return directory;
}

async function make(root: string, sources: Sources): Promise<void> {
  process.stderr.write(`making the hosts' root file system (${sources.suite}); this takes a minute, once\n`);
  // Ends with this process, and with it what it mounted.
  const bounded = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child"];
  await command(
    [
      ...bounded,
      "mmdebstrap",
      "--quiet",
      "--mode=root",
      "--variant=apt",
      "--format=directory",
      '--aptopt=APT::Install-Recommends "false"',
      ...left.map((path) => `--dpkgopt=path-exclude=${path}`),
      `--include=${packages.join(",")}`,
      `--customize-hook=sh '${customise}' "$1"`,
      sources.suite,
      root,
      "-",
    ],
    { timeoutSeconds: 900, input: `${sources.lines.join("\n")}\n` },
  );
}

/** The distribution's own package sources, as apt on this machine is set up with: mirrors and all. */
async function ownSources(): Promise<Sources> {
  const found = (await indexTargets()) ?? (await withApt(() => aptGet(["update"], 180)).then(indexTargets));
  if (found === undefined) throw new Error("apt on this machine has no package source of Debian's or Ubuntu's own");
  return found;
}

async function indexTargets(): Promise<Sources | undefined> {
  const format = "$(ORIGIN)|$(RELEASE)|deb $(REPO_URI) $(RELEASE) $(COMPONENT)";
  const text = await command(["apt-get", "indextargets", "--format", format, "Created-By: Packages"]);
  const own = text
    .split("\n")
    .map((line) => line.split("|"))
    .filter(([origin]) => origin === "Debian" || origin === "Ubuntu");
  // `bookworm` beside `bookworm-updates` and `bookworm-security`.
  const suite = own.map(([, release = ""]) => release).sort((a, b) => a.length - b.length)[0];
  if (suite === undefined) return undefined;
  return { suite, lines: [...new Set(own.map(([, , line = ""]) => line))] };
}

async function removeAbandoned(home: string): Promise<void> {
  for (const name of readdirSync(home)) {
    if (!name.startsWith(".tmp-") || isRunning(name.slice(".tmp-".length)) === true) continue;
    await removeFolder(join(home, name));
  }
}
