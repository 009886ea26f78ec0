import { Command } from "commander";

/** `isokube parity`: one spec held against every target, before anything is made anywhere. */
export function parityCommand(): Command {
  return new Command("parity")
    .description("compare what a spec becomes on every target; offline, changes nothing")
    .argument(
      "<stack or file>",
      "a stack of the project here, or a file with the arguments of a Cluster (YAML or JSON)",
    )
    .option("--json", "print JSON")
    .option("--name <cluster>", "the cluster's name, from which names of resources are made", "cluster")
    .addHelpText(
      "after",
      "\nEnds with 1 when the spec does not fit its target or one in requirePortableTo, with 2 when it cannot be read.",
    )
    .action(async (source: string, options: { readonly json?: boolean; readonly name: string }) => {
      // The checks and adapters are more than all other commands together.
      const { compareTargets } = await import("./run.js");
      compareTargets(source, options);
    });
}
