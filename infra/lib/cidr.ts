/** The ranges of one availability zone. */
export interface ZoneRanges {
  /** Load balancer and NAT gateway. */
  public: string;
  /** Nodes and pods: every pod has an address of its own, so this is by far the largest. */
  private: string;
  /** Database, cache and the Lambdas beside them. */
  isolated: string;
}

/** Zones that the plan has room for, used or not: a zone added later moves nothing. */
export const zoneSlots = 3;

/**
 * Cuts a VPC's range (/16 to /20) into the ranges of its zones. Three quarters are the zones' private ranges; the last
 * quarter is cut into sixteenths: public ranges from its slot 0, isolated ones from its slot 4, the other slots are spare.
 * A zone's ranges depend on its number alone, so the ranges of existing zones stay as they are when one is added.
 * In a /20 the small ranges are /26: 59 usable addresses, above the load balancer's minimum of a /27.
 */
export function zoneRanges(vpc: string, zones: number): ZoneRanges[] {
  const { prefix } = parseCidr(vpc);
  if (prefix < 16 || prefix > 20) throw new RangeError(`${vpc}: the VPC's range must be a /16 to a /20`);
  if (!Number.isInteger(zones) || zones < 1 || zones > zoneSlots) {
    throw new RangeError(`${zones} zones: must be 1 to ${zoneSlots}`);
  }
  const small = subnetOf(vpc, 2, 3);
  return Array.from({ length: zones }, (_, zone) => ({
    public: subnetOf(small, 4, zone),
    private: subnetOf(vpc, 2, zone),
    isolated: subnetOf(small, 4, 4 + zone),
  }));
}

/** The `index`-th of the 2^`bits` equal parts of a range (Terraform's cidrsubnet). */
export function subnetOf(range: string, bits: number, index: number): string {
  const { address, prefix } = parseCidr(range);
  const size = 2 ** (32 - prefix - bits);
  if (prefix + bits > 32 || index < 0 || index >= 2 ** bits) {
    throw new RangeError(`${range} has no part ${index} of 2^${bits}`);
  }
  return `${formatAddress(address + index * size)}/${prefix + bits}`;
}

/** First address (as a number) and prefix length of a range; host bits are refused, for they are a typing error. */
export function parseCidr(range: string): { address: number; prefix: number } {
  const { address, prefix } = read(range);
  const size = 2 ** (32 - prefix);
  if (address % size !== 0) {
    throw new RangeError(
      `${range} does not start where a /${prefix} starts: ${formatAddress(address - (address % size))}/${prefix} does`,
    );
  }
  return { address, prefix };
}

/** First and last address of a range, as numbers; host bits do not count. */
function boundsOf(range: string): { first: number; last: number } {
  const { address, prefix } = read(range);
  const size = 2 ** (32 - prefix);
  const first = address - (address % size);
  return { first, last: first + size - 1 };
}

/** Whether two ranges have an address in common. */
export function rangesOverlap(left: string, right: string): boolean {
  const [a, b] = [boundsOf(left), boundsOf(right)];
  return a.first <= b.last && b.first <= a.last;
}

/** Whether all addresses of a range are in another one. */
export function liesIn(range: string, other: string): boolean {
  const [inner, outer] = [boundsOf(range), boundsOf(other)];
  return outer.first <= inner.first && inner.last <= outer.last;
}

/** How many addresses the ranges have together, each counted once. */
export function addressesIn(ranges: readonly string[]): number {
  let [count, next] = [0, 0];
  for (const { first, last } of ranges.map(boundsOf).sort((a, b) => a.first - b.first)) {
    count += Math.max(0, last + 1 - Math.max(first, next));
    next = Math.max(next, last + 1);
  }
  return count;
}

/** More addresses than a /8 has are no restriction: nobody owns so many. */
export const isOpen = (ranges: readonly string[]): boolean => addressesIn(ranges) > 2 ** 24;

function read(range: string): { address: number; prefix: number } {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(range);
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = match?.slice(1).map(Number) ?? [];
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32)
    throw new RangeError(`${range} is not an IPv4 range`);
  return { address: ((a * 256 + b) * 256 + c) * 256 + d, prefix };
}

/** Dotted notation of an address: 0x0a000000 → 10.0.0.0. */
export const formatAddress = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
