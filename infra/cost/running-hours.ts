import type { Resource } from "../policies/resource.ts";
import type { Bill } from "./bill.ts";

const hoursPerWeek = 168;

/** When something runs. */
export interface Running {
  /** Of all hours. */
  share: number;
  /** For the line of the bill: nothing where it always runs. */
  note: string;
}

/** How long the database runs: from the schedule that starts it to the one that stops it. */
export const databaseHours = (bill: Bill): Running => running(bill, "-database-start", "-database-stop");

/** How long the nodes run: from the call that switches the workload on to the one for off. */
export const nodeHours = (bill: Bill): Running => running(bill, "-awake", "-asleep");

/** By the schedules' names, because their targets can be unknown before deployment. */
function running(bill: Bill, starts: string, stops: string): Running {
  const schedules = bill.graph.ofType("aws:scheduler/schedule:Schedule");
  const [start, stop] = [starts, stops].map((suffix) =>
    timesOf(schedules.find(({ name }) => name.endsWith(suffix))),
  );
  if (start === undefined || stop === undefined) return { share: 1, note: "" };
  const hours = ((stop.minute - start.minute) / 60) * start.days;
  return { share: hours / hoursPerWeek, note: `, ${Number(hours.toFixed(1))} of 168 hours a week` };
}

/** `cron(0 7 ? * MON,TUE *)`: the minute of the day, and on how many days of the week. */
function timesOf(schedule: Resource | undefined): { minute: number; days: number } | undefined {
  const [, minute, hour, days] =
    /^cron\((\d+) (\d+) \? \* ([A-Z,]+) \*\)$/.exec(schedule?.text("scheduleExpression") ?? "") ?? [];
  if (minute === undefined || hour === undefined || days === undefined) return undefined;
  return { minute: Number(hour) * 60 + Number(minute), days: days.split(",").length };
}
