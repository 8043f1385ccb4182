import type { DatabaseAccess } from "../../../app/platform/database/database.ts";
import { toDatabaseTime } from "../../../app/platform/database/times.ts";
import { idFromBytes, idToBytes } from "../../../app/platform/ids.ts";
import {
  deleteOptOut,
  readState,
  readTroubled,
  readUser,
  requeue,
  requeueDead,
  switchOff,
  switchOn,
} from "../../../app/reminders/repository.ts";
import { CommandError } from "../../cli/errors.ts";

export const reminderActions = {
  list: "shows those that are dead or whose fate is unknown",
  requeue: "lets the worker try one again, by its id: of an unknown one, the client may get a second SMS",
  "requeue-dead": "lets the worker try all that are dead again",
  on: "reminds the clients of the organisation that a user, by e-mail address, belongs to",
  off: "no longer reminds them",
  "opt-in": "lets a number that has answered STOP get SMS again, when its owner wishes so",
} as const;
export type ReminderAction = keyof typeof reminderActions;

export interface ReminderRequest {
  /** An id, an e-mail address or a number. */
  what: string;
  timeZone: string;
  leadMinutes: number;
  /** Minutes of the day. */
  quiet: { from: number; until: number };
}

/** Carries an action out. @returns the reminders for `list`. @throws CommandError where there is nothing that it is about */
export async function changeReminders(
  database: DatabaseAccess,
  action: ReminderAction,
  { what, timeZone, leadMinutes, quiet }: ReminderRequest,
): Promise<object[]> {
  const since = toDatabaseTime(new Date());
  const settings = {
    time_zone: timeZone,
    lead_minutes: leadMinutes,
    quiet_from: quiet.from,
    quiet_until: quiet.until,
  };
  return database.transaction(async (db) => {
    if (action === "list")
      return (await readTroubled(db, {})).map(({ id, booking_id, organisation_id, ...rest }) => ({
        id: idFromBytes(id),
        booking: idFromBytes(booking_id),
        organisation: idFromBytes(organisation_id),
        ...rest,
      }));
    if (action === "requeue" && (await readState(db, { id: idToBytes(what) })).length === 0)
      throw new CommandError(`no reminder ${what} is dead or of unknown fate`);
    if ((action === "on" || action === "off") && (await readUser(db, { email: what })).length === 0)
      throw new CommandError(`there is no user ${what}`);
    if (action === "requeue") await requeue(db, { id: idToBytes(what), since });
    else if (action === "requeue-dead") await requeueDead(db, { since });
    else if (action === "on") await switchOn(db, { email: what, ...settings });
    else if (action === "off") await switchOff(db, { email: what });
    else await deleteOptOut(db, { phone: what });
    return [];
  });
}
