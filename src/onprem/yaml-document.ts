import { stringify } from "yaml";

/**
 * YAML as Kubernetes' programs read it: by the rules of 1.1, where a bare `yes`
 * or `0755` is no text. Lines are not folded: a folded flag is hard to compare.
 */
export function yamlDocument(value: unknown): string {
  return stringify(value, { version: "1.1", lineWidth: 0 });
}
