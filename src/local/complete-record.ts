/** An object with exactly the given keys, which the compiler cannot see `Object.fromEntries` make. */
export function completeRecord<K extends string, V>(keys: readonly K[], value: (key: K) => V): Record<K, V> {
  const result: Partial<Record<K, V>> = {};
  for (const key of keys) result[key] = value(key);
  if (!isComplete(result, keys)) throw new Error("unreachable: every key was set");
  return result;
}

function isComplete<K extends string, V>(value: Partial<Record<K, V>>, keys: readonly K[]): value is Record<K, V> {
  return keys.every((key) => key in value);
}
