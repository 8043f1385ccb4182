const gibibyte = 2 ** 30;

/** Bytes of memory of an RDS class: two GiB a vCPU where it can burst or is small, four in class m, eight in class r. */
export function memoryBytes(instanceClass: string): number {
  const [, family = "", size = ""] = /^db\.([a-z])[a-z0-9]*\.([a-z0-9]+)$/.exec(instanceClass) ?? [];
  const large = family === "r" ? 16 : 8;
  const smaller: Readonly<Record<string, number>> = { micro: 1, small: 2, medium: 4, large };
  const [, times] = /^(\d*)xlarge$/.exec(size) ?? [];
  return (times === undefined ? (smaller[size] ?? large) : 2 * large * Number(times || 1)) * gibibyte;
}

/**
 * Connections that RDS for MySQL allows by default: `{DBInstanceClassMemory/12582880}`. That is the memory less what the system
 * and RDS itself use; here a tenth is taken off.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections
 */
export const mostConnections = (instanceClass: string): number =>
  Math.floor((memoryBytes(instanceClass) * 0.9) / 12_582_880);
