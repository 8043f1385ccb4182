import { BlockList, isIP } from "node:net";

/** Addresses whose answer is cached. The load balancer has few; clients can write any address behind it. */
const mostKnown = 1_000;

/**
 * Whether an address is one of the proxies, in the form of Fastify's `trustProxy`. Fastify asks several times per request, almost
 * always about the same few addresses, so the answers are cached.
 * @param ranges addresses and CIDRs, IPv4 and IPv6. An IPv4 address in IPv6 notation counts as IPv4.
 */
export function trustedProxies(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", prefix] = range.split("/");
    if (prefix === undefined) list.addAddress(network, family(network));
    else list.addSubnet(network, Number(prefix), family(network));
  }
  const known = new Map<string, boolean>();
  return (address) => {
    let trusted = known.get(address);
    if (trusted === undefined) {
      trusted = isIP(address) !== 0 && list.check(address, family(address));
      if (known.size >= mostKnown) known.clear();
      known.set(address, trusted);
    }
    return trusted;
  };
}

const family = (address: string) => (address.includes(":") ? "ipv6" : "ipv4");
