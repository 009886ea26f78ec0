/** Waits for all, also when one fails: nothing goes on behind the back of whoever is told of the failure. */
export async function allAtOnce(works: readonly (() => Promise<void>)[]): Promise<void> {
  const ended = await Promise.allSettled(works.map((work) => work()));
  for (const each of ended) if (each.status === "rejected") throw each.reason;
}
