/**
 * Runs `make`, which registers resources, without stacks. Pulumi notes a stack with every promise, a dozen of them a
 * resource, and maps each of its frames to a source: more work than the registration itself. Where a resource was
 * made it finds out by a stack of its own, which this leaves alone, and who looks for leaked promises gets all.
 *
 * @throws what `make` throws; the stack of such an error begins where this was called
 */
export function withShallowStacks<T>(make: () => T): T {
  if (process.env["PULUMI_DEBUG_PROMISE_LEAKS"]) return make();
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } catch (error) {
    Error.stackTraceLimit = stackTraceLimit;
    if (error instanceof Error) Error.captureStackTrace(error, withShallowStacks);
    throw error;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
