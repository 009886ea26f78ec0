import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

let found: string | undefined;

/**
 * The folder `toolchain/go` of this package: above the sources in a checkout,
 * above the bundle in an installed package.
 */
export function goSourceDirectory(): string {
  for (let folder = import.meta.dirname; found === undefined; folder = dirname(folder)) {
    const candidate = join(folder, "toolchain", "go");
    if (existsSync(join(candidate, "pulumi", "go.mod"))) found = candidate;
    else if (folder === dirname(folder)) {
      throw new Error(
        `no toolchain/go above ${import.meta.dirname}: the isokube package is incomplete, install it again`,
      );
    }
  }
  return found;
}
