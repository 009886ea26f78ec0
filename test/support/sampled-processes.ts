import { spawn } from "node:child_process";
import { join } from "node:path";

export interface SampledProcesses {
  /** Every command line that was seen, its words ended by NUL. */
  readonly commands: readonly string[];
  readonly samples: number;
  readonly longestGapMs: number;
}

/**
 * Looks at all processes of the machine some twenty times a second, from a process of its own, until it is stopped.
 *
 * @param marks texts, one of which each process of interest has in its control group's name or in its environment
 */
export function sampleProcesses(marks: readonly string[]): { stop(): Promise<SampledProcesses> } {
  const sampler = join(import.meta.dirname, "process-sampler.mjs");
  const child = spawn(process.execPath, [sampler, ...marks], { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return {
    async stop() {
      child.stdin.end();
      const code = await ended;
      if (code !== 0) throw new Error(`the sampler of processes ended with ${code}`);
      return JSON.parse(output) as SampledProcesses;
    },
  };
}
