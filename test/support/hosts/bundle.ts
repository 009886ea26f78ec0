import { spawn } from "node:child_process";
import { openBundle } from "../../../src/onprem/artifacts/read-bundle.js";
import { cacheDirectory } from "../../../toolchain/index.js";
import { bundleArguments, bundleFolder } from "./bundle-command.mjs";

export interface TestBundle {
  readonly folder: string;
  /** Name of the image of upstream's own test server and client. */
  readonly agnhost: string;
}

/** Building everything from nothing, on two slow cores. */
const limitMinutes = 40;

/**
 * The folder of a bundle of this minor with every add-on and the tests' own
 * server, made by the product's command; made once and mended when it is not whole.
 */
export async function ensureBundle(minor: string): Promise<TestBundle> {
  const folder = bundleFolder(cacheDirectory(), minor);
  let output = "";
  const child = spawn(process.execPath, bundleArguments(cacheDirectory(), minor), {
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMinutes * 60_000);
  const code = await new Promise<number | null>((done, failed) => {
    child.once("error", failed);
    child.once("close", done);
  });
  clearTimeout(timer);
  if (code !== 0) throw new Error(`isokube bundle ended with ${code}:\n${output.slice(-3000)}`);
  const { images } = openBundle(folder);
  const agnhost = [...images.keys()].find((name) => name.includes("/agnhost:"));
  if (agnhost === undefined) throw new Error(`the bundle in ${folder} holds no agnhost`);
  return { folder, agnhost };
}
