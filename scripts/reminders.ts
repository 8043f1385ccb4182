/** `npm run reminders -- <environment> list|requeue|on|…`: who reminds clients how, and what became of those that failed (A16). */
import * as z from "zod";
import { keysOf } from "../app/contract/records.ts";
import { runCommand } from "./cli/command.ts";
import { declare } from "./cli/declaration.ts";
import { accessTo } from "./ops/database/access.ts";
import { withApplication } from "./ops/database/application.ts";
import { inWords } from "./ops/database/explain.ts";
import { accessOptions, databaseFlags } from "./ops/database/options.ts";
import { credentialsNote } from "./ops/environment-flags.ts";
import { changeReminders, type ReminderAction, reminderActions } from "./ops/reminders/actions.ts";

const actions = keysOf(reminderActions);
const all = `Name an environment and one of ${actions.join(", ")}, and what it is about`;
/** Actions that are about all there is. */
const alone: ReadonlySet<string> = new Set<ReminderAction>(["list", "requeue-dead"]);
/** "21:00-08:00". */
const hours = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, "two times of the day: 21:00-08:00")
  .transform((text) => {
    const [from = 0, until = 0] = text.split("-").map((time) => {
      const [hour = 0, minute = 0] = time.split(":").map(Number);
      return 60 * hour + minute;
    });
    return { from, until };
  });
const timeZone = z
  .string()
  .refine((name) => Intl.supportedValuesOf("timeZone").includes(name), "an IANA name: Europe/Berlin");

const command = declare({
  name: "reminders",
  summary: "Says which organisations remind their clients by SMS, and tries again what could not be sent.",
  forms: Object.fromEntries(
    actions.map((action) => [
      `ENVIRONMENT ${action}${alone.has(action) ? "" : " WHAT"}`,
      reminderActions[action],
    ]),
  ),
  arguments: z.union([
    z
      .tuple([z.string(all), z.enum(actions, all)], all)
      .transform(([name, action]) => [name, action, ""] as const),
    z.tuple([z.string(all), z.enum(actions, all), z.string(all)], all),
  ]),
  flags: {
    "time-zone": {
      placeholder: "ZONE",
      value: timeZone,
      default: "Europe/Berlin",
      description: "with on: where the clients are",
    },
    lead: {
      placeholder: "MINUTES",
      value: z.coerce.number().int().min(15).max(10_080),
      default: "1440",
      description: "with on: how long before a booking",
    },
    quiet: {
      placeholder: "HOURS",
      value: hours,
      default: "21:00-08:00",
      description: "with on: when nothing is sent",
    },
    ...databaseFlags,
  },
  conflict: ({ arguments: [, action, what] }) => (alone.has(action) === (what === "") ? undefined : all),
  notes: `It works as the API's database user, and reads that user's secret. ${credentialsNote}`,
  examples: ["npm run reminders -- staging on ada@example.com --time-zone Europe/Berlin --lead 1440"],
  exits: { missing: "the sandbox does not run" },
  explain: inWords,
});

await runCommand(command, async ({ flags, arguments: [environment, action, what] }) => {
  const access = accessTo(accessOptions(environment, flags));
  const request = { what, timeZone: flags["time-zone"], leadMinutes: flags.lead, quiet: flags.quiet };
  const found = await withApplication(access, flags.via, (database) =>
    changeReminders(database, action, request),
  );
  if (flags.json) console.log(JSON.stringify(found, undefined, 2));
  else if (action === "list") console.table(found);
  else console.log(`${action}: done`);
  return 0;
});
