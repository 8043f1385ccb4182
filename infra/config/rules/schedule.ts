import { type Awake, clockOf, isAwakeHourUtc, minutesOf } from "../../lib/week.ts";
import type { Rule, Settings } from "../rule.ts";

/** Backups, the maintenance window and rotations follow each other in the on hours, minutes. */
const shortestDay = 8 * 60;
/** Rotations rarer than this find a day with on hours. */
const rarestOften = 37;

const hoursOfDay = Array.from({ length: 24 }, (_, hour) => hour);

const endingLate = (awake: Awake, from: string): Awake => {
  const earliest = clockOf(minutesOf(from) + shortestDay);
  return { ...awake, from, to: awake.to < earliest ? earliest : awake.to };
};

/**
 * The environment's on hours after fixes to its schedule: eight hours, of which one is on the same day in UTC. Undefined:
 * always, as in production, which has no off hours.
 */
export function awakeOf({ tier, schedule }: Pick<Settings, "tier" | "schedule">): Awake | undefined {
  if (tier === "production" || schedule?.awake === undefined) return undefined;
  const awake = endingLate(schedule.awake, schedule.awake.from);
  return hoursOfDay.some((hour) => isAwakeHourUtc(awake, hour)) ? awake : endingLate(awake, "07:00");
}

/** Days between rotations, once they are right. */
export const rotationDaysOf = (settings: Pick<Settings, "tier" | "schedule" | "secrets">): number =>
  awakeOf(settings) === undefined
    ? settings.secrets.rotationDays
    : Math.max(settings.secrets.rotationDays, rarestOften);

const awakeTime: Rule = ({ tier, schedule }) => {
  const [given, right] = [schedule?.awake, awakeOf({ tier, schedule })];
  if (given === undefined || right === undefined) return [];
  return [
    given.from !== right.from && {
      path: "schedule.awake.from",
      problem: `${given.from}: no hour of these days is on the same day in UTC, by which secrets are rotated`,
      value: right.from,
    },
    given.to !== right.to && {
      path: "schedule.awake.to",
      problem: `${given.to}, less than eight hours after ${right.from}: backups and maintenance need the day`,
      value: right.to,
    },
  ];
};

const nodes: Rule = (settings) => [
  awakeOf(settings) !== undefined &&
    settings.cluster.nodes === undefined && {
      path: "cluster.nodes.instanceTypes[0]",
      problem:
        "missing, with schedule.awake given: only nodes of our own can be put to sleep, the built-in pools' are EKS's",
      value: "t3a.medium",
    },
];

const rotations: Rule = (settings) => {
  const { rotationDays, unusedAfterDays } = settings.secrets;
  const right = rotationDaysOf(settings);
  return [
    rotationDays < right && {
      path: "secrets.rotationDays",
      problem: `${rotationDays}, with schedule.awake given: rotations would fall on days on which the database is stopped`,
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

export const scheduleRules = [awakeTime, nodes, rotations];
