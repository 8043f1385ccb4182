import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rotationSchedule, rotationsFit, scheduleSlots } from "../../../infra/lib/rotation-schedule.ts";
import { weekdays as daysOfWeek, type OnHours } from "../../../infra/lib/week.ts";
import { longestGapDays } from "../../../infra/policies/schedule.ts";

const weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const everyDays = fc.integer({ min: 1, max: 365 });
const always = { backupWindow: "04:00-04:30", maintenanceWindow: "sun:05:30-sun:06:30" };
/** One more than the secrets of today have. */
const slots = fc.integer({ min: 0, max: scheduleSlots });

const fourYears = Array.from({ length: 4 * 365 + 1 }, (_, day) => {
  const date = new Date(Date.UTC(2026, 0, 1 + day));
  const [month, monthDay] = [date.getUTCMonth() + 1, date.getUTCDate()].map(String);
  return { day, month, monthDay, weekday: weekdays[date.getUTCDay()] };
});

/** The days (counted from 1 January 2026) and hours of four years on which a schedule fires. */
function firings(schedule: string): { day: number; hour: number }[] {
  const [minute, hour, dayOfMonth = "", months = "", dayOfWeek = ""] = schedule.slice(5, -1).split(" ");
  expect(minute).toBe("0");
  const inMonths = new Set(months.split(","));
  return fourYears
    .filter(({ month = "" }) => months === "*" || inMonths.has(month))
    .filter(({ monthDay }) => ["?", "*", monthDay].includes(dayOfMonth))
    .filter(({ weekday }) => ["?", "*", weekday].includes(dayOfWeek))
    .map(({ day }) => ({ day, hour: Number(hour) }));
}

describe("S7 rotation schedules", () => {
  it("never let more days pass than configured", () => {
    fc.assert(
      fc.property(everyDays, slots, (days, slot) => {
        const fired = firings(rotationSchedule(days, slot, always));
        expect(fired.length).toBeGreaterThan(3);
        for (const [index, { day }] of fired.entries()) {
          if (index > 0) expect(day - (fired[index - 1]?.day ?? 0)).toBeLessThanOrEqual(days);
        }
      }),
    );
  });

  it("never start two secrets in the same hours", () => {
    fc.assert(
      fc.property(everyDays, slots, slots, (days, one, other) => {
        fc.pre(one !== other);
        const taken = new Set(
          firings(rotationSchedule(days, one, always)).map(({ day, hour }) => day * 24 + hour),
        );
        for (const { day, hour } of firings(rotationSchedule(days, other, always))) {
          for (const near of [-1, 0, 1]) expect(taken.has(day * 24 + hour + near)).toBe(false);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("of 90 days is every second month, in office hours", () => {
    expect(rotationSchedule(90, 0, always)).toBe("cron(0 13 2 1,3,5,7,9,11 ? *)");
    expect(rotationSchedule(90, 6, always)).toBe("cron(0 13 14 1,3,5,7,9,11 ? *)");
    expect(rotationSchedule(7, 2, always)).toBe("cron(0 13 ? * WED *)");
    expect(rotationSchedule(1, 1, always)).toBe("cron(0 15 * * ? *)");
  });

  it("S14 of an environment that sleeps fall on its days, no two on the same, never later than configured", () => {
    const onHours: OnHours = {
      days: ["mon", "tue", "wed", "thu", "fri"],
      from: "07:00",
      to: "20:00",
      timezone: "UTC",
    };
    expect(rotationSchedule(90, 0, { ...always, onHours })).toBe("cron(0 13 ? 1,3,5,7,9,11 2#1 *)");
    expect(rotationSchedule(90, 6, { ...always, onHours })).toBe("cron(0 13 ? 1,3,5,7,9,11 3#2 *)");
    const days = fc.uniqueArray(fc.constantFrom(...daysOfWeek), { minLength: 2 });
    fc.assert(
      fc.property(days, fc.integer({ min: 37, max: 365 }), (chosen, everyDays) => {
        const schedules = Array.from({ length: scheduleSlots }, (_, slot) =>
          rotationSchedule(everyDays, slot, { ...always, onHours: { ...onHours, days: chosen } }),
        );
        expect(new Set(schedules).size).toBe(scheduleSlots);
        for (const schedule of schedules) {
          expect(longestGapDays(schedule)).toBeLessThanOrEqual(everyDays);
          const [, weekday = "0"] = / ([1-7])#[1-4] \*\)$/.exec(schedule) ?? [];
          expect(chosen).toContain(daysOfWeek[(Number(weekday) + 5) % 7]);
        }
      }),
    );
  });

  it("keep clear of the windows in which RDS restarts or stalls the database", () => {
    const minute = fc.integer({ min: 0, max: 1439 });
    const clock = (minutes: number) =>
      `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
    const daily = fc.tuple(minute, fc.integer({ min: 30, max: 240 }));
    fc.assert(
      fc.property(
        everyDays,
        daily,
        daily,
        fc.constantFrom(...daysOfWeek),
        (days, backup, maintenance, day) => {
          const [from, length] = maintenance;
          fc.pre(from + length < 1440);
          const surroundings = {
            backupWindow: `${clock(backup[0])}-${clock(backup[0] + backup[1])}`,
            maintenanceWindow: `${day}:${clock(from)}-${day}:${clock(from + length)}`,
          };
          const fits = rotationsFit(days, surroundings);
          // Every day, long windows may leave fewer hours than there are secrets: the configuration's check says so.
          if (!fits) {
            expect(days).toBeLessThan(7);
            expect(() => rotationSchedule(days, scheduleSlots - 1, surroundings)).toThrow(RangeError);
            return;
          }
          for (let slot = 0; slot < scheduleSlots; slot += 1) {
            const [, hour = ""] = /^cron\(0 (\d+) /.exec(rotationSchedule(days, slot, surroundings)) ?? [];
            const shared = (start: number, end: number, at: number) => at < end && start < at + 60;
            expect(shared(from, from + length, Number(hour) * 60)).toBe(false);
            for (const shift of [-1440, 0, 1440])
              expect(shared(backup[0] + shift, backup[0] + backup[1] + shift, Number(hour) * 60)).toBe(false);
          }
        },
      ),
    );
  });

  it("have room for further secrets: other days first, then other hours of the same days", () => {
    expect(rotationSchedule(90, 13, always)).toBe("cron(0 13 28 1,3,5,7,9,11 ? *)");
    expect(rotationSchedule(90, 14, always)).toBe("cron(0 15 2 1,3,5,7,9,11 ? *)");
    expect(rotationSchedule(7, 7, always)).toBe("cron(0 15 ? * MON *)");
    const onHours: OnHours = { days: ["tue"], from: "08:00", to: "20:00", timezone: "UTC" };
    expect(rotationSchedule(90, 3, { ...always, onHours })).toBe("cron(0 13 ? 1,3,5,7,9,11 3#4 *)");
    expect(rotationSchedule(90, 4, { ...always, onHours })).toBe("cron(0 15 ? 1,3,5,7,9,11 3#1 *)");
    expect(() => rotationSchedule(1, 12, always)).toThrow("slot 12: there are no hours left for it");
  });
});
