import { z } from "zod";
import { weekdays } from "../../lib/week.ts";
import { days, email } from "./values.ts";

/** Whether the zone is one of those whose summer time is known here. */
function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

const awake = z.strictObject({
  /** Two at least: rotations take turns on them. No default. */
  days: z
    .array(z.enum(weekdays))
    .min(2)
    .meta({ example: ["mon", "tue", "wed", "thu", "fri"] }),
  /** hh:mm, from 00:30: the database is started before it. No default. */
  from: z
    .string()
    .regex(/^(00:[3-5]\d|0[1-9]:[0-5]\d|1[0-4]:[0-5]\d|15:00)$/, "must be hh:mm in quotes, 00:30 to 15:00")
    .meta({ example: "07:00" }),
  /** hh:mm, eight hours after `from` or later: backups and maintenance need the day. No default. */
  to: z
    .string()
    .regex(/^(0[89]|1\d|2[0-2]):[0-5]\d$|^23:[0-2]\d$|^23:30$/, "must be hh:mm in quotes, 08:00 to 23:30")
    .meta({ example: "20:00" }),
  /** Where `from` and `to` are read off the clock, summer time included. No default. */
  timezone: z
    .string()
    .refine(isTimezone, "must be an IANA time zone, such as Europe/Berlin")
    .meta({ example: "Europe/Berlin" }),
});

/** When the environment sleeps, and how long it lives; for environments that nobody relies on. */
export const schedule = z.strictObject({
  /**
   * Awake on these days between these times; asleep otherwise: no pods, no nodes, the database stopped, alarms muted.
   * Default: always awake.
   */
  awake: awake.optional(),
  /**
   * When it may be taken down: told to the `notify` topic, and obeyed by `npm run teardown -- <stack> --if-expired`.
   * Default: never.
   */
  expires: z.iso
    .datetime({ offset: true, error: "must be a time with its zone, such as 2026-12-24T18:00:00Z" })
    .meta({ example: "2026-12-24T18:00:00Z" })
    .optional(),
});

/** Who is told; each address confirms the subscription once. */
export const alarms = z.strictObject({
  /** E-mail addresses for what needs somebody at once. Default: none. */
  page: z.array(email).default([]),
  /** E-mail addresses for what somebody looks at the same day. Default: none. */
  notify: z.array(email).default([]),
  /** E-mail addresses for what concerns security. Default: none. */
  security: z.array(email).default([]),
});

export const audit = z
  .strictObject({
    /**
     * A CloudTrail trail of the region's management events. EventBridge hears of failed rotations only where one logs them. For
     * an account that has none in this region: CloudTrail's second copy of an event costs 2 USD for 100,000. The program cannot
     * look for one itself: of the provider's functions, `cloudcontrol.getResource` wants the trail's name, and
     * `resourcegroupstaggingapi.getResources` tells only of what has or had tags. So without a trail of its own the preview lists
     * the exception from `event-rule-fed`, whose reason is the command that looks. Default false.
     */
    trail: z.boolean().default(false),
    /** Days until the trail's log files are deleted. Default 365. */
    retentionDays: days(1, 3650).default(365),
  })
  .default({ trail: false, retentionDays: 365 });
