import type { Migration } from "kysely/migration";
import * as organisations from "./0001-organisations.ts";
import * as bookings from "./0002-bookings.ts";
import * as auditLog from "./0003-audit-log.ts";
import * as users from "./0004-users.ts";
import * as writePath from "./0005-write-path.ts";
import * as bookingSearch from "./0006-booking-search.ts";
import * as auditView from "./0008-audit-view.ts";
import * as imports from "./0009-imports.ts";
import * as reminders from "./0010-reminders.ts";
import * as webhooks from "./0011-webhooks.ts";

/**
 * All migrations by name, applied in the order of their names. Written out, so that they are part of the bundle.
 *
 * MySQL commits each DDL statement by itself, so a migration is written to be run again after it broke off half-way
 * (`if not exists`), and so that the version before it still works while it is applied and afterwards (A23): see docs/migrations.md.
 */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001-organisations": organisations,
  "0002-bookings": bookings,
  "0003-audit-log": auditLog,
  "0004-users": users,
  "0005-write-path": writePath,
  "0006-booking-search": bookingSearch,
  "0008-audit-view": auditView,
  "0009-imports": imports,
  "0010-reminders": reminders,
  "0011-webhooks": webhooks,
};
