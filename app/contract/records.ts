/** The keys of an object that has no others than its type says. */
export const keysOf = <Key extends string>(record: Readonly<Partial<Record<Key, unknown>>>): Key[] =>
  // TypeScript types the result as text: an object may have more keys than its type says.
  Object.keys(record) as Key[];

/** An object with a value for each key. */
export const recordOf = <Key extends string, Value>(
  keys: readonly Key[],
  value: (key: Key) => Value,
): Record<Key, Value> => recordBy(keys, (key) => key, value);

/** An object with a value for each item, under the key that the item has. */
export const recordBy = <Item, Key extends string, Value>(
  items: readonly Item[],
  key: (item: Item) => Key,
  value: (item: Item) => Value,
): Record<Key, Value> =>
  // TypeScript loses the keys' type on the way through pairs.
  Object.fromEntries(items.map((item) => [key(item), value(item)])) as Record<Key, Value>;
