import { isokubeProgram, runProgram } from "./program.js";

process.exitCode = await runProgram(isokubeProgram(), process.argv.slice(2));
