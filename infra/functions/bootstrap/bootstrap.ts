import type * as z from "zod";
import { keysOf } from "../../../app/contract/records.ts";
import { type SecretPurpose, secretOf, secretPurposes } from "../../../app/contract/secrets.ts";
import type { AsMaster } from "../mysql/master.ts";
import type { MysqlServer, Session } from "../mysql/server.ts";
import type { CacheAccount } from "../redis/cache-account.ts";
import { firstValues, valuesSchema } from "../rotation/random-values.ts";
import { asFailure } from "../shared/failure.ts";
import type { Log } from "../shared/log.ts";
import type { SecretStore } from "../shared/secret-store.ts";
import { ensureCacheUser } from "./cache-user.ts";
import { besidesTables, ensureBinlogRetention, ensureSchemas } from "./database.ts";
import { ensureDatabaseUser } from "./database-user.ts";
import { ensureValue, firstValueOf, type ValueResult } from "./first-values.ts";
import { type BootstrapSummary, emptySummary } from "./report.ts";

export interface BootstrapParts {
  /** ARN of every secret. */
  secrets: Readonly<Record<SecretPurpose, string>>;
  binlogRetentionHours: number;
  server: MysqlServer;
  master: AsMaster;
  cache: CacheAccount;
  store: SecretStore;
  log: Log;
}

/**
 * Makes a new environment usable, and repairs one whose users, grants or passwords have drifted (R6, D1). It compares before
 * it acts: a second run changes nothing, and an interrupted run is safe to repeat.
 * @throws Failure that names the failed part.
 */
export const bootstrap = async (parts: BootstrapParts): Promise<BootstrapSummary> => {
  const summary = emptySummary();
  const { secrets, log } = parts;
  /** One part of the work, its changes noted under its name. */
  const part = async (
    name: string,
    work: () => Promise<{ changes: string[]; warnings?: string[]; version?: string; username?: string }>,
  ): Promise<void> => {
    try {
      const { changes, warnings = [], version, username } = await work();
      summary.changes.push(...changes.map((change) => `${name}: ${change}`));
      summary.warnings.push(...warnings.map((warning) => `${name}: ${warning}`));
      if (version !== undefined && isPurpose(name, secrets)) summary.secrets[name] = { version, username };
      log.info("bootstrap part done", { purpose: name, outcome: changes.join("; ") || "nothing to change" });
    } catch (error) {
      const failure = asFailure(error).about(name, "bootstrap");
      failure.message = log.mask(failure.message);
      log.error("bootstrap part failed", { purpose: name, reason: failure.reason, detail: failure.message });
      throw failure;
    }
  };
  const database = (name: string, work: (session: Session) => ReturnType<Parameters<typeof part>[1]>) =>
    part(name, () => parts.master(work));

  await database("schemas", async (session) => ({
    changes: await ensureSchemas(session),
    warnings: await besidesTables(session),
  }));
  await database("binlog", (session) => ensureBinlogRetention(session, parts.binlogRetentionHours));
  for (const purpose of secretPurposes) await part(purpose, () => ensureSecret(purpose, parts));
  return { ...summary, changed: summary.changes.length > 0 };
};

/** Gives a secret its first value, and makes what it is for agree with it. */
const ensureSecret = (
  purpose: SecretPurpose,
  { secrets, server, master, cache, store }: BootstrapParts,
): Promise<ValueResult & { username?: string }> => {
  const secret = secrets[purpose];
  const { schema, rotation } = secretOf(purpose);
  switch (rotation.strategy) {
    case "mysql-user":
      return master((session) => ensureDatabaseUser({ user: rotation.user, secret, server, store, session }));
    case "cache-user":
      return ensureCacheUser(secret, rotation.user, cache, store);
    case "random-values":
      return ensureRandom(secret, keysOf(rotation.values), store);
    default:
      return ensureValue(secret, { schema, first: () => firstValueOf(rotation) }, store);
  }
};

/** Random values by name; a name that the product has come to need since is added. */
const ensureRandom = (secret: string, names: readonly string[], store: SecretStore) => {
  const source = {
    schema: valuesSchema,
    first: async () => firstValues(names),
    complete: (value: z.infer<typeof valuesSchema>) =>
      names.every((name) => value[name]) ? undefined : { ...firstValues(names), ...value },
  };
  return ensureValue(secret, source, store);
};

const isPurpose = (name: string, secrets: Readonly<Record<SecretPurpose, string>>): name is SecretPurpose =>
  Object.hasOwn(secrets, name);
