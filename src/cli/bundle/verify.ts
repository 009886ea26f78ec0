import type { Problem } from "../../core/problems.js";
import { assertNoProblems } from "../../core/validation.js";
import type { Bundle } from "../../onprem/artifacts/bundle.js";
import { checkBundleFile, openBundle } from "../../onprem/artifacts/read-bundle.js";

/**
 * Compares every file of a bundle with its list.
 *
 * @throws ValidationError naming every file that differs
 */
export async function verifyBundle(
  directory: string,
  publicKey: string | undefined,
  signal?: AbortSignal,
): Promise<Bundle> {
  const bundle = openBundle(directory, publicKey);
  const problems: Problem[] = [];
  for (const file of bundle.manifest.files) {
    signal?.throwIfAborted();
    problems.push(...(await checkBundleFile(directory, file)));
  }
  assertNoProblems("the bundle", problems);
  return bundle;
}
