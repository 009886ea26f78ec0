import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

interface Package {
  readonly directory: string;
  readonly version: string;
}

let found: Package | undefined;

/** This package, found above the sources in a checkout and above the bundle when installed. */
function thisPackage(): Package {
  for (let directory = import.meta.dirname; found === undefined; directory = dirname(directory)) {
    const manifest = readManifest(join(directory, "package.json"));
    if (manifest?.name === "isokube") found = { directory, version: manifest.version };
    else if (directory === dirname(directory)) {
      throw new Error(`no package.json of isokube above ${import.meta.dirname}: install the package again`);
    }
  }
  return found;
}

function readManifest(path: string): { name: string; version: string } | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** The version of this package; the plugin has the same. */
export function packageVersion(): string {
  return thisPackage().version;
}
