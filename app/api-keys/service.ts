import { type AuditedTransaction, AuditTrail, type Origin } from "../audit/trail.ts";
import { Problem } from "../http/errors/problem.ts";
import type { DatabaseAccess } from "../platform/database/database.ts";
import { toDatabaseTime } from "../platform/database/times.ts";
import { idToBytes, newId } from "../platform/ids.ts";
import { newKey } from "./format.ts";
import { findKeys, insertKey, type KeyRow, lockKey, revokeKey, toApiKey } from "./repository.ts";
import type { ApiKey, ApiKeyInput } from "./schema.ts";

/** Keys of an organisation that are not revoked: more than anybody oversees. */
const mostKeys = 100;

/** What can be done with an organisation's API keys. Each change and its entry in the audit trail are one transaction. */
export class ApiKeys {
  readonly #database: DatabaseAccess;
  readonly #audit: AuditTrail;
  readonly #environment: string;

  /** @param environment part of each key, so that one environment's key is no other one's. */
  constructor(database: DatabaseAccess, environment: string) {
    this.#database = database;
    this.#audit = new AuditTrail(database);
    this.#environment = environment;
  }

  list(organisationId: string): Promise<ApiKey[]> {
    return this.#database.read((db) => findKeys(db, organisationId));
  }

  /**
   * Makes a key. Nobody can read it again: only its hash is kept.
   * @throws Problem `conflict` where the organisation has as many as it may have.
   */
  async create(origin: Origin, userId: string, input: ApiKeyInput): Promise<{ apiKey: ApiKey; key: string }> {
    const id = idToBytes(newId());
    const { key, secretHash } = newKey(this.#environment, id);
    const row: KeyRow = {
      id,
      organisation_id: idToBytes(origin.organisationId),
      name: input.name,
      created_by: idToBytes(userId),
      secret_hash: secretHash,
      scopes: input.scopes.join(" "),
      created_at: toDatabaseTime(new Date()),
      expires_at: toDatabaseTime(input.expiresAt),
      last_used_at: null,
      revoked_at: null,
    };
    const apiKey = toApiKey(row);
    await this.#audit.change(origin, async (transaction) => {
      const { length } = await findKeys(transaction, origin.organisationId);
      if (length >= mostKeys)
        throw new Problem("conflict", `There are ${mostKeys} API keys: revoke one first.`);
      await insertKey(transaction, row);
      record(transaction, "created", null, apiKey);
    });
    return { apiKey, key };
  }

  /**
   * Ends a key for good: every replica refuses it within five seconds.
   * @throws Problem `not_found`, also for another organisation's key and for one that is revoked.
   */
  async revoke(origin: Origin, id: string): Promise<void> {
    await this.#audit.change(origin, async (transaction) => {
      const row = await lockKey(transaction, origin.organisationId, id);
      if (row === undefined) throw new Problem("not_found", "No such API key.");
      await revokeKey(transaction, row.id, new Date());
      record(transaction, "revoked", toApiKey(row), null);
    });
  }
}

function record(
  transaction: AuditedTransaction,
  verb: string,
  before: ApiKey | null,
  after: ApiKey | null,
): void {
  const entityId = (after ?? before)?.id ?? "";
  transaction.record({ entity: "api_key", entityId, verb, before, after });
}
