import * as pulumi from "@pulumi/pulumi";

/** Whether the value is an Output or a Promise. */
export function isLater<T>(value: unknown): value is Promise<T> | pulumi.OutputInstance<T> {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}

/** The value when it is known now. */
export function known<T extends string | number | boolean>(leaf: pulumi.Input<T> | undefined): T | undefined {
  return leaf === undefined || isLater<T>(leaf) ? undefined : leaf;
}
