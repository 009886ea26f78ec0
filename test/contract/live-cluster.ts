import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { partPaths } from "../support/parts.js";

/** A live cluster as kubectl sees it. */
export class LiveCluster {
  private constructor(
    readonly kubeconfigFile: string,
    private readonly executable: string,
  ) {}

  static async open(kubeconfigFile: string): Promise<LiveCluster> {
    const [executable] = await partPaths(["kubectl"]);
    return new LiveCluster(kubeconfigFile, executable);
  }

  /** Runs kubectl; throws with what it said when it fails. */
  kubectl(args: readonly string[], stdin?: string): Promise<string> {
    return new Promise((done, fail) => {
      const child = execFile(
        this.executable,
        ["--kubeconfig", this.kubeconfigFile, "--request-timeout=10s", ...args],
        { timeout: 30_000, maxBuffer: 16 << 20 },
        (error, stdout, stderr) =>
          error === null ? done(stdout) : fail(new Error(`kubectl ${args.join(" ")}: ${stderr || error.message}`)),
      );
      child.stdin?.end(stdin);
    });
  }

  async get<T>(args: readonly string[]): Promise<T> {
    return JSON.parse(await this.kubectl(["get", ...args, "--output", "json"]));
  }

  apply(manifest: object, args: readonly string[] = []): Promise<string> {
    return this.kubectl(["apply", "--filename", "-", ...args], JSON.stringify(manifest));
  }
}

/**
 * Asks until the answer is there.
 *
 * @throws when it is not in time, with what was seen last.
 */
export async function eventually<T>(
  what: string,
  timeoutSeconds: number,
  ask: () => Promise<{ readonly done: T } | { readonly seen: string }>,
): Promise<T> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const answer = await ask();
    if ("done" in answer) return answer.done;
    if (Date.now() > deadline)
      throw new Error(`${what} did not happen in ${timeoutSeconds} s; last seen: ${answer.seen}`);
    await sleep(500);
  }
}
