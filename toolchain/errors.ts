import { messageOf } from "../src/core/message-of.js";
import { formatProblem, type Problem } from "../src/core/problems.js";

/** What keeps the toolchain from getting its parts, with a fix for each. */
export class ToolchainError extends Error {
  override readonly name = "ToolchainError";

  constructor(readonly problems: readonly Problem[]) {
    super(["the toolchain is not complete:", ...problems.map((problem) => `  ${formatProblem(problem)}`)].join("\n"));
  }
}

/** The first line of an error's message: what fits into a progress line. */
export function briefMessage(error: unknown): string {
  const message = messageOf(error);
  return message.split("\n", 1)[0] ?? message;
}
