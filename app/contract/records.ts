/** The keys of an object that has no others than its type says. */
export const keysOf = <Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] =>
  // TypeScript types the result as text: an object may have more keys than its type says.
  Object.keys(record) as Key[];

/** An object with a value for each key. */
export const recordOf = <Key extends string, Value>(
  keys: readonly Key[],
  value: (key: Key) => Value,
): Record<Key, Value> =>
  // TypeScript loses the keys' type on the way through pairs.
  Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<Key, Value>;
