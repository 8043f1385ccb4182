/** How an organisation reminds its clients; without a row it does not. */
export interface ReminderSettingsTable {
  organisation_id: Buffer;
  /** IANA name. */
  time_zone: string;
  /** How long before its start a client is reminded of a booking. */
  lead_minutes: number;
  /** Minutes of the day in that time zone between which nothing is sent; the same twice: no quiet hours. */
  quiet_from: number;
  quiet_until: number;
}

/**
 * retry: surely not sent, tried again from `since` on. sending: given to Twilio, or about to be. unknown: nobody knows whether Twilio took
 * it. sent: Twilio took it. delivered, failed: what the network said. dead: surely not sent, and given up. cancelled: the booking moved or
 * ended before.
 */
export const reminderStates = [
  "retry",
  "sending",
  "unknown",
  "sent",
  "delivered",
  "failed",
  "dead",
  "cancelled",
] as const;
export type ReminderState = (typeof reminderStates)[number];

/** A reminder whose time has come. There is at most one of a booking, its start and a number. */
export interface RemindersTable {
  id: Buffer;
  organisation_id: Buffer;
  booking_id: Buffer;
  starts_at: string;
  phone: string;
  state: ReminderState;
  /** When the state began; of `retry`, when to try again. */
  since: string;
  attempts: number;
  /** Twilio's id of the message. */
  provider_id: string | null;
  error: string | null;
}

/** Numbers that get no SMS. */
export interface SmsOptOutsTable {
  phone: string;
  since: string;
}

declare module "../platform/database/tables.ts" {
  interface Tables {
    reminder_settings: ReminderSettingsTable;
    reminders: RemindersTable;
    sms_opt_outs: SmsOptOutsTable;
  }
}
