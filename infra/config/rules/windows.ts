import { rotationsFit } from "../../lib/rotation-schedule.ts";
import { clockOf, isOnDaily, isOnWeekly, type OnHours, utcAfterStart } from "../../lib/week.ts";
import { momentOf, windowOf, windowsOverlap } from "../../lib/windows.ts";
import type { Rule } from "../rule.ts";
import { onHoursOf, rotationDaysOf } from "./schedule.ts";

/** RDS's windows, UTC. */
interface Windows {
  backupWindow: string;
  maintenanceWindow: string;
}

/** What the windows must leave time for. */
interface Times {
  onHours: OnHours | undefined;
  rotationDays: number;
}

/** Windows that leave backups and rotations their time. */
function standardWindows(onHours: OnHours | undefined): Windows {
  if (onHours === undefined) return { backupWindow: "04:00-04:30", maintenanceWindow: "sun:05:30-sun:06:30" };
  const first = utcAfterStart(onHours, 60).minute;
  const [begin, finish] = [utcAfterStart(onHours, 6 * 60), utcAfterStart(onHours, 7 * 60)];
  return {
    backupWindow: `${clockOf(first)}-${clockOf(first + 30)}`,
    maintenanceWindow: `${begin.day}:${clockOf(begin.minute)}-${finish.day}:${clockOf(finish.minute)}`,
  };
}

/** AWS Backup starts between 02:00 and 03:00, every day, and needs an hour until RDS's own windows. */
const dailyBackup = "02:00-04:00";

/** What is wrong with the backup window by itself. */
function wrongBackup(window: string, onHours: OnHours | undefined): string | undefined {
  const { start, length } = windowOf(window);
  if (onHours !== undefined && !isOnDaily(onHours, start, length))
    return `${window} (UTC), when schedule.onHours lets the database be stopped: there would be no backup`;
  if (onHours === undefined && windowsOverlap(window, `mon:${dailyBackup.replace("-", "-mon:")}`))
    return `${window}, less than an hour after AWS Backup's at 02:00: one of them would be skipped`;
  return undefined;
}

/** What is wrong with the maintenance window by itself. */
function wrongMaintenance(window: string, onHours: OnHours | undefined): string | undefined {
  const { start, length } = momentOf(window);
  if (onHours !== undefined && !isOnWeekly(onHours, start, length))
    return `${window} (UTC), when schedule.onHours lets the database be stopped: it would never be patched`;
  if (onHours === undefined && windowsOverlap(dailyBackup, window))
    return `${window}, less than an hour after AWS Backup's at 02:00: that day's backup would be skipped`;
  return undefined;
}

/** What is wrong with the two together. */
function clashOf(windows: Windows, { onHours, rotationDays }: Times): string | undefined {
  const { backupWindow, maintenanceWindow } = windows;
  if (windowsOverlap(backupWindow, maintenanceWindow))
    return `backups ${backupWindow} and maintenance ${maintenanceWindow} overlap, which RDS refuses`;
  return rotationsFit(rotationDays, { ...windows, onHours })
    ? undefined
    : "it leaves rotations no hours: outside RDS's windows, which restart or stall the database";
}

/** The first that keeps most given values: both windows, one, none. */
function withoutClash(given: Windows, times: Times): Windows {
  const standard = standardWindows(times.onHours);
  const { backupWindow, maintenanceWindow } = standard;
  const choices = [given, { ...given, backupWindow }, { ...given, maintenanceWindow }];
  return choices.find((windows) => clashOf(windows, times) === undefined) ?? standard;
}

/** The database's windows: each fits the days, and both leave time to each other and to rotations. */
export const windows: Rule = (settings) => {
  const { backupWindow, maintenanceWindow } = settings.database;
  const times = { onHours: onHoursOf(settings), rotationDays: rotationDaysOf(settings) };
  const standard = standardWindows(times.onHours);
  const problems = {
    backupWindow: wrongBackup(backupWindow, times.onHours),
    maintenanceWindow: wrongMaintenance(maintenanceWindow, times.onHours),
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
