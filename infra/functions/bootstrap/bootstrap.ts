import type { z } from "zod";
import type { DatabasePurpose } from "../../../app/contract/database-users.ts";
import { jwtKeySet, twilioCredentials } from "../../../app/contract/secret-values.ts";
import type { SecretPurpose } from "../../../app/contract/secrets.ts";
import type { AsMaster } from "../mysql/master.ts";
import type { MysqlServer, Session } from "../mysql/server.ts";
import type { CacheAccount } from "../redis/cache-account.ts";
import { firstValues, randomSecrets, valuesSchema } from "../rotation/random-values.ts";
import { firstKeySet } from "../rotation/signing-keys.ts";
import { asFailure } from "../shared/failure.ts";
import type { Log } from "../shared/log.ts";
import type { SecretStore } from "../shared/secret-store.ts";
import { ensureCacheUser } from "./cache-user.ts";
import { besidesTables, ensureBinlogRetention, ensureSchemas } from "./database.ts";
import { ensureDatabaseUser } from "./database-user.ts";
import { ensureValue } from "./first-values.ts";
import { type BootstrapSummary, emptySummary } from "./report.ts";

export type BootstrapParts = {
  /** ARN of every secret. */
  secrets: Readonly<Record<SecretPurpose, string>>;
  binlogRetentionHours: number;
  server: MysqlServer;
  master: AsMaster;
  cache: CacheAccount;
  store: SecretStore;
  log: Log;
};

const databasePurposes: readonly DatabasePurpose[] = ["db-app", "db-migrator", "db-monitor"];

/**
 * Makes a new environment usable, and repairs one whose users, grants or passwords have drifted (R6, D1). It compares before
 * it acts: a second run changes nothing. A run that broke off is simply run again.
 * @throws Failure that names the part it happened in.
 */
export const bootstrap = async (parts: BootstrapParts): Promise<BootstrapSummary> => {
  const summary = emptySummary();
  const { secrets, store, log } = parts;
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
  for (const purpose of databasePurposes) {
    const task = { purpose, secret: secrets[purpose], server: parts.server, store };
    await database(purpose, (session) => ensureDatabaseUser({ ...task, session }));
  }
  await part("cache", () => ensureCacheUser(secrets.cache, parts.cache, store));
  await part("jwt", () => ensureValue(secrets.jwt, { schema: jwtKeySet, first: firstKeySet }, store));
  await part("app-keys", () => ensureRandom(secrets["app-keys"], "app-keys", store));
  await part("webhooks", () => ensureRandom(secrets.webhooks, "webhooks", store));
  // A person supplies Twilio's; until then the value says "none", so that the API can tell "off" from "forgotten".
  const twilio = { schema: twilioCredentials, first: async () => null };
  await part("twilio", () => ensureValue(secrets.twilio, twilio, store));
  return { ...summary, changed: summary.changes.length > 0 };
};

/** Random values by name; a name that the product has come to need since is added. */
const ensureRandom = (secret: string, purpose: "app-keys" | "webhooks", store: SecretStore) => {
  const names = Object.keys(randomSecrets(0)[purpose]);
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
