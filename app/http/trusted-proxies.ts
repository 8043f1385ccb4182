import { BlockList, isIP } from "node:net";

/** Addresses whose answer is kept. The load balancer has few; those behind it are whatever clients write. */
const mostKnown = 1_000;

/**
 * Whether an address is one of the proxies, in the form of Fastify's `trustProxy`. Asked several times for each request, almost
 * always about the same few addresses, so that what was found out is kept.
 * @param ranges addresses and CIDRs, IPv4 and IPv6. An IPv4 address in IPv6's notation counts as what it is.
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
