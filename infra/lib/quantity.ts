/**
 * Arithmetic on Kubernetes quantities: CPU ("500m", "1.5") in thousandths of a core, memory ("128Mi", "1G") in bytes.
 * Source: Quantity in k8s.io/apimachinery/pkg/api/resource.
 */
const suffixes: Record<string, number> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** `times` as much CPU, in whole thousandths of a core: ("500m", 3) → "1500m". */
export const timesCpu = (quantity: string, times: number): string =>
  `${Math.ceil(millicores(quantity) * times)}m`;

/** An amount of CPU in thousandths of a core: "1.5" → 1500. */
export const millicores = (quantity: string): number =>
  quantity.endsWith("m") ? parse(quantity, quantity.slice(0, -1)) : parse(quantity, quantity) * 1_000;

/** `times` as much memory, in whole mebibytes: ("128Mi", 3) → "384Mi". */
export const timesMemory = (quantity: string, times: number): string =>
  `${Math.ceil(mebibytes(quantity) * times)}Mi`;

/** An amount of memory in mebibytes: "1G" → 953.67…. */
export const mebibytes = (quantity: string): number => bytes(quantity) / 2 ** 20;

/** An amount of memory in bytes: "128Mi" → 134217728. */
export function bytes(quantity: string): number {
  const [, amount = "", suffix = ""] = /^([\d.]+)([A-Za-z]*)$/.exec(quantity) ?? [];
  const unit = suffixes[suffix];
  if (unit === undefined) throw new RangeError(`"${quantity}" is no amount of memory: write it like 512Mi`);
  return parse(quantity, amount) * unit;
}

function parse(quantity: string, amount: string): number {
  if (!/^\d+(\.\d+)?$/.test(amount))
    throw new RangeError(`"${quantity}" is no Kubernetes quantity: write it like 500m or 512Mi`);
  return Number(amount);
}
