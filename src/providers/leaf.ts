import * as pulumi from "@pulumi/pulumi";

/** Whether the value is an Output or a Promise. */
export function isLater<T>(value: unknown): value is Promise<T> | pulumi.OutputInstance<T> {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}

/** The value when it is known now. */
export function known<T extends string | number | boolean>(leaf: pulumi.Input<T> | undefined): T | undefined {
  return leaf === undefined || isLater<T>(leaf) ? undefined : leaf;
}

/** What follows from a leaf: at once when the leaf is known now. */
export function mapLeaf<T extends string | number | boolean, Result>(
  leaf: pulumi.Input<T>,
  follow: (value: T) => Result,
): Result | pulumi.OutputInstance<Result> {
  if (!isLater<T>(leaf)) return follow(leaf);
  // A text, a number or a flag has nothing inside to unwrap, which the compiler cannot know of a `T`.
  return pulumi.output<T>(leaf).apply((value) => follow(value as T));
}
