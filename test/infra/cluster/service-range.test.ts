import { isIPv4 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dnsAddressOf, serviceRangeFor } from "../../../infra/cluster/service-range.ts";

describe("S8 the range of the Services", () => {
  it("S8 is EKS's first choice, unless the VPC is there", () => {
    expect(serviceRangeFor("10.10.0.0/16")).toBe("172.20.0.0/16");
    expect(serviceRangeFor("172.20.128.0/20")).toBe("10.100.0.0/16");
    expect(serviceRangeFor("172.16.0.0/12")).toBe("10.100.0.0/16");
  });

  it("S8 never touches the VPC's range", () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(octet, octet, octet, fc.integer({ min: 16, max: 20 }), (a, b, c, length) => {
        const size = 2 ** (24 - length);
        const range = serviceRangeFor(`${a}.${b}.${c - (c % size)}.0/${length}`);
        const [first, second] = range.split(".").map(Number);
        expect(a === first && b === second).toBe(false);
      }),
    );
  });

  it("S8 has the cluster's DNS at its tenth address", () => {
    expect(dnsAddressOf("172.20.0.0/16")).toBe("172.20.0.10");
    expect(dnsAddressOf("10.100.0.0/16")).toBe("10.100.0.10");
    expect(isIPv4(dnsAddressOf("10.255.255.0/24"))).toBe(true);
  });

  it("S8 refuses a VPC that leaves no room", () => {
    expect(() => serviceRangeFor("0.0.0.0/0")).toThrow(/network\.cidr/);
  });
});
