import type { SecretPurpose } from "./secrets.ts";

/**
 * The secrets that the API reads, at its start and every few minutes from then on: what its role may read, and what an alarm
 * expects to be fetched. Its database user may not change the schema.
 */
export const apiSecrets = ["db-app", "cache", "jwt", "app-keys"] as const satisfies readonly SecretPurpose[];

/** The secrets that the migrations read, once for each deployment. */
export const migrationSecrets = ["db-migrator"] as const satisfies readonly SecretPurpose[];
