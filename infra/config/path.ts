/**
 * Sets or (with `undefined`) removes one value of a configuration, at a path as `pulumi config set --path` takes it:
 * `bulwark:network.natGateways`, `bulwark:alarms.page[0]`, `aws:region`. It creates missing levels.
 * It copies only objects on the path, so the caller's own objects do not change.
 */
export function setAtPath(config: Record<string, unknown>, path: string, value: unknown): void {
  const [key = "", ...rest] = stepsOf(path);
  const next = rest.length === 0 ? value : changed(config[key], rest, value);
  if (next === undefined) delete config[key];
  else config[key] = next;
}

function changed(parent: unknown, [step, ...rest]: (string | number)[], value: unknown): unknown {
  if (step === undefined) return value;
  if (typeof step === "number") {
    const list: unknown[] = Array.isArray(parent) ? [...parent] : [];
    if (rest.length === 0 && value === undefined) list.splice(step, 1);
    else list[step] = changed(list[step], rest, value);
    return list;
  }
  const map: Record<string, unknown> = typeof parent === "object" && parent !== null ? { ...parent } : {};
  const next = changed(map[step], rest, value);
  if (next === undefined) delete map[step];
  else map[step] = next;
  return map;
}

/** `bulwark:network.zones[0]` → `["bulwark:network", "zones", 0]`. */
function stepsOf(path: string): (string | number)[] {
  return [...path.matchAll(/\[(\d+)\]|\["([^"]+)"\]|([^.[\]]+)/g)].map(([, index, quoted, plain]) =>
    index === undefined ? (quoted ?? plain ?? "") : Number(index),
  );
}

/**
 * Reads a value typed after `KEY=` as `pulumi config set --path` does: true, false and whole numbers become such, other text
 * stays text (a version stays "1.37"). It also accepts lists, maps and quoted text as JSON.
 */
export function typedValue(text: string): unknown {
  if (!/^(true|false|0|-?[1-9]\d*|[[{"].*)$/s.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `["cluster", "publicAccessCidrs", 0]` → `cluster.publicAccessCidrs[0]`, as `pulumi config --path` writes it. */
export const pathOf = (steps: readonly PropertyKey[]): string =>
  steps.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    const key = String(step);
    if (!/^[\w:-]+$/.test(key)) return `${text}["${key}"]`;
    return text === "" ? key : `${text}.${key}`;
  }, "");
