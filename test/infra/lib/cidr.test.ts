import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCidr, subnetOf, zoneRanges, zoneSlots } from "../../../infra/lib/cidr.ts";

/** VPC ranges as the configuration admits them. */
const vpcs = fc
  .record({ prefix: fc.integer({ min: 16, max: 20 }), address: fc.integer({ min: 0, max: 2 ** 32 - 1 }) })
  .map(({ prefix, address }) => {
    const size = 2 ** (32 - prefix);
    const start = address - (address % size);
    return `${[24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join(".")}/${prefix}`;
  });
const zoneCounts = fc.integer({ min: 1, max: zoneSlots });

/** First and last address of a range. */
const span = (range: string): [number, number] => {
  const { address, prefix } = parseCidr(range);
  return [address, address + 2 ** (32 - prefix) - 1];
};
const rangesOf = (vpc: string, zones: number): string[] =>
  zoneRanges(vpc, zones).flatMap((zone) => [zone.public, zone.private, zone.isolated]);

describe("S2 the network's ranges", () => {
  it("never overlap", () => {
    fc.assert(
      fc.property(vpcs, zoneCounts, (vpc, zones) => {
        const spans = rangesOf(vpc, zones)
          .map(span)
          .sort(([a], [b]) => a - b);
        for (const [index, [start]] of spans.entries()) {
          const before = spans[index - 1];
          if (before !== undefined) expect(start).toBeGreaterThan(before[1]);
        }
      }),
    );
  });

  it("lie within the VPC", () => {
    fc.assert(
      fc.property(vpcs, zoneCounts, (vpc, zones) => {
        const [first, last] = span(vpc);
        for (const [start, end] of rangesOf(vpc, zones).map(span)) {
          expect(start).toBeGreaterThanOrEqual(first);
          expect(end).toBeLessThanOrEqual(last);
        }
      }),
    );
  });

  it("stay as they are when a zone is added", () => {
    fc.assert(
      fc.property(vpcs, zoneCounts, zoneCounts, (vpc, some, others) => {
        const [fewer, more] = [Math.min(some, others), Math.max(some, others)];
        expect(zoneRanges(vpc, more).slice(0, fewer)).toEqual(zoneRanges(vpc, fewer));
      }),
    );
  });

  it("are what AWS takes, and large enough: a load balancer wants a /27, pods an address each", () => {
    fc.assert(
      fc.property(vpcs, zoneCounts, (vpc, zones) => {
        const { prefix } = parseCidr(vpc);
        for (const zone of zoneRanges(vpc, zones)) {
          expect(parseCidr(zone.private).prefix).toBe(prefix + 2);
          expect(parseCidr(zone.public).prefix).toBe(prefix + 6);
          expect(parseCidr(zone.isolated).prefix).toBe(prefix + 6);
          expect(parseCidr(zone.public).prefix).toBeLessThanOrEqual(27);
        }
      }),
    );
  });

  it("of production are these", () => {
    expect(zoneRanges("10.10.0.0/16", 3)).toEqual([
      { public: "10.10.192.0/22", private: "10.10.0.0/18", isolated: "10.10.208.0/22" },
      { public: "10.10.196.0/22", private: "10.10.64.0/18", isolated: "10.10.212.0/22" },
      { public: "10.10.200.0/22", private: "10.10.128.0/18", isolated: "10.10.216.0/22" },
    ]);
  });

  it("the parts of a range fill it without a gap", () => {
    fc.assert(
      fc.property(vpcs, fc.integer({ min: 0, max: 8 }), (vpc, bits) => {
        const spans = Array.from({ length: 2 ** bits }, (_, index) => span(subnetOf(vpc, bits, index)));
        expect(spans[0]?.[0]).toBe(span(vpc)[0]);
        expect(spans.at(-1)?.[1]).toBe(span(vpc)[1]);
        for (const [index, [start]] of spans.entries()) {
          if (index > 0) expect(start).toBe((spans[index - 1]?.[1] ?? 0) + 1);
        }
      }),
    );
  });

  it.each([
    ["10.0.0.0/24", 2, /must be a \/16 to a \/20/],
    ["10.0.0.0/16", 4, /4 zones: must be 1 to 3/],
    ["10.0.0.0/16", 0, /0 zones/],
    ["10.0.1.0/16", 2, /does not start where a \/16 starts: 10.0.0.0\/16 does/],
    ["10.0.0.256/16", 2, /is not an IPv4 range/],
    ["ten", 2, /is not an IPv4 range/],
  ])("%s in %d zones is refused", (vpc, zones, reason) => {
    expect(() => zoneRanges(vpc, zones)).toThrow(reason);
  });

  it("a part that a range does not have is refused", () => {
    expect(() => subnetOf("10.0.0.0/16", 2, 4)).toThrow("10.0.0.0/16 has no part 4 of 2^2");
    expect(() => subnetOf("10.0.0.0/31", 2, 0)).toThrow(RangeError);
  });
});
