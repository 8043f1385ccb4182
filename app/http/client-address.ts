import { isIPv6 } from "node:net";

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * One client for a limit: an IPv4 address, or the /64 of an IPv6 address, because one subscriber has at least 2^64 addresses
 * and can use a new one for each request (RFC 6177).
 */
export function clientNetwork(address: string): string {
  // The colon is looked for first, since recognising IPv6 takes a long pattern.
  if (!address.includes(":") || !isIPv6(address)) return address;
  const v4 = mapped.exec(address)?.[1];
  return v4 ?? `${expand(address).slice(0, 4).join(":")}::/64`;
}

/** The first groups of an IPv6 address, "::" filled with zeros and zone left out. */
function expand(address: string): string[] {
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const before = head === "" ? [] : head.split(":");
  if (tail === undefined) return before.map(canonical);
  const after = tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => "0");
  return [...before, ...zeros, ...after].map(canonical);
}

const canonical = (group: string): string => Number.parseInt(group, 16).toString(16);
