import { packageVersion } from "../core/package.js";
import { thisMachine } from "./control-plane/machine.js";
import { realHosts } from "./onprem/machine.js";
import { servePlugin } from "./serve.js";

servePlugin({
  version: packageVersion(),
  machines: { local: thisMachine(process.cwd()), onprem: realHosts() },
  arguments: process.argv.slice(2),
});
