type Fields = Readonly<Record<string, unknown>>;

function isBlock(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Lays fields over others: blocks are merged, everything else (lists too) is replaced. */
export function mergeFields(base: Fields, over: Fields): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const below = merged[name];
    merged[name] = isBlock(below) && isBlock(value) ? mergeFields(below, value) : value;
  }
  return merged;
}
