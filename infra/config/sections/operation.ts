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

const percent = (standard: number) => z.number().min(1).max(100).default(standard);

/** When the alarms ring. The defaults of the first four are the requirements' figures. */
const thresholds = z
  .strictObject({
    /** Per cent of requests that end in a server error. Default 5. */
    serverErrorPercent: percent(5),
    /** Per cent of the disk that is free although RDS, which acts at 10, was to make it larger. Default 10. */
    freeDiskPercent: z.number().min(6).max(10).default(10),
    /** Sign-ins that fail in a minute. Default 10. */
    failedSignInsPerMinute: z.number().int().min(0).default(10),
    /** Requests answered with 429 in a minute. Default 100. */
    rateLimitedPerMinute: z.number().int().min(0).default(100),
    /** Time to an answer, 95th percentile of five minutes. Default 1000. */
    latencyP95Ms: z.number().int().min(1).default(1_000),
    /** Time to an answer, 99th percentile of five minutes. Default 3000. */
    latencyP99Ms: z.number().int().min(1).default(3_000),
    /** Minutes without any request; 0 for environments that people leave alone. Default 15. */
    quietMinutes: z.number().int().min(0).max(1_440).default(15),
    /** WebSockets of a replica, per cent of its limit. Default 80. */
    webSocketPercent: percent(80),
    /** Jobs that wait for the worker for a quarter of an hour. Default 1000. */
    queueWaitingJobs: z.number().int().min(0).default(1_000),
    /** The database's CPU for a quarter of an hour, per cent. Default 80. */
    databaseCpuPercent: percent(80),
    /** The database's connections, per cent of those that its memory allows. Default 80. */
    databaseConnectionPercent: percent(80),
    /** The database's free memory, per cent of its class's. Default 5. */
    databaseFreeMemoryPercent: percent(5),
    /** Days within which the database's disk fills up, at the pace of the last hours. Default 4. */
    diskFullWithinDays: z.number().min(1).max(30).default(4),
    /** Memory of a cache node, per cent. Default 80. */
    cacheMemoryPercent: percent(80),
    /** CPU of a cache node's engine, per cent. Default 80. */
    cacheCpuPercent: percent(80),
    /** Seconds that a replica of the cache lags behind. Default 30. */
    cacheLagSeconds: z.number().int().min(1).default(30),
    /** Requests that the firewall blocks in five minutes. Default 500. */
    wafBlockedPer5Minutes: z.number().int().min(0).default(500),
    /** Days until the certificate expires; ACM renews it 60 days before. Default 30. */
    certificateDays: z.number().int().min(1).max(59).default(30),
  })
  .prefault({});

/** Recipients of alarms, each of whom confirms the subscription once, and when the alarms ring. */
export const alarms = z.strictObject({
  /** E-mail addresses for urgent alarms. Default: none. */
  page: z.array(email).default([]),
  /** E-mail addresses for alarms to handle the same day. Default: none. */
  notify: z.array(email).default([]),
  /** E-mail addresses for security alarms. Default: none. */
  security: z.array(email).default([]),
  /**
   * USD a month for everything with the tag `bulwark:environment` of this environment: the `notify` topic is told when the bill
   * is above it, and when AWS forecasts that. The payer's account must have activated the tag for cost allocation. Default: none.
   */
  monthlyBudgetUsd: z.number().min(1).optional(),
  thresholds,
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
