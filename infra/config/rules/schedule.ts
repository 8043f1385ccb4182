import { clockOf, isOnAtHourUtc, minutesOf, type OnHours } from "../../lib/week.ts";
import type { Rule, Settings } from "../rule.ts";

/** Backups, the maintenance window and rotations follow each other in the on hours, minutes. */
const shortestDay = 8 * 60;
/** Rotations rarer than this find a day with on hours. */
const rarestOften = 37;

const hoursOfDay = Array.from({ length: 24 }, (_, hour) => hour);

const endingLate = (onHours: OnHours, from: string): OnHours => {
  const earliest = clockOf(minutesOf(from) + shortestDay);
  return { ...onHours, from, to: onHours.to < earliest ? earliest : onHours.to };
};

/**
 * The environment's on hours after fixes to its schedule: eight hours, of which one is on the same day in UTC. Undefined:
 * always, as in production, which has no off hours.
 */
export function onHoursOf({ tier, schedule }: Pick<Settings, "tier" | "schedule">): OnHours | undefined {
  if (tier === "production" || schedule?.onHours === undefined) return undefined;
  const onHours = endingLate(schedule.onHours, schedule.onHours.from);
  return hoursOfDay.some((hour) => isOnAtHourUtc(onHours, hour)) ? onHours : endingLate(onHours, "07:00");
}

/** Days between rotations, once they are right. */
export const rotationDaysOf = (settings: Pick<Settings, "tier" | "schedule" | "secrets">): number =>
  onHoursOf(settings) === undefined
    ? settings.secrets.rotationDays
    : Math.max(settings.secrets.rotationDays, rarestOften);

const lateEnough: Rule = ({ tier, schedule }) => {
  const [given, right] = [schedule?.onHours, onHoursOf({ tier, schedule })];
  if (given === undefined || right === undefined) return [];
  return [
    given.from !== right.from && {
      path: "schedule.onHours.from",
      problem: `${given.from}: no hour of these days is on the same day in UTC, by which secrets are rotated`,
      value: right.from,
    },
    given.to !== right.to && {
      path: "schedule.onHours.to",
      problem: `${given.to}, less than eight hours after ${right.from}: backups and maintenance need the day`,
      value: right.to,
    },
  ];
};

const nodes: Rule = (settings) => [
  onHoursOf(settings) !== undefined &&
    settings.cluster.nodes === undefined && {
      path: "cluster.nodes.instanceTypes[0]",
      problem:
        "missing, with schedule.onHours given: only a node pool of the stack can be scaled to none; EKS keeps its built-in pools",
      value: "t3a.medium",
    },
];

const rotations: Rule = (settings) => {
  const { rotationDays, unusedAfterDays } = settings.secrets;
  const right = rotationDaysOf(settings);
  return [
    rotationDays < right && {
      path: "secrets.rotationDays",
      problem: `${rotationDays}, with schedule.onHours given: rotations would fall on days on which the database is stopped`,
      value: right,
    },
    // With rotations every two days or more often, the dates show only those: then the alarm is off.
    right > 2 &&
      unusedAfterDays >= right && {
        path: "secrets.unusedAfterDays",
        problem: `${unusedAfterDays}, not shorter than secrets.rotationDays (${right}): each rotation reads the secrets, so none would ever count as unused`,
        value: right - 1,
      },
  ];
};

export const scheduleRules = [lateEnough, nodes, rotations];
