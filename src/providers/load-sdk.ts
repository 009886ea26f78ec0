import { createRequire } from "node:module";
import { join } from "node:path";

const requireFromHere = createRequire(import.meta.url);

/** An SDK that the chosen target needs is not installed. */
export class SdkMissingError extends Error {
  override readonly name = "SdkMissingError";
  /** Pulumi prints the message of an error that carries this mark, without the stack, as of a `ValidationError`. */
  readonly __pulumiRunError = true;

  constructor(
    readonly packageName: string,
    range: string | undefined,
  ) {
    const wanted = range === undefined ? packageName : `"${packageName}@${range}"`;
    super(`the package ${packageName} is not installed. Fix: npm install ${wanted}.`);
  }
}

/**
 * Loads a Pulumi SDK when, and only when, it is needed: a stack on one cloud
 * never pays for another's SDK. Looks first where the program is, so that the
 * program and isokube share one copy. A part of an SDK, such as
 * `@pulumi/gcp/container`, loads faster than the whole.
 *
 * @throws SdkMissingError naming the install command, when it is not installed.
 */
export function loadSdk<Sdk>(specifier: string, range?: string): Sdk {
  for (const load of [createRequire(join(process.cwd(), "program.js")), requireFromHere]) {
    let path: string;
    try {
      path = load.resolve(specifier);
    } catch (error) {
      if (isNotFound(error)) continue;
      throw error;
    }
    return load(path);
  }
  const [scope, name] = specifier.split("/");
  throw new SdkMissingError(`${scope}/${name}`, range);
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND";
}
