import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { eventually } from "../processes.js";
import { groupsOf, killGroups, makeGroups, processesIn, removeGroups } from "./cgroups.js";
import { type CommandOptions, type CommandResult, command, quoted, tryCommand } from "./commands.js";
import { type Identity, writeIdentity } from "./identity.js";
import { type Run, runFiles } from "./run.js";
import { type HostSnapshot, snapshot } from "./snapshot.js";

export interface HostSettings extends Identity {
  readonly run: Run;
  readonly index: number;
  /** The root file system that all hosts share. */
  readonly base: string;
  readonly password: string;
  readonly diskBytes: number;
}

export interface SshOptions extends CommandOptions {
  /** @default `ops` */
  readonly user?: string;
  /** Public key to expect of the host. @default the one it has */
  readonly hostKey?: string;
}

const whatFailed = "systemctl status --no-pager --failed; journalctl --no-pager --boot --priority=warning --lines=20";
const bootSeconds = 60;
const shutdownSeconds = 120;
const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A Debian machine with systemd and sshd of its own. Its clock is the machine's: the kernel has only one of it. */
export class TestHost {
  readonly name: string;
  readonly address: string;
  /** Who may log in with `privateKeyFile`. */
  readonly user = "ops";
  readonly privateKeyFile: string;
  /** Of `ops`, for sudo; the same on all hosts of a run. */
  readonly password: string;
  readonly folder: string;
  #hostKey = "";
  #launched: ChildProcess | undefined;
  readonly #settings: HostSettings;
  readonly #groups: readonly string[];

  constructor(settings: HostSettings) {
    this.#settings = settings;
    this.name = settings.name;
    this.address = settings.address;
    this.password = settings.password;
    this.privateKeyFile = runFiles(settings.run).privateKey;
    this.folder = join(settings.run.folder, settings.name);
    this.#groups = groupsOf(settings.run.name, settings.name);
  }

  /** The public key that its sshd shows: `ssh-ed25519 AAAA…`. Another one after `reimage()`. */
  get hostKey(): string {
    return this.#hostKey;
  }

  /** A new disk: what a host is before its first start, or after somebody installed it anew. */
  async makeDisk(): Promise<void> {
    this.#hostKey = await writeIdentity(join(this.folder, "identity"), this.#settings);
    writeFileSync(join(this.folder, "passwords"), `ops:${this.password}\n`, { mode: 0o600 });
    const disk = join(this.folder, "disk.img");
    rmSync(disk, { force: true });
    await command(["truncate", "--size", String(this.#settings.diskBytes), disk]);
    // No share kept back for root: a full disk is full for everybody.
    await command(["mkfs.ext4", "-q", "-m", "0", disk]);
  }

  /** Powers the host on, with the disk that it has, and waits until it can be worked with. */
  async start(): Promise<void> {
    if (this.isOn()) throw new Error(`${this.name} is on already`);
    await removeGroups(this.#groups);
    makeGroups(this.#groups);
    this.#writeSettings();
    const log = openSync(join(this.folder, "console.log"), "a");
    const launcher = join(import.meta.dirname, "launch.sh");
    const argv = ["--mount", "--propagation", "private", "sh", launcher, this.folder];
    this.#launched = spawn("unshare", argv, { detached: true, stdio: ["ignore", log, log], env: { PATH: path } });
    this.#launched.on("error", (error) => writeFileSync(log, `${error.message}\n`));
    this.#launched.once("close", () => closeSync(log));
    // A test that is over may leave its hosts to the next run's cleaning.
    this.#launched.unref();
    await this.#waitUntilUp(undefined);
  }

  /** Whether anything of the host runs. */
  isOn(): boolean {
    return this.#groups.some((group) => processesIn(group).length > 0);
  }

  /**
   * Dies at once, as when the power fails. The disk stays. The cable goes first: a host without power ends no
   * connection, and answers for none of its addresses, as its network would while the kernel still ends connections.
   */
  async kill(): Promise<void> {
    await this.#unplug();
    await killGroups(this.#groups);
    this.#launched = undefined;
  }

  /** Shuts down in order. The disk stays. */
  async powerOff(): Promise<void> {
    await this.exec(["systemctl", "poweroff"]);
    await eventually(`${this.name} is off`, () => Promise.resolve(this.isOn() ? undefined : true), {
      timeoutSeconds: shutdownSeconds,
      seen: () => this.consoleTail(),
    });
    await this.#unplug();
    this.#launched = undefined;
  }

  /** Reboots in order; back when it can be worked with. */
  async reboot(): Promise<void> {
    const before = this.#leader();
    await this.exec(["systemctl", "reboot"]);
    await this.#waitUntilUp(before);
  }

  /** Installed anew, as by somebody who put in another disk: same name and address, another machine. */
  async reimage(): Promise<void> {
    await this.kill();
    await eventually(`the disk of ${this.name} is released`, async () => {
      const { stdout } = await tryCommand(["losetup", "--associated", join(this.folder, "disk.img")]);
      return stdout === "" ? true : undefined;
    });
    await this.makeDisk();
    await this.start();
  }

  /** Pulls the network cable; it stays out over reboots. `exec` still works. */
  async cutNetwork(): Promise<void> {
    writeFileSync(join(this.folder, "cut"), "");
    await this.#setLink("down");
  }

  async restoreNetwork(): Promise<void> {
    rmSync(join(this.folder, "cut"), { force: true });
    await this.#setLink("up");
  }

  /**
   * Runs a program or a shell script as root on the host, without its network and its sshd, and gives back what it
   * printed; fails when it fails.
   */
  async exec(what: readonly string[] | string, options: CommandOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.tryExec(what, options);
    if (code === 0) return stdout;
    const shown = typeof what === "string" ? what : what.join(" ");
    throw new Error(`${this.name}: ${shown} ended with ${code}: ${`${stderr}${stdout}`.trim().slice(-2000)}`);
  }

  /** The same, whatever the exit code. */
  tryExec(what: readonly string[] | string, options: CommandOptions = {}): Promise<CommandResult> {
    const leader = this.#leader();
    if (leader === undefined) throw new Error(`${this.name} is off`);
    const argv = typeof what === "string" ? ["sh", "-c", what] : what;
    const { timeoutSeconds = 60, ...rest } = options;
    const enter = ["nsenter", "--target", String(leader), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"];
    // The limit is kept inside: killing `nsenter` would leave its child running on the host.
    const inside = ["env", "-i", `PATH=${path}`, "HOME=/root", "LANG=C.UTF-8", "timeout", "--kill-after=1"];
    return tryCommand([...enter, "--root", "--wd", "--", ...inside, String(timeoutSeconds), ...argv], {
      ...rest,
      timeoutSeconds: timeoutSeconds + 5,
    });
  }

  /** Logs in through the system's `ssh`, which accepts one host key only: the host's, if no other is given. */
  ssh(what: readonly string[] | string, options: SshOptions = {}): Promise<CommandResult> {
    const { user = this.user, hostKey = this.#hostKey, ...rest } = options;
    const known = join(this.folder, "known_hosts");
    writeFileSync(known, `${this.address} ${hostKey}\n`);
    const flags = ["BatchMode=yes", "StrictHostKeyChecking=yes", "IdentitiesOnly=yes", "ConnectTimeout=5"];
    const argv = ["ssh", "-F", "none", "-i", this.privateKeyFile, "-o", `UserKnownHostsFile=${known}`];
    const words = typeof what === "string" ? what : what.map(quoted).join(" ");
    return tryCommand([...argv, ...flags.flatMap((flag) => ["-o", flag]), `${user}@${this.address}`, words], rest);
  }

  /** Where this machine sees a file of the host: to be looked at many times a second, which `exec` is too slow for. */
  pathHere(path: string): string | undefined {
    const leader = this.#leader();
    return leader === undefined ? undefined : `/proc/${leader}/root${path}`;
  }

  /** Puts a file of this machine onto the host, as root, without its network. */
  async copyIn(file: string, destination: string): Promise<void> {
    const leader = this.#leader();
    if (leader === undefined) throw new Error(`${this.name} is off`);
    await command(["cp", "--preserve=mode", "--", file, `/proc/${leader}/root${destination}`], { timeoutSeconds: 120 });
  }

  /**
   * Fills the disk to the last byte; all of a host is on one disk.
   *
   * @param folder where the filling file is put
   * @returns removes the file again
   */
  async fillDisk(folder = "/var/lib"): Promise<() => Promise<void>> {
    const file = join(folder, "filled-by-a-test");
    // Reserving is quick but leaves crumbs; writing takes those.
    const script = `fallocate --length "$(df --output=avail --block-size=1 . | tail -n 1)" ${quoted(file)} || true
      dd if=/dev/zero of=${quoted(`${file}-rest`)} bs=4k status=none || true; sync`;
    await this.exec(script.replace("df ", `cd ${quoted(folder)} && df `));
    return async () => {
      await this.exec(["rm", "-f", file, `${file}-rest`]);
    };
  }

  /** What is on the host, to be compared with another moment by `compareSnapshots`. */
  snapshot(): Promise<HostSnapshot> {
    return snapshot((script) => this.exec(script));
  }

  /** What the host said on its console last. */
  consoleTail(): string {
    try {
      return readFileSync(join(this.folder, "console.log"), "utf8").trim().split("\n").slice(-15).join("\n");
    } catch {
      return "nothing";
    }
  }

  #writeSettings(): void {
    const { run, gateway, index, base } = this.#settings;
    const mac = ["02", "59", ...this.address.split(".").map((part) => Number(part).toString(16).padStart(2, "0"))].join(
      ":",
    );
    const settings = {
      name: this.name,
      run: run.name,
      switch: run.name,
      port: `port${index}`,
      address: this.address,
      prefix: "24",
      gateway,
      mac,
      base,
      cgroups: this.#groups.join(" "),
    };
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${quoted(value)}`);
    writeFileSync(join(this.folder, "settings.sh"), `${lines.join("\n")}\n`);
  }

  /** The host's first process: the only one below systemd-nspawn that has number 1 in its own, first namespace. */
  #leader(): number | undefined {
    return processesIn(this.#groups[0] ?? "").find((pid) => {
      try {
        return /^NSpid:\t\d+\t1$/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
      } catch {
        return false; // it ended while we looked
      }
    });
  }

  async #waitUntilUp(before: number | undefined): Promise<void> {
    const timeoutSeconds = before === undefined ? bootSeconds : bootSeconds + shutdownSeconds;
    let seen = "nothing runs yet";
    const waiting = { timeoutSeconds, everyMs: 100, seen: () => `${seen}; console: ${this.consoleTail()}` };
    await eventually(
      `${this.name} has booted`,
      async () => {
        const { exitCode = 0, signalCode = null } = this.#launched ?? {};
        if (exitCode !== null || signalCode !== null) {
          throw new Error(`${this.name} went off while booting (${exitCode ?? signalCode}): ${this.consoleTail()}`);
        }
        const leader = this.#leader();
        if (leader === undefined || leader === before) return undefined;
        const { stdout, stderr } = await this.tryExec(["systemctl", "is-system-running", "--wait"], { timeoutSeconds });
        seen = `${stdout}${stderr}`.trim();
        if (seen === "degraded") {
          throw new Error(`${this.name} is degraded: ${await this.exec(whatFailed)}`);
        }
        return seen === "running" ? true : undefined;
      },
      waiting,
    );
    if (existsSync(join(this.folder, "cut"))) return;
    await eventually(`sshd of ${this.name} answers`, () => readBanner(this.address), {
      ...waiting,
      timeoutSeconds: 20,
    });
  }

  /** Takes the link away, if there is one; the next start makes another. */
  async #unplug(): Promise<void> {
    const { run, index } = this.#settings;
    await tryCommand(["ip", "-n", run.name, "link", "del", `port${index}`]);
  }

  #setLink(state: "up" | "down"): Promise<string> {
    const { run, index } = this.#settings;
    return command(["ip", "-n", run.name, "link", "set", `port${index}`, state]);
  }
}

/** What an SSH server says first; nothing while there is none. */
function readBanner(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 2000 });
    const done = (banner: string | undefined): void => {
      socket.destroy();
      resolve(banner);
    };
    socket.once("data", (data) => done(/^SSH-\S+/.exec(String(data))?.[0]));
    for (const event of ["error", "timeout", "close"]) socket.once(event, () => done(undefined));
  });
}
