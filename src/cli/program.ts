import { Command, CommanderError } from "commander";
import { ToolchainError } from "../../toolchain/index.js";
import { messageOf } from "../core/message-of.js";
import { packageVersion } from "../core/package.js";
import { ValidationError } from "../core/validation.js";
import { bundleCommand } from "./bundle/command.js";
import { doctorCommand } from "./doctor.js";
import { Exit } from "./exit.js";
import { parityCommand } from "./parity/command.js";
import { environmentCommand, quickstartCommand } from "./quickstart/command.js";
import { toolchainCommand } from "./toolchain.js";

/** The whole command line; commands are listed in the order in which a newcomer needs them. */
export function isokubeProgram(): Command {
  const program = new Command("isokube")
    .description("The same Kubernetes cluster and the same workload on every target.")
    .version(packageVersion())
    .showHelpAfterError("(add --help for what it understands)")
    .exitOverride();
  const commands = [
    quickstartCommand(),
    environmentCommand(),
    toolchainCommand(),
    doctorCommand(),
    parityCommand(),
    bundleCommand(),
  ];
  for (const command of commands) {
    program.addCommand(command.copyInheritedSettings(program));
  }
  return program;
}

/** What a failure ends the program with: 1 generic, 2 what the user can set right, as Pulumi's codes. */
function exitCodeOf(error: unknown): number {
  if (error instanceof Exit) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof ValidationError) return 2;
  if (error instanceof ToolchainError) {
    return error.problems.every(({ code }) => code !== "toolchain/build-failed") ? 2 : 1;
  }
  return 1;
}

export async function runProgram(program: Command, args: readonly string[]): Promise<number> {
  try {
    await program.parseAsync([...args], { from: "user" });
    return 0;
  } catch (error) {
    // commander has printed its own message already.
    if (!(error instanceof CommanderError)) {
      process.stderr.write(`${messageOf(error)}\n`);
    }
    return exitCodeOf(error);
  }
}
