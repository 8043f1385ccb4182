import mysql from "mysql2/promise";
import { schemas } from "../../../app/contract/database-users.ts";
import { column, type Session } from "../mysql/server.ts";
import { Failure } from "../shared/failure.ts";

/** Makes the schemas that are missing. @returns what changed, in words. */
export const ensureSchemas = async (session: Session): Promise<string[]> => {
  const changes: string[] = [];
  for (const name of Object.values(schemas)) {
    const found = await session.query("SELECT 1 FROM information_schema.schemata WHERE schema_name = ?", [
      name,
    ]);
    if (found.length > 0) continue;
    await session.query(
      `CREATE DATABASE IF NOT EXISTS ${mysql.escapeId(name)} CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci`,
    );
    changes.push(`made schema ${name}`);
  }
  return changes;
};

/**
 * What the schemas hold besides tables. Only the master user can make or see these objects, and the migrator's backups omit
 * them, so each deployment warns of them.
 */
export const besidesTables = async (session: Session): Promise<string[]> => {
  const names = Object.values(schemas);
  const found = await session.query(
    `SELECT CONCAT('trigger ', trigger_schema, '.', trigger_name) AS what FROM information_schema.triggers WHERE trigger_schema IN (?, ?)
     UNION ALL SELECT CONCAT(LOWER(routine_type), ' ', routine_schema, '.', routine_name) FROM information_schema.routines WHERE routine_schema IN (?, ?)
     UNION ALL SELECT CONCAT('event ', event_schema, '.', event_name) FROM information_schema.events WHERE event_schema IN (?, ?)
     UNION ALL SELECT CONCAT('view ', table_schema, '.', table_name) FROM information_schema.views WHERE table_schema IN (?, ?)`,
    [...names, ...names, ...names, ...names],
  );
  return found.map(
    ({ what }) =>
      `${String(what)} is in no backup made by the migrator: drop it, or keep its text with the code`,
  );
};

const retention = "binlog retention hours";

/**
 * Keeps binlogs for so many hours. RDS has a stored procedure for it (no parameter group has it, and the default keeps none);
 * on a plain server this only reads the variable, because setting it needs rights that no master user has.
 */
export const ensureBinlogRetention = async (
  session: Session,
  hours: number,
): Promise<{ changes: string[]; warnings: string[] }> => {
  const procedure =
    "SELECT 1 FROM information_schema.routines WHERE routine_schema = 'mysql' AND routine_name = 'rds_set_configuration'";
  if ((await session.query(procedure)).length === 0) return plainRetention(session, hours);
  const before = await rdsRetention(session);
  if (before !== null && Number(before) === hours) return { changes: [], warnings: [] };
  await session.query("CALL mysql.rds_set_configuration(?, ?)", [retention, hours]);
  const after = await rdsRetention(session);
  if (Number(after) !== hours) {
    const message = `binlogs were to stay ${hours} h, and RDS says ${after === null ? "that none are kept" : `${after} h`}`;
    throw new Failure("binlog-retention", message);
  }
  return { changes: [`binlogs stay ${hours} h (before: ${before ?? "none kept"})`], warnings: [] };
};

const rdsRetention = async (session: Session): Promise<unknown> => {
  const settings = await session.query("CALL mysql.rds_show_configuration");
  return settings.find((row) => row.name === retention)?.value ?? null;
};

const plainRetention = async (session: Session, hours: number) => {
  const [seconds] = column(await session.query("SELECT @@GLOBAL.binlog_expire_logs_seconds"));
  const enough = Number(seconds) === 0 || Number(seconds) >= hours * 3_600; // 0: never removed
  const warning = `binlogs stay ${Number(seconds) / 3_600} h, not ${hours} h: set binlog_expire_logs_seconds=${hours * 3_600}`;
  return { changes: [], warnings: enough ? [] : [warning] };
};
