import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timesCpu, timesMemory } from "../../../infra/lib/quantity.ts";

describe("S9 arithmetic on quantities", () => {
  it("S9 multiplies CPU and memory in whatever unit they are written", () => {
    expect(timesCpu("500m", 3)).toBe("1500m");
    expect(timesCpu("1.5", 2)).toBe("3000m");
    expect(timesCpu("500m", 0.5)).toBe("250m");
    expect(timesMemory("128Mi", 3)).toBe("384Mi");
    expect(timesMemory("1Gi", 2)).toBe("2048Mi");
    expect(timesMemory("1G", 1)).toBe("954Mi");
  });

  it("S9 never gives less than the sum of the parts", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 64_000 }),
        fc.integer({ min: 1, max: 1_000 }),
        (amount, times) => {
          expect(Number.parseInt(timesCpu(`${amount}m`, times), 10)).toBe(amount * times);
          expect(Number.parseInt(timesMemory(`${amount}Mi`, times), 10)).toBe(amount * times);
          expect(Number.parseInt(timesMemory(`${amount}M`, times), 10) * 2 ** 20).toBeGreaterThanOrEqual(
            amount * 1e6 * times,
          );
        },
      ),
    );
  });

  it.each(["", "m", "lots", "12Xi", "-1"])("S9 refuses %j", (quantity) => {
    expect(() => timesMemory(quantity, 2)).toThrow(RangeError);
    expect(() => timesCpu(quantity, 2)).toThrow(RangeError);
  });
});
