import * as pulumi from "@pulumi/pulumi";

/** A value that may be known only later; alias that says what it is for in a spec. */
export type Leaf<T> = pulumi.Input<T>;

/** Whether the value is an Output or a Promise. */
export function isLater<T>(value: unknown): value is Promise<T> | pulumi.OutputInstance<T> {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}

/** The value when it is known now. */
export function known<T extends string | number | boolean>(leaf: Leaf<T> | undefined): T | undefined {
  return leaf === undefined || isLater<T>(leaf) ? undefined : leaf;
}
