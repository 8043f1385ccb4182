import * as z from "zod";
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

const onHours = z.strictObject({
  /** At least two: rotations take turns on them. No default. */
  days: z
    .array(z.enum(weekdays))
    .min(2)
    .meta({ example: ["mon", "tue", "wed", "thu", "fri"] }),
  /** hh:mm, from 00:30: the database starts before it. No default. */
  from: z
    .string()
    .regex(/^(00:[3-5]\d|0[1-9]:[0-5]\d|1[0-4]:[0-5]\d|15:00)$/, "must be hh:mm in quotes, 00:30 to 15:00")
    .meta({ example: "07:00" }),
  /** hh:mm, eight hours after `from` or later: backups and maintenance need the day. No default. */
  to: z
    .string()
    .regex(/^(0[89]|1\d|2[0-2]):[0-5]\d$|^23:[0-2]\d$|^23:30$/, "must be hh:mm in quotes, 08:00 to 23:30")
    .meta({ example: "20:00" }),
  /** Time zone of `from` and `to`, including summer time. No default. */
  timezone: z
    .string()
    .refine(isTimezone, "must be an IANA time zone, such as Europe/Berlin")
    .meta({ example: "Europe/Berlin" }),
});

/** The environment's off hours and lifetime; for environments without users who rely on it. */
export const schedule = z.strictObject({
  /**
   * On hours: these days between these times. Off hours otherwise: no pods or nodes, the database stopped, alarms muted.
   * Default: always on.
   */
  onHours: onHours.optional(),
  /**
   * When its time is up: the `notify` topic announces it, and `npm run teardown -- <stack> --if-expired` obeys it.
   * Default: never.
   */
  expires: z.iso
    .datetime({ offset: true, error: "must be a time with its zone, such as 2026-12-24T18:00:00Z" })
    .meta({ example: "2026-12-24T18:00:00Z" })
    .optional(),
});

/** Recipients of alarms; each confirms the subscription once. */
export const alarms = z.strictObject({
  /** E-mail addresses for urgent alarms. Default: none. */
  page: z.array(email).default([]),
  /** E-mail addresses for alarms to handle the same day. Default: none. */
  notify: z.array(email).default([]),
  /** E-mail addresses for security alarms. Default: none. */
  security: z.array(email).default([]),
});

export const audit = z
  .strictObject({
    /**
     * A CloudTrail trail of the region's management events, without which EventBridge gets no event of failed rotations. For
     * accounts without one in this region: CloudTrail's second copy of an event costs 2 USD for 100,000. The program cannot
     * look for one itself: of the provider's functions, `cloudcontrol.getResource` needs the trail's name, and
     * `resourcegroupstaggingapi.getResources` lists only what has or had tags. So without its own trail the preview lists
     * the exception from `event-rule-fed`, whose reason is the command that looks. Default false.
     */
    trail: z.boolean().default(false),
    /** Days until the trail's log files are deleted. Default 365. */
    retentionDays: days(1, 3650).default(365),
  })
  .default({ trail: false, retentionDays: 365 });
