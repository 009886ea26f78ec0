/**
 * Kubernetes quantities: `250m`, `1.5`, `256Mi`, `1e3`.
 * Source: apimachinery `pkg/api/resource/quantity.go`.
 */

/** Amounts are counted in billionths, the finest step Kubernetes keeps, so that comparing them is exact. */
const unit = 1_000_000_000n;

const decimalExponents: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binaryFactors: Readonly<Record<string, bigint>> = {
  Ki: 1024n,
  Mi: 1024n ** 2n,
  Gi: 1024n ** 3n,
  Ti: 1024n ** 4n,
  Pi: 1024n ** 5n,
  Ei: 1024n ** 6n,
};

const quantityPattern =
  /^(?<sign>[+-]?)(?<whole>\d*)(?:\.(?<fraction>\d*))?(?<suffix>[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,2})?$/;

/** The amount in billionths (rounded up, as Kubernetes does), or nothing when the text is not a quantity. */
export function parseQuantity(text: string): bigint | undefined {
  const groups = quantityPattern.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const whole = groups["whole"] ?? "";
  const fraction = groups["fraction"] ?? "";
  if (whole === "" && fraction === "") return undefined;

  const suffix = groups["suffix"] ?? "";
  const digits = BigInt(whole + fraction);
  const binary = binaryFactors[suffix];
  const exponent = binary === undefined ? (decimalExponents[suffix] ?? Number(suffix.slice(1))) : 0;

  const scale = exponent - fraction.length;
  const numerator = digits * unit * (binary ?? 1n) * (scale > 0 ? 10n ** BigInt(scale) : 1n);
  const denominator = scale < 0 ? 10n ** BigInt(-scale) : 1n;
  const amount = (numerator + denominator - 1n) / denominator;
  return groups["sign"] === "-" ? -amount : amount;
}

/** Negative, zero or positive as `left` is less than, equal to or more than `right`; nothing when either is no quantity. */
export function compareQuantities(left: string, right: string): number | undefined {
  const [a, b] = [parseQuantity(left), parseQuantity(right)];
  if (a === undefined || b === undefined) return undefined;
  return a < b ? -1 : a > b ? 1 : 0;
}
