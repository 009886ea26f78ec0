import { packageVersion } from "../core/package.js";
import { thisMachine } from "./control-plane/machine.js";
import { servePlugin } from "./serve.js";

servePlugin({
  version: packageVersion(),
  machine: thisMachine(process.cwd()),
  arguments: process.argv.slice(2),
});
