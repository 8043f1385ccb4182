import { rotationsFit } from "../../lib/rotation-schedule.ts";
import { type Awake, clockOf, isAwakeDaily, isAwakeWeekly, utcAfterStart } from "../../lib/week.ts";
import { momentOf, windowOf, windowsOverlap } from "../../lib/windows.ts";
import type { Rule } from "../rule.ts";
import { awakeOf, rotationDaysOf } from "./schedule.ts";

/** RDS's windows, UTC. */
interface Windows {
  backupWindow: string;
  maintenanceWindow: string;
}

/** What the windows must leave time for. */
interface Times {
  awake: Awake | undefined;
  rotationDays: number;
}

/** Windows that leave backups and rotations their time. */
function standardWindows(awake: Awake | undefined): Windows {
  if (awake === undefined) return { backupWindow: "04:00-04:30", maintenanceWindow: "sun:05:30-sun:06:30" };
  const first = utcAfterStart(awake, 60).minute;
  const [begin, finish] = [utcAfterStart(awake, 6 * 60), utcAfterStart(awake, 7 * 60)];
  return {
    backupWindow: `${clockOf(first)}-${clockOf(first + 30)}`,
    maintenanceWindow: `${begin.day}:${clockOf(begin.minute)}-${finish.day}:${clockOf(finish.minute)}`,
  };
}

/** AWS Backup starts between 02:00 and 03:00, every day, and needs an hour until RDS's own windows. */
const dailyBackup = "02:00-04:00";

/** What is wrong with the backup window by itself. */
function wrongBackup(window: string, awake: Awake | undefined): string | undefined {
  const { start, length } = windowOf(window);
  if (awake !== undefined && !isAwakeDaily(awake, start, length))
    return `${window} (UTC), when schedule.awake lets the database be stopped: there would be no backup`;
  if (awake === undefined && windowsOverlap(window, `mon:${dailyBackup.replace("-", "-mon:")}`))
    return `${window}, less than an hour after AWS Backup's at 02:00: one of them would be skipped`;
  return undefined;
}

/** What is wrong with the maintenance window by itself. */
function wrongMaintenance(window: string, awake: Awake | undefined): string | undefined {
  const { start, length } = momentOf(window);
  if (awake !== undefined && !isAwakeWeekly(awake, start, length))
    return `${window} (UTC), when schedule.awake lets the database be stopped: it would never be patched`;
  if (awake === undefined && windowsOverlap(dailyBackup, window))
    return `${window}, less than an hour after AWS Backup's at 02:00: that day's backup would be skipped`;
  return undefined;
}

/** What is wrong with the two together. */
function clashOf(windows: Windows, { awake, rotationDays }: Times): string | undefined {
  const { backupWindow, maintenanceWindow } = windows;
  if (windowsOverlap(backupWindow, maintenanceWindow))
    return `backups ${backupWindow} and maintenance ${maintenanceWindow} overlap, which RDS refuses`;
  return rotationsFit(rotationDays, { ...windows, awake })
    ? undefined
    : "it leaves rotations no hours: outside RDS's windows, which restart or stall the database";
}

/** The first that keeps most given values: both windows, one, none. */
function withoutClash(given: Windows, times: Times): Windows {
  const standard = standardWindows(times.awake);
  const { backupWindow, maintenanceWindow } = standard;
  const choices = [given, { ...given, backupWindow }, { ...given, maintenanceWindow }];
  return choices.find((windows) => clashOf(windows, times) === undefined) ?? standard;
}

/** The database's windows: each fits the days, and both leave time to each other and to rotations. */
export const windows: Rule = (settings) => {
  const { backupWindow, maintenanceWindow } = settings.database;
  const times = { awake: awakeOf(settings), rotationDays: rotationDaysOf(settings) };
  const standard = standardWindows(times.awake);
  const problems = {
    backupWindow: wrongBackup(backupWindow, times.awake),
    maintenanceWindow: wrongMaintenance(maintenanceWindow, times.awake),
  };
  const each = {
    backupWindow: problems.backupWindow === undefined ? backupWindow : standard.backupWindow,
    maintenanceWindow:
      problems.maintenanceWindow === undefined ? maintenanceWindow : standard.maintenanceWindow,
  };
  const right = withoutClash(each, times);
  return (["backupWindow", "maintenanceWindow"] as const).map((key) => {
    const given = settings.database[key];
    const problem = problems[key] ?? `${given}: ${clashOf(each, times)}`;
    return right[key] !== given && { path: `database.${key}`, problem, value: right[key] };
  });
};
