/**
 * Waits for all tasks. When one fails the others are told to stop, and only when
 * all have is its error thrown: nothing goes on in the background.
 */
export async function concurrently(stop: AbortController, ...tasks: readonly Promise<unknown>[]): Promise<void> {
  const failures: unknown[] = [];
  const fail = (error: unknown): void => {
    failures.push(error);
    stop.abort(error);
  };
  await Promise.all(tasks.map((task) => task.catch(fail)));
  if (failures.length > 0) throw failures[0];
}
