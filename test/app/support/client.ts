import { newKey } from "../../../app/api-keys/format.ts";
import { scopes } from "../../../app/http/access.ts";
import { defaultOrganisation } from "../../../app/organisations/table.ts";
import { idToBytes, newId } from "../../../app/platform/ids.ts";
import { agent } from "./bookings.ts";

const keyId = newId();
const id = idToBytes(keyId);
const made = newKey("test", id);

/** A key of the default organisation with every scope, once `addClient` has put it into the database. */
export const apiKey = made.key;
/** Who the audit trail and the log say it is. */
export const keyActor = `key:${keyId}`;
/** What a program sends that may use the bookings. */
export const keyed = { ...agent, authorization: `Bearer ${apiKey}` };

/** Puts the key, and the admin who made it, into a migrated schema. */
export const addClient = async (
  mysql: { query(sql: string, values: unknown[]): Promise<unknown> },
  schema: string,
): Promise<void> => {
  const organisation = idToBytes(defaultOrganisation);
  await mysql.query(
    `INSERT IGNORE INTO ${schema}.users (id, organisation_id, email, name, role, version, created_at, updated_at)
     VALUES (?, ?, 'client@example.org', 'Client', 'admin', 1, NOW(3), NOW(3))`,
    [id, organisation],
  );
  await mysql.query(
    `INSERT IGNORE INTO ${schema}.api_keys (id, organisation_id, name, created_by, secret_hash, scopes, created_at, expires_at)
     VALUES (?, ?, 'client', ?, ?, ?, NOW(3), NOW(3) + INTERVAL 1 DAY)`,
    [id, organisation, id, made.secretHash, scopes.join(" ")],
  );
};
