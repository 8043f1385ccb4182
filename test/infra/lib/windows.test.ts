import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { windowsOverlap } from "../../../infra/lib/windows.ts";

describe("S3 maintenance and backup windows", () => {
  it.each([
    ["04:00-04:30", "sun:05:30-sun:06:30", false],
    ["05:00-06:00", "sun:05:30-sun:06:30", true],
    ["05:00-05:30", "sun:05:30-sun:06:30", false],
    ["06:30-07:00", "sun:05:30-sun:06:30", false],
    ["06:00-06:10", "sun:05:30-sun:06:30", true],
    ["23:30-00:30", "mon:00:00-mon:01:00", true],
    ["23:30-00:00", "mon:00:00-mon:01:00", false],
    ["00:10-00:40", "sun:23:30-mon:00:30", true],
    ["12:00-12:30", "sat:23:00-sun:13:00", true],
    ["12:00-12:30", "sat:13:00-sun:11:00", false],
  ])("%s and %s overlap: %s", (daily, weekly, overlap) => {
    expect(windowsOverlap(daily, weekly)).toBe(overlap);
  });

  it("agrees with counting the minutes of the week one by one", () => {
    const day = 24 * 60;
    const week = 7 * day;
    const names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    const clock = (minute: number) =>
      `${String(Math.floor((minute % day) / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
    const moment = (minute: number) => `${names[Math.floor((minute % week) / day)]}:${clock(minute)}`;
    const minutes = (start: number, length: number) =>
      Array.from({ length }, (_, index) => (start + index) % week);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: day - 1 }),
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 0, max: week - 1 }),
        fc.integer({ min: 1, max: 2 * day }),
        (start, length, begin, duration) => {
          const backup = new Set(names.flatMap((_, index) => minutes(start + index * day, length)));
          const truth = minutes(begin, duration).some((minute) => backup.has(minute));
          const daily = `${clock(start)}-${clock(start + length)}`;
          const weekly = `${moment(begin)}-${moment(begin + duration)}`;
          expect(windowsOverlap(daily, weekly)).toBe(truth);
        },
      ),
    );
  });
});
