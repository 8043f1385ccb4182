import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** IPv6 addresses that anybody has on the internet: all others are reserved, or wrap an IPv4 address. */
const globalUnicast = ipaddr.parseCIDR("2000::/3");

/**
 * Whether an address is one on the internet: not private, loopback, link-local (AWS's metadata), of a carrier's NAT, multicast,
 * documentation, nor an IPv6 address that leads to an IPv4 one (mapped, NAT64, 6to4, Teredo).
 */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== "unicast") return false;
  return address.kind() === "ipv4" || address.match(globalUnicast);
}

/** The host of a URL, an IPv6 address without its brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, "$1");

/**
 * Why nothing is sent to a URL; undefined where it may be. What its name resolves to is judged by each attempt.
 * @param local whether receivers on this machine, and ports other than 443, are meant
 */
export function receiverFault(text: string, local: boolean): string | undefined {
  const url = URL.parse(text);
  if (url === null || url.protocol !== "https:") return "must be an https:// URL";
  if (url.username !== "" || url.password !== "") return "must not carry a user name or password";
  if (url.hash !== "") return "must not have a fragment";
  if (local) return undefined;
  if (url.port !== "") return "must not name a port: only 443 is used";
  const host = hostOf(url);
  return isIP(host) !== 0 && !isPublicAddress(host) ? "must not be a private address" : undefined;
}
