import type { z } from "zod";
import {
  appKeys,
  cacheCredentials,
  databaseCredentials,
  jwtKeySet,
  twilioCredentials,
  webhookKeys,
} from "./secret-values.ts";

/**
 * The secrets of one environment and the shape of each value (JSON in SecretString).
 * Names in Secrets Manager are `bulwark/<environment>/<purpose>`.
 */
export const secretPurposes = [
  "db-app",
  "db-migrator",
  "db-monitor",
  "cache",
  "jwt",
  "app-keys",
  "twilio",
  "webhooks",
] as const;
export type SecretPurpose = (typeof secretPurposes)[number];

/** The name in Secrets Manager of an environment's secret. */
export const secretName = (environment: string, purpose: SecretPurpose): string =>
  `bulwark/${environment}/${purpose}`;

/** The schema of each purpose's value. */
export const secretSchemas = {
  "db-app": databaseCredentials,
  "db-migrator": databaseCredentials,
  "db-monitor": databaseCredentials,
  cache: cacheCredentials,
  jwt: jwtKeySet,
  "app-keys": appKeys,
  twilio: twilioCredentials,
  webhooks: webhookKeys,
} as const satisfies Record<SecretPurpose, z.ZodType>;
/** The value of a secret, by its purpose. */
export type SecretValue<Purpose extends SecretPurpose> = z.output<(typeof secretSchemas)[Purpose]>;
