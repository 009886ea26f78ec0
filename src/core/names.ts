/**
 * Kubernetes' rules for names. Each check returns the clause that says what is
 * wrong, or nothing.
 * Source: apimachinery `pkg/util/validation`, kubernetes `pkg/apis/core/validation`.
 */
type NameCheck = (name: string) => string | undefined;

const label1123 = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const label1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelText = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

function tooLong(name: string, limit: number): string | undefined {
  return name.length > limit ? `is ${name.length} characters long, at most ${limit} are allowed` : undefined;
}

/** RFC 1123 label: containers, volumes, namespaces. */
export const dnsLabelProblem: NameCheck = (name) =>
  tooLong(name, 63) ??
  (label1123.test(name)
    ? undefined
    : "must be lower-case letters, digits and '-', starting and ending with a letter or digit");

/** RFC 1035 label: Services, and whatever shares its name with one. */
export const serviceNameProblem: NameCheck = (name) =>
  tooLong(name, 63) ??
  (label1035.test(name)
    ? undefined
    : "must be lower-case letters, digits and '-', starting with a letter and ending with a letter or digit");

/** RFC 1123 subdomain: most other objects. */
export const dnsSubdomainProblem: NameCheck = (name) =>
  tooLong(name, 253) ??
  (subdomain.test(name)
    ? undefined
    : "must be lower-case letters, digits, '-' and '.', with a letter or digit around each '.'");

/** Name of a container port, as Services and probes use it. */
export const portNameProblem: NameCheck = (name) =>
  tooLong(name, 15) ??
  (/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) && /[a-z]/.test(name) && !name.includes("--")
    ? undefined
    : "must be lower-case letters, digits and single '-', with at least one letter, starting and ending with a letter or digit");

/**
 * Name of an environment variable. Newer API servers take nearly any printable
 * text; this is what every one of them takes, and every shell can read.
 */
export const envNameProblem: NameCheck = (name) =>
  tooLong(name, 200) ??
  (/^[A-Za-z_.-][A-Za-z0-9_.-]*$/.test(name) && name !== "." && !name.startsWith("..")
    ? undefined
    : "must be letters, digits, '_', '-' and '.', not starting with a digit");

/** Key inside a ConfigMap or Secret, which is also a file name once mounted. */
export const dataKeyProblem: NameCheck = (key) =>
  tooLong(key, 253) ??
  (/^[-._a-zA-Z0-9]+$/.test(key) && key !== "." && !key.startsWith("..")
    ? undefined
    : "must be letters, digits, '-', '_' and '.', and not begin with '..'");

/** Key of a label, an annotation or a taint: `name` or `domain/name`. */
export const labelKeyProblem: NameCheck = (key) => {
  const parts = key.split("/");
  const name = parts.at(-1) ?? "";
  const prefix = parts.length === 2 ? parts[0] : undefined;
  if (parts.length > 2) return "must hold at most one '/'";
  if (prefix !== undefined && dnsSubdomainProblem(prefix) !== undefined) return "must have a DNS name before the '/'";
  return (
    tooLong(name, 63) ??
    (labelText.test(name)
      ? undefined
      : "must be letters, digits, '-', '_' and '.', starting and ending with a letter or digit")
  );
};

/** Value of a label; empty is allowed. */
export const labelValueProblem: NameCheck = (value) =>
  tooLong(value, 63) ??
  (value === "" || labelText.test(value)
    ? undefined
    : "must be letters, digits, '-', '_' and '.', starting and ending with a letter or digit");

/** The candidate the user most likely meant, when one is close enough to be a slip. */
export function closestName(name: string, candidates: readonly string[]): string | undefined {
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance <= Math.max(1, Math.floor(candidate.length / 3)) && (best === undefined || distance < best.distance)) {
      best = { candidate, distance };
    }
  }
  return best?.candidate;
}

/** Insertions, deletions, substitutions and swaps of neighbours that make one the other. */
function editDistance(left: string, right: string): number {
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, index) => index)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= right.length; column++) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current.push(
        Math.min(
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          isSwap ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(left.length, right.length);
}
