import { rotationsFit } from "../lib/rotation-schedule.ts";
import {
  type Awake,
  clockOf,
  isAwakeDaily,
  isAwakeHourUtc,
  isAwakeWeekly,
  minutesOf,
  spanOf,
  utcAfterStart,
} from "../lib/week.ts";
import { momentOf, windowOf } from "../lib/windows.ts";
import type { Check } from "./rule.ts";

/** Backups, the maintenance window and rotations follow each other through an awake day, minutes. */
const shortestDay = 8 * 60;
/** Rotations that are rarer than this find an awake day of their own. */
const rarestOften = 37;

const hoursOfDay = Array.from({ length: 24 }, (_, hour) => hour);

/** Windows of the database that leave backups and rotations their time, UTC. */
function windowsFor(awake: Awake | undefined): { backupWindow: string; maintenanceWindow: string } {
  if (awake === undefined) return { backupWindow: "04:00-04:30", maintenanceWindow: "sun:05:30-sun:06:30" };
  const first = utcAfterStart(awake, 60).minute;
  const [begin, finish] = [utcAfterStart(awake, 6 * 60), utcAfterStart(awake, 7 * 60)];
  return {
    backupWindow: `${clockOf(first)}-${clockOf(first + 30)}`,
    maintenanceWindow: `${begin.day}:${clockOf(begin.minute)}-${finish.day}:${clockOf(finish.minute)}`,
  };
}

/** Rotations keep clear of the windows in which RDS restarts or stalls the database: some hours have to be left. */
export const rotatable: Check = ({ schedule, database, secrets }) => {
  const awake = schedule?.awake;
  const leavesHours = (windows: Partial<typeof database>) =>
    rotationsFit(secrets.rotationDays, { ...database, ...windows, awake });
  if (leavesHours({})) return [];
  const { backupWindow, maintenanceWindow } = windowsFor(awake);
  const [path, to] = leavesHours({ backupWindow })
    ? (["backupWindow", backupWindow] as const)
    : (["maintenanceWindow", maintenanceWindow] as const);
  return [
    {
      path: `database.${path}`,
      is: `${database[path]}, which leaves rotations no hours: outside RDS's windows, which restart or stall the database`,
      to,
    },
  ];
};

/** What a database that is stopped at night asks of the rest of the configuration. */
export const schedulable: Check = ({ tier, schedule, database, cluster, secrets }) => {
  const awake = schedule?.awake;
  // Production is refused sleep as such: how to fit it to one would be no help.
  if (awake === undefined || tier === "production") return [];
  if (spanOf(awake) < shortestDay) {
    return [
      {
        path: "schedule.awake.to",
        is: `${awake.to}, less than eight hours after ${awake.from}: backups and maintenance need the day`,
        to: clockOf(minutesOf(awake.from) + shortestDay),
      },
    ];
  }
  const backup = windowOf(database.backupWindow);
  const maintenance = momentOf(database.maintenanceWindow);
  const fitting = windowsFor(awake);
  return [
    !hoursOfDay.some((hour) => isAwakeHourUtc(awake, hour)) && {
      path: "schedule.awake.from",
      is: `${awake.from}: no hour of these days is on the same day in UTC, by which secrets are rotated`,
      to: "07:00",
    },
    cluster.nodes === undefined && {
      path: "cluster.nodes.instanceTypes[0]",
      is: "missing, with schedule.awake given: only nodes of our own can be put to sleep, the built-in pools' are EKS's",
      to: "t3a.medium",
    },
    secrets.rotationDays < rarestOften && {
      path: "secrets.rotationDays",
      is: `${secrets.rotationDays}, with schedule.awake given: rotations would fall on days on which the database is stopped`,
      to: rarestOften,
    },
    !isAwakeDaily(awake, backup.start, backup.length) && {
      path: "database.backupWindow",
      is: `${database.backupWindow} (UTC), when schedule.awake lets the database be stopped: there would be no backup`,
      to: fitting.backupWindow,
    },
    !isAwakeWeekly(awake, maintenance.start, maintenance.length) && {
      path: "database.maintenanceWindow",
      is: `${database.maintenanceWindow} (UTC), when schedule.awake lets the database be stopped: it would never be patched`,
      to: fitting.maintenanceWindow,
    },
  ];
};
