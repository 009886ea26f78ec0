import type { Problem } from "../../../core/problems.js";

/** A number of pods, or a share of them. Source: apimachinery `util/intstr`. */
export type PodCount = { readonly pods: number } | { readonly percent: number };

export function parsePodCount(text: string): PodCount | undefined {
  const groups = /^(?<amount>\d{1,9})(?<percent>%?)$/.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const amount = Number(groups["amount"]);
  if (groups["percent"] === "") return { pods: amount };
  return amount <= 100 ? { percent: amount } : undefined;
}

export function isNone(count: PodCount): boolean {
  return ("pods" in count ? count.pods : count.percent) === 0;
}

/** How many of `total` it is; a share is rounded up, as the disruption controller does. */
export function podsOf(count: PodCount, total: number): number {
  return "pods" in count ? count.pods : Math.ceil((total * count.percent) / 100);
}

export function checkPodCount(path: string, text: string): Problem[] {
  return parsePodCount(text) === undefined
    ? [
        {
          code: "pod-count/invalid",
          path,
          value: text,
          why: "is neither a number of pods nor a percentage",
          fix: 'write it as 1 or "25%"',
        },
      ]
    : [];
}
