import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rotationHours } from "../../../infra/lib/rotation-schedule.ts";
import {
  clockOf,
  cronMonthly,
  cronOnDays,
  daysOf,
  durationOf,
  isOnDaily,
  isOnWeekly,
  minutesOf,
  type OnHours,
  offHoursOf,
  onHoursPerWeek,
  spanOf,
  utcAfterStart,
  weekdays,
} from "../../../infra/lib/week.ts";
import { expiryOf, isExpired } from "../../../infra/schedule/expiry.ts";

const office: OnHours = {
  days: ["mon", "tue", "wed", "thu", "fri"],
  from: "07:00",
  to: "20:00",
  timezone: "Europe/Berlin",
};
const anyOnHours: fc.Arbitrary<OnHours> = fc
  .record({
    days: fc.uniqueArray(fc.constantFrom(...weekdays), { minLength: 2 }),
    from: fc.integer({ min: 30, max: 900 }),
    span: fc.integer({ min: 480, max: 510 }),
    timezone: fc.constantFrom(
      "UTC",
      "Europe/Berlin",
      "America/Los_Angeles",
      "Asia/Kolkata",
      "Pacific/Auckland",
    ),
  })
  .map(({ days, from, span, timezone }) => ({
    days,
    from: clockOf(from),
    to: clockOf(from + span),
    timezone,
  }));

describe("S14 the on hours of an environment", () => {
  it("S14 five days from seven to eight are 65 hours a week", () => {
    expect(onHoursPerWeek(office)).toBe(65);
  });

  it("S14 is said as EventBridge Scheduler and AWS Backup say it", () => {
    expect(cronOnDays(office, minutesOf("06:40"))).toBe("cron(40 6 ? * MON,TUE,WED,THU,FRI *)");
    expect(cronMonthly("fri", minutesOf("12:00"))).toBe("cron(0 12 ? * 6#1 *)");
    expect(cronMonthly("sun", minutesOf("12:00"))).toBe("cron(0 12 ? * 1#1 *)");
    expect(cronOnDays({ ...office, days: ["sun", "mon", "sun"] }, 0)).toBe("cron(0 0 ? * MON,SUN *)");
  });

  it("S14 has nights that are longer before days off", () => {
    expect(offHoursOf(office)).toEqual([
      { days: ["mon", "tue", "wed", "thu"], minutes: 11 * 60 },
      { days: ["fri"], minutes: (2 * 24 + 11) * 60 },
    ]);
    expect(durationOf(11 * 60 + 30)).toBe("PT11H30M");
    expect(durationOf((2 * 24 + 11) * 60)).toBe("P2DT11H0M");
  });

  it("S14 nights and days together are the week", () => {
    fc.assert(
      fc.property(anyOnHours, (onHours) => {
        const nights = offHoursOf(onHours).reduce((sum, { days, minutes }) => sum + days.length * minutes, 0);
        expect(nights + onHoursPerWeek(onHours) * 60).toBe(7 * 24 * 60);
        expect(
          offHoursOf(onHours)
            .flatMap(({ days }) => days)
            .sort(),
        ).toEqual([...daysOf(onHours)].sort());
      }),
    );
  });

  it("S14 knows windows in UTC, in summer and in winter", () => {
    // 07:00 in Berlin is 06:00 in winter and 05:00 in summer; 20:00 is 19:00 and 18:00.
    expect(isOnDaily(office, minutesOf("06:00"), 30)).toBe(true);
    expect(isOnDaily(office, minutesOf("05:30"), 30)).toBe(false);
    expect(isOnDaily(office, minutesOf("17:30"), 30)).toBe(true);
    expect(isOnDaily(office, minutesOf("18:00"), 30)).toBe(false);
    expect(isOnWeekly(office, minutesOf("06:00"), 60)).toBe(true);
    expect(isOnWeekly(office, 6 * 24 * 60 + minutesOf("12:00"), 60)).toBe(false);
  });

  it("S14 knows them across midnight and across the week's end, too", () => {
    const tokyo: OnHours = { ...office, timezone: "Asia/Tokyo" };
    // Monday 07:00 in Tokyo is Sunday 22:00 in UTC.
    expect(isOnWeekly(tokyo, 6 * 24 * 60 + minutesOf("22:00"), 60)).toBe(true);
    expect(isOnWeekly(tokyo, 4 * 24 * 60 + minutesOf("22:00"), 60)).toBe(false);
    expect(isOnDaily(tokyo, minutesOf("23:30"), 60)).toBe(true);
    expect(isOnDaily(tokyo, minutesOf("12:00"), 30)).toBe(false);
  });

  it("S14 what is proposed for backups and maintenance lies in on hours, wherever the environment lives", () => {
    fc.assert(
      fc.property(anyOnHours, (onHours) => {
        expect(spanOf(onHours)).toBeGreaterThanOrEqual(480);
        expect(isOnDaily(onHours, utcAfterStart(onHours, 60).minute, 30)).toBe(true);
        const { day, minute } = utcAfterStart(onHours, 360);
        expect(isOnWeekly(onHours, weekdays.indexOf(day) * 24 * 60 + minute, 60)).toBe(true);
      }),
    );
  });

  it("S14 rotates at 13:00 UTC where that is in the day, else at another hour of the same day", () => {
    const windows = { backupWindow: "04:00-04:30", maintenanceWindow: "sun:05:30-sun:06:30" };
    const first = (change: Partial<OnHours>) =>
      rotationHours({ ...windows, onHours: { ...office, ...change } })[0];
    expect(first({})).toBe(13);
    expect(first({ timezone: "Asia/Tokyo" })).toBe(0);
    expect(first({ timezone: "America/Los_Angeles" })).toBe(15);
    expect(first({ timezone: "Pacific/Kiritimati", from: "00:30", to: "09:00" })).toBeUndefined();
  });

  it("S14 rotates at another hour where RDS's maintenance takes the first", () => {
    const windows = { backupWindow: "07:30-08:00", maintenanceWindow: "mon:12:30-mon:13:30" };
    expect(rotationHours({ ...windows, onHours: office })[0]).toBe(14);
  });
});

describe("S14 the time to live", () => {
  const schedule = { expires: "2026-12-24T18:00:00+01:00" };

  it("S14 is over at the moment that is given, whatever the zone", () => {
    expect(expiryOf(schedule)?.toISOString()).toBe("2026-12-24T17:00:00.000Z");
    expect(isExpired(schedule, new Date("2026-12-24T16:59:59Z"))).toBe(false);
    expect(isExpired(schedule, new Date("2026-12-24T17:00:00Z"))).toBe(true);
  });

  it("S14 never ends where none is given", () => {
    expect(isExpired({}, new Date("9999-01-01T00:00:00Z"))).toBe(false);
    expect(isExpired(undefined, new Date("9999-01-01T00:00:00Z"))).toBe(false);
  });
});
