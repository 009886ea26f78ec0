import { Command } from "commander";
import { inspectReadiness, kubernetesProviderVersion } from "../../toolchain/index.js";
import { checkClusters } from "./doctor/clusters.js";
import { type Finding, renderFindings } from "./doctor/finding.js";
import { checkLoopback, checkMemory, checkNode } from "./doctor/machine.js";
import { checkKubernetesSdk, checkPulumiCopies } from "./doctor/packages.js";
import { checkToolchain } from "./doctor/toolchain.js";
import { Exit } from "./exit.js";

/** `isokube doctor`: looks at everything that is known to go wrong, and changes nothing. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("check this machine and this project; changes nothing")
    .option("--json", "print JSON")
    .action(async (options: { readonly json?: boolean }) => {
      const findings = await examine(process.cwd());
      const text = options.json === true ? JSON.stringify({ findings }, undefined, 2) : renderFindings(findings);
      process.stdout.write(`${text}\n`);
      const problems = findings.filter(({ status }) => status === "problem");
      if (problems.length > 0) throw new Exit(2, `${problems.length} of ${findings.length} checks found a problem.`);
    });
}

async function examine(folder: string): Promise<readonly Finding[]> {
  const [readiness, loopback] = await Promise.all([inspectReadiness(), checkLoopback()]);
  return [
    checkNode(),
    ...checkToolchain(readiness),
    checkMemory(),
    loopback,
    checkPulumiCopies(folder),
    checkKubernetesSdk(folder, kubernetesProviderVersion),
    checkClusters(),
  ];
}
