/** One measured quantity of two candidates, pair by pair. */
export interface PairedFigures {
  /** How the two are compared: isokube ÷ peer, or isokube − peer. @default "ratio" */
  readonly compare?: "ratio" | "difference";
  readonly quantity: string;
  readonly unit: string;
  /** What isokube took, one figure a pair. */
  readonly isokube: readonly number[];
  /** What the peer took in the same pair. */
  readonly peer: readonly number[];
  /** The most that the median of the comparison may be. */
  readonly limit: number;
}

/** The middle value; the mean of the two middle ones of an even count. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * Each pair compared, then the median: a machine whose speed drifts slows both
 * of a pair alike, so pairs compare where totals would not.
 */
export function medianComparison(figures: PairedFigures): number {
  return median(
    figures.isokube.map((value, index) => {
      const peer = figures.peer[index] ?? Number.NaN;
      return figures.compare === "difference" ? value - peer : value / peer;
    }),
  );
}

/** One row of the report: medians, range, comparison, verdict. */
export function renderFigures(figures: PairedFigures): string {
  const spread = (values: readonly number[]) =>
    `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)})`;
  const { quantity, unit, limit } = figures;
  const comparison = medianComparison(figures);
  const [shown, bound] =
    figures.compare === "difference"
      ? [`${comparison.toFixed(2)} ${unit} more`, `${limit} ${unit} more`]
      : [`${comparison.toFixed(3)} ×`, `${limit.toFixed(2)} ×`];
  const verdict = comparison <= limit ? "within" : "OVER";
  return `| ${quantity} | ${spread(figures.isokube)} ${unit} | ${spread(figures.peer)} ${unit} | ${shown} | ${bound} | ${verdict} |`;
}

/** The header that belongs to `renderFigures`. */
export const figuresHeader =
  "| quantity | isokube: median (range) | peer: median (range) | compared | limit | verdict |\n|---|---|---|---|---|---|";
