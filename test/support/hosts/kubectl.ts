import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { partPaths } from "../parts.js";
import { eventually } from "../processes.js";

const run = promisify(execFile);

/** The real kubectl on one kubeconfig. */
export class KubectlAt {
  #pods = 0;

  private constructor(
    private readonly program: string,
    private readonly kubeconfig: string,
  ) {}

  static async of(kubeconfig: string): Promise<KubectlAt> {
    const [program] = await partPaths(["kubectl"]);
    return new KubectlAt(program, kubeconfig);
  }

  async text(args: readonly string[], input?: string): Promise<string> {
    const pending = run(this.program, ["--kubeconfig", this.kubeconfig, "--request-timeout=20s", ...args], {
      timeout: 60_000,
      maxBuffer: 64 * 1024 * 1024,
    });
    if (input !== undefined) pending.child.stdin?.end(input);
    return (await pending).stdout;
  }

  async json<T>(args: readonly string[]): Promise<T> {
    return JSON.parse(await this.text([...args, "--output=json"])) as T;
  }

  apply(object: object): Promise<string> {
    return this.text(["apply", "--filename", "-"], JSON.stringify(object));
  }

  /** Runs an image once on a node, as a pod of its own, and tells how it ended. */
  async runOn(node: string, image: string, args: readonly string[], labels: Readonly<Record<string, string>> = {}) {
    const name = `once-${this.#pods++}`;
    await this.apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default", labels },
      spec: {
        nodeName: node,
        restartPolicy: "Never",
        tolerations: [{ operator: "Exists" }],
        containers: [{ name: "once", image, args, imagePullPolicy: "IfNotPresent" }],
      },
    });
    try {
      const phase = await eventually(
        `pod ${name} on ${node} has ended`,
        async () => {
          const { status } = await this.json<{ status: { phase: string } }>(["get", "pod", name]);
          return status.phase === "Succeeded" || status.phase === "Failed" ? status.phase : undefined;
        },
        { timeoutSeconds: 60 },
      );
      return { node, phase, log: (await this.text(["logs", name])).trim() };
    } finally {
      await this.text(["delete", "pod", name, "--grace-period=0", "--force", "--wait=false"]);
    }
  }
}
