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

  /** Runs a command in a pod: `ok`, or what it said when it failed. */
  async try(pod: string, command: readonly string[]): Promise<string> {
    try {
      await this.text(["exec", pod, "--", ...command]);
      return "ok";
    } catch (error) {
      return String((error as { readonly stderr?: unknown }).stderr ?? error).trim();
    }
  }

  /** A pod on a node that does nothing and stays; its name, once it runs. */
  async startOn(node: string, image: string, labels: Readonly<Record<string, string>>): Promise<string> {
    const name = `stays-${this.#pods++}`;
    await this.apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default", labels },
      spec: {
        nodeName: node,
        terminationGracePeriodSeconds: 0,
        containers: [{ name: "stays", image, args: ["pause"], imagePullPolicy: "IfNotPresent" }],
      },
    });
    await eventually(`pod ${name} on ${node} runs`, async () =>
      (await this.#phaseOf(name)) === "Running" ? true : undefined,
    );
    return name;
  }

  /** Runs an image once on a node, as a pod of its own, and tells how it ended. */
  async runOn(
    node: string,
    image: string,
    args: readonly string[],
    { hostNetwork = false, withLog = true }: { readonly hostNetwork?: boolean; readonly withLog?: boolean } = {},
  ) {
    const name = `once-${this.#pods++}`;
    await this.apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default" },
      spec: {
        nodeName: node,
        restartPolicy: "Never",
        hostNetwork,
        tolerations: [{ operator: "Exists" }],
        containers: [{ name: "once", image, args, imagePullPolicy: "IfNotPresent" }],
      },
    });
    try {
      const phase = await eventually(
        `pod ${name} on ${node} has ended`,
        async () => {
          const phase = await this.#phaseOf(name);
          return phase === "Succeeded" || phase === "Failed" ? phase : undefined;
        },
        { timeoutSeconds: 60 },
      );
      return { node, phase, log: withLog ? (await this.text(["logs", name])).trim() : "" };
    } finally {
      await this.text(["delete", "pod", name, "--grace-period=0", "--force", "--wait=false", "--ignore-not-found"]);
    }
  }

  async #phaseOf(name: string): Promise<string> {
    const { status } = await this.json<{ status: { phase: string } }>(["get", "pod", name]);
    return status.phase;
  }
}
