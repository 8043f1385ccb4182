import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diskLimits } from "../../../infra/database/disk-limits.ts";

const gibibyte = 2 ** 30;
/** Sizes that RDS has, GiB. */
const sizes = fc.integer({ min: 20, max: 65_536 });

describe("S11 limits of a disk that grows by itself", () => {
  it("S11 tell of less than a tenth that RDS has left so for longer than its autoscaling takes, and of a twentieth at once", () => {
    const { notGrown, nearlyFull } = diskLimits(100, 10);
    expect(notGrown).toEqual({ belowBytes: 10 * gibibyte, minutes: 30 });
    expect(nearlyFull).toEqual({ belowBytes: 5 * gibibyte, minutes: 5 });
  });

  it("S11 are quiet again after the least that RDS adds: 10 GiB, or a tenth of the disk", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const added = Math.max(10, size * 0.1);
        const free = (size * 0.1 + added) * gibibyte;
        for (const { notGrown } of [diskLimits(size, 10), diskLimits(size + added, 10)])
          expect(free).toBeGreaterThan(notGrown.belowBytes);
      }),
    );
  });

  it("S11 leave a gibibyte at least, in whole bytes, and the second lies below the first", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const { notGrown, nearlyFull } = diskLimits(size, 10);
        expect(Number.isInteger(notGrown.belowBytes) && Number.isInteger(nearlyFull.belowBytes)).toBe(true);
        expect(nearlyFull.belowBytes).toBeLessThan(notGrown.belowBytes);
        expect(nearlyFull.belowBytes).toBeGreaterThanOrEqual(gibibyte);
        expect([notGrown.minutes % 5, nearlyFull.minutes % 5]).toEqual([0, 0]);
      }),
    );
  });
});
