type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];

/** `T` whose optional properties may also be there and undefined. */
export type Sparse<T> = { [K in Exclude<keyof T, OptionalKeys<T>>]: T[K] } & {
  [K in OptionalKeys<T>]?: T[K] | undefined;
};

/**
 * The object without its undefined properties. Kubernetes and Pulumi tell a
 * property that is absent from one that is set, and so do exact optional types.
 */
export function compact<T extends object>(sparse: Sparse<T>): T {
  const dense: Partial<Record<string, unknown>> = { ...sparse };
  for (const key of Object.keys(dense)) {
    if (dense[key] === undefined) delete dense[key];
  }
  // Only optional properties can have been undefined, and those are now absent:
  // that makes it a `T`, which the compiler cannot follow through the loop.
  return dense as T;
}
