import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { stringify } from "yaml";
import { ensureParts, layOutPulumi } from "../../toolchain/index.js";
import { type EngineEvents, readEventLog } from "./engine-events.js";
import { beforeEarlyEnd, kill, killMarked, killMarkedNow, type MarkedProcess, processesMarked } from "./processes.js";

const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

export interface EngineOptions {
  /** ESM source of the program; it can import `isokube`, `@pulumi/pulumi` and `@pulumi/kubernetes`. */
  readonly program: string;
  /** @default "test" */
  readonly project?: string;
  /** The stack that is made at once and used when a command names none. @default "dev" */
  readonly stack?: string;
  /** Config of that stack, keys with their namespace, for example `test:target`. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Folder of the plugin that serves `isokube:local:ControlPlane`. @default the product's */
  readonly pluginDirectory?: string;
  /** Added to every command's environment; a function is given the engine's directory. */
  readonly env?: Readonly<Record<string, string>> | ((directory: string) => Readonly<Record<string, string>>);
}

export interface CommandOptions {
  readonly stack?: string;
  /** More arguments of the command, for example `["--target", urn]`. */
  readonly args?: readonly string[];
  /** `up` and `destroy` skip the preview unless asked. @default false */
  readonly preview?: boolean;
  /** The command is killed after this time and the test fails with its output. @default 100 */
  readonly timeoutSeconds?: number;
  /** True returns a failed run instead of throwing. @default false */
  readonly mayFail?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** One finished command. */
export interface Run extends EngineEvents {
  readonly command: string;
  /** Null when it was killed. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, as a terminal shows them; `--diff` sends errors to the second. */
  readonly output: string;
  readonly seconds: number;
}

/** A command that still runs, for tests that end it early. */
export interface RunningCommand {
  readonly pid: number;
  readonly finished: Promise<Run>;
  /** The event log as far as it is written. */
  events(): Promise<EngineEvents>;
  /** SIGINT, as Ctrl-C sends it. */
  interrupt(): void;
  /** `kill -9` of the command alone: its plugins are left to notice. */
  kill(): void;
}

/** A stack's last checkpoint, as the backend holds it (secrets encrypted). */
export interface Deployment {
  readonly resources?: readonly StackResource[];
  readonly pending_operations?: readonly unknown[];
}

export interface StackResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly initErrors?: readonly string[];
}

type Lifecycle = "up" | "preview" | "refresh" | "destroy";

/**
 * The real Pulumi command in a world of its own: project, backend, plugins and
 * cluster data live under one temporary directory, which is also the mark by
 * which every process the test starts is found and ended.
 */
export class Engine {
  readonly directory: string;
  readonly project: string;
  readonly defaultStack: string;
  /** Goes into every command; the tests of secrets search for it. */
  readonly passphrase = "correct-horse-battery-staple";
  readonly env: Readonly<Record<string, string>>;
  readonly #running = new Set<RunningCommand>();
  readonly #earlyEnd = beforeEarlyEnd(() => {
    killMarkedNow(this.directory);
    rmSync(this.directory, { recursive: true, force: true });
  });
  #runs = 0;

  private constructor(directory: string, options: EngineOptions) {
    this.directory = directory;
    this.project = options.project ?? "test";
    this.defaultStack = options.stack ?? "dev";
    const inherited = ["HOME", "LANG", "ISOKUBE_CACHE", "XDG_CACHE_HOME"].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    });
    this.env = {
      ...Object.fromEntries(inherited),
      // This very Node, whichever the tests run on; git and shells from the system.
      PATH: [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(delimiter),
      PULUMI_HOME: this.#pulumiHome,
      PULUMI_BACKEND_URL: pathToFileURL(join(directory, "backend")).href,
      PULUMI_CONFIG_PASSPHRASE: this.passphrase,
      // Nothing may wait for a network that is not there.
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
      // Makes `--event-log` known.
      PULUMI_DEBUG_COMMANDS: "true",
      ISOKUBE_HOME: join(directory, "clusters-home"),
      // What a killed command leaves in the temporary directory goes with the rest.
      TMPDIR: join(directory, "tmp"),
      ...(typeof options.env === "function" ? options.env(directory) : options.env),
    };
  }

  /** Lays out project, backend and plugins, and makes the default stack. */
  static async create(options: EngineOptions): Promise<Engine> {
    const parts = await ensureParts({ parts: ["pulumi", "pulumi-language-nodejs", "pulumi-resource-kubernetes"] });
    await ensureProductBuilt();
    const engine = new Engine(await realpath(await mkdtemp(join(tmpdir(), "isokube-engine-"))), options);
    try {
      layOutPulumi({ pulumiHome: engine.#pulumiHome, parts });
      await engine.#layOut(options.pluginDirectory ?? join(repository, "plugin"));
      await engine.writeProgram(options.program);
      await engine.addStack(engine.defaultStack, options.config);
    } catch (error) {
      await engine.close();
      throw error;
    }
    return engine;
  }

  get #pulumiHome(): string {
    return join(this.directory, "pulumi-home");
  }

  get projectDirectory(): string {
    return join(this.directory, "project");
  }

  /** What `ISOKUBE_HOME` is for everything this engine starts. */
  get isokubeHome(): string {
    return join(this.directory, "clusters-home");
  }

  async #layOut(pluginDirectory: string): Promise<void> {
    const modules = join(this.projectDirectory, "node_modules");
    await mkdir(modules, { recursive: true });
    await mkdir(join(this.directory, "backend"));
    await mkdir(join(this.directory, "tmp"));
    await Promise.all([
      symlink(join(repository, "node_modules", "@pulumi"), join(modules, "@pulumi")),
      symlink(repository, join(modules, "isokube")),
      writeFile(
        join(this.projectDirectory, "package.json"),
        JSON.stringify({ name: this.project, version: "0.0.0", private: true, type: "module", main: "program.js" }),
      ),
      writeFile(
        join(this.projectDirectory, "Pulumi.yaml"),
        stringify({
          name: this.project,
          main: "program.js",
          runtime: { name: "nodejs", options: { typescript: false } },
          plugins: { providers: [{ name: "isokube", path: pluginDirectory }] },
        }),
      ),
    ]);
  }

  /** Replaces the program, as a user who edits it. */
  async writeProgram(source: string): Promise<void> {
    await writeFile(join(this.projectDirectory, "program.js"), source);
  }

  async addStack(name: string, config: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.pulumi(["stack", "init", name]);
    await this.setConfig(config, name);
  }

  /** Adds plain config to a stack; a secret goes through `pulumi(["config", "set", "--secret", …])`. */
  async setConfig(config: Readonly<Record<string, unknown>>, stack = this.defaultStack): Promise<void> {
    if (Object.keys(config).length === 0) return;
    const file = join(this.projectDirectory, `Pulumi.${stack}.yaml`);
    const known = (await readFile(file, "utf8").catch(() => "")).replace(/^config:\n(?: .*\n?)*/m, "");
    const previous = this.#config.get(stack) ?? {};
    const merged = { ...previous, ...config };
    this.#config.set(stack, merged);
    await writeFile(file, known + stringify({ config: merged }));
  }
  readonly #config = new Map<string, Readonly<Record<string, unknown>>>();

  up(options?: CommandOptions): Promise<Run> {
    return this.start("up", options).finished;
  }

  preview(options?: CommandOptions): Promise<Run> {
    return this.start("preview", options).finished;
  }

  refresh(options?: CommandOptions): Promise<Run> {
    return this.start("refresh", options).finished;
  }

  destroy(options?: CommandOptions): Promise<Run> {
    return this.start("destroy", options).finished;
  }

  /** Starts a lifecycle command and hands it over while it runs. */
  start(command: Lifecycle, options: CommandOptions = {}): RunningCommand {
    const skipPreview = command !== "preview" && options.preview !== true ? ["--skip-preview"] : [];
    const confirm = command === "preview" ? [] : ["--yes"];
    const stack = ["--stack", options.stack ?? this.defaultStack];
    return this.#spawn([command, ...stack, ...confirm, ...skipPreview, ...(options.args ?? [])], options, true);
  }

  /** Any other command, for example `["stack", "export"]`; throws when it fails unless `mayFail`. */
  pulumi(args: readonly string[], options: CommandOptions = {}): Promise<Run> {
    const stack = options.stack === undefined ? [] : ["--stack", options.stack];
    return this.#spawn([...args, ...stack, ...(options.args ?? [])], options, false).finished;
  }

  /** The stack's outputs, secrets shown. */
  async outputs(stack = this.defaultStack): Promise<Record<string, unknown>> {
    const run = await this.pulumi(["stack", "output", "--json", "--show-secrets"], { stack });
    return JSON.parse(run.stdout);
  }

  /** `pulumi stack export`, whose text is what a user may paste somewhere. */
  async stackExport(stack = this.defaultStack): Promise<{ text: string; deployment: Deployment }> {
    const { stdout } = await this.pulumi(["stack", "export"], { stack });
    return { text: stdout, deployment: JSON.parse(stdout).deployment };
  }

  /** The same as the backend's file holds it, without starting a process. */
  async checkpoint(stack = this.defaultStack): Promise<Deployment> {
    const file = join(this.directory, "backend", ".pulumi", "stacks", this.project, `${stack}.json`);
    return JSON.parse(await readFile(file, "utf8")).checkpoint.latest ?? {};
  }

  /** `pulumi preview --json`: the plan as the CLI's users get it. */
  async previewJson(options: CommandOptions = {}): Promise<{ steps: Record<string, unknown>[]; raw: string }> {
    const run = await this.preview({ ...options, args: ["--json", ...(options.args ?? [])] });
    return { ...JSON.parse(run.stdout), raw: run.stdout };
  }

  /** Living processes that anything this engine started left or still needs. */
  processes(): Promise<MarkedProcess[]> {
    return processesMarked(this.directory);
  }

  /** Ends every process and removes every file, whatever state the test left. */
  async close(): Promise<void> {
    await killMarked(this.directory);
    await Promise.allSettled([...this.#running].map((command) => command.finished));
    await rm(this.directory, { recursive: true, force: true });
    this.#earlyEnd.cancel();
  }

  #spawn(args: readonly string[], options: CommandOptions, logsEvents: boolean): RunningCommand {
    this.#runs += 1;
    const eventLog = join(this.directory, `events-${this.#runs}.ndjson`);
    const events = logsEvents ? ["--event-log", eventLog] : [];
    const started = performance.now();
    const pulumi = join(this.#pulumiHome, "bin", "pulumi");
    const child = spawn(pulumi, [...args, "--non-interactive", "--color", "never", ...events], {
      cwd: this.projectDirectory,
      env: { ...this.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const { pid } = child;
    if (pid === undefined) throw new Error(`${pulumi} could not be started`);
    const running: RunningCommand = {
      pid,
      events: () => readEventLog(eventLog),
      interrupt: () => void child.kill("SIGINT"),
      kill: () => kill(pid),
      finished: this.#finish(child, `pulumi ${args.join(" ")}`, options, started, eventLog).finally(() =>
        this.#running.delete(running),
      ),
    };
    this.#running.add(running);
    // Whoever kills a command may never ask how it ended.
    running.finished.catch(() => undefined);
    return running;
  }

  async #finish(
    child: ChildProcess,
    command: string,
    options: CommandOptions,
    started: number,
    eventLog: string,
  ): Promise<Run> {
    const output = { stdout: "", stderr: "" };
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
    const timeoutSeconds = options.timeoutSeconds ?? 100;
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
    }, timeoutSeconds * 1000);
    // "exit", not "close": a killed command's plugins may hold its pipes for a moment longer.
    const exitCode = await new Promise<number | null>((done, fail) => {
      child.once("error", fail);
      child.once("close", (code) => done(code));
      child.once("exit", (code, signal) => {
        if (signal !== null) done(code);
      });
    }).finally(() => clearTimeout(timer));
    const run: Run = {
      command,
      exitCode,
      ...output,
      output: output.stdout + output.stderr,
      seconds: (performance.now() - started) / 1000,
      ...(await readEventLog(eventLog)),
    };
    const failure = timedOut ? `ran for over ${timeoutSeconds} s` : `ended with ${exitCode}`;
    if (timedOut || (exitCode !== 0 && options.mayFail !== true)) {
      throw new Error(`${command} ${failure}\n${run.output}`);
    }
    return run;
  }
}

/** Tests run the bundles users run; a stale one would test yesterday's code. */
async function ensureProductBuilt(): Promise<void> {
  const script: { ensureBuilt(): Promise<void> } = await import(join(repository, "scripts", "build.mjs"));
  await script.ensureBuilt();
}
