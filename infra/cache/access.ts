/** Nobody logs in, by whatever password. */
export const nobodyAccess = "off ~* -@all";

/**
 * Nothing is thrown out to make room: the reminders' queue must not lose jobs. Everything that is only a cache has a
 * lifetime of its own, and the memory alarm comes before the limit.
 */
export const cacheParameters = [
  { name: "maxmemory-policy", value: "noeviction" },
  // A client that vanished without a word frees its connection.
  { name: "tcp-keepalive", value: "60" },
  { name: "slowlog-log-slower-than", value: "10000" },
];

/** Parameter group family of an engine version: redis 6.2 → redis6.x, redis 7.1 → redis7, valkey 8.2 → valkey8. */
export function parameterFamily(engine: "redis" | "valkey", version: string): string {
  const [major = ""] = version.split(".");
  return engine === "redis" && major === "6" ? "redis6.x" : `${engine}${major}`;
}
