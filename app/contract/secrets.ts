import * as z from "zod";
import {
  applicationUser,
  cacheUser,
  type DatabaseUser,
  migratorUser,
  monitorUser,
} from "./database-users.ts";
import { keysOf, recordOf } from "./records.ts";
import {
  cacheCredentials,
  databaseCredentials,
  jwtKeySet,
  rotatingValue,
  twilioCredentials,
} from "./secret-values.ts";

/** How the stack rotates secrets: one function for each way (infra/functions/rotate-*). */
export const rotationStrategies = {
  "mysql-user": "two MySQL users in turn",
  "cache-user": "two Redis passwords",
  "signing-keys": "set of token keys",
  "random-values": "random values",
} as const;
export type RotationStrategy = keyof typeof rotationStrategies;

/** Random values by name, and how long each is needed once it is no longer the newest: a session's life, or for ever. */
export type RandomValues = Readonly<Record<string, "session" | "forever">>;

export type Rotation =
  | { strategy: "mysql-user"; user: DatabaseUser }
  /** The ElastiCache user that the stack makes (infra/cache/users.ts). */
  | { strategy: "cache-user"; user: string }
  | { strategy: "signing-keys" }
  | { strategy: "random-values"; values: RandomValues }
  /** A person supplies the value, which is `null` until then. `instead` says how it is changed. */
  | { strategy: "none"; instead: string };

/** Processes of the image that read secrets. */
export type SecretReader = "api" | "worker" | "migrations";

interface SecretEntry {
  /** What it holds: shown by AWS and in the documentation. */
  description: string;
  /** The shape of its value (JSON in SecretString). */
  schema: z.ZodType;
  rotation: Rotation;
  /** Processes that read it at their start, each with the environment variable that names it the secret. */
  readBy: Readonly<Partial<Record<SecretReader, `${string}_SECRET_ID`>>>;
}

/** Values that the product itself makes, by name. */
const randomValues = <const Values extends RandomValues>(values: Values) => ({
  schema: z.strictObject(recordOf(keysOf<keyof Values & string>(values), () => rotatingValue)),
  rotation: { strategy: "random-values", values } as const,
});

/**
 * Every secret of an environment, by its purpose. What the stack makes, who may read it, which function rotates it and what the
 * documentation lists follow from here: a further secret is a further entry. New ones go to the end: the place of an entry
 * decides on which days its secret is rotated.
 */
export const secretCatalogue = {
  "db-app": {
    description: "MySQL user of the API and the worker",
    schema: databaseCredentials,
    rotation: { strategy: "mysql-user", user: applicationUser },
    readBy: { api: "DB_SECRET_ID", worker: "DB_SECRET_ID" },
  },
  "db-migrator": {
    description: "MySQL user of the migrations",
    schema: databaseCredentials,
    rotation: { strategy: "mysql-user", user: migratorUser },
    readBy: { migrations: "DB_SECRET_ID" },
  },
  "db-monitor": {
    description: "MySQL user that reads performance figures",
    schema: databaseCredentials,
    rotation: { strategy: "mysql-user", user: monitorUser },
    readBy: {},
  },
  cache: {
    description: "Redis user of the API and the worker",
    schema: cacheCredentials,
    rotation: { strategy: "cache-user", user: cacheUser },
    readBy: { api: "CACHE_SECRET_ID", worker: "CACHE_SECRET_ID" },
  },
  jwt: {
    description: "Keys that sign access tokens",
    schema: jwtKeySet,
    rotation: { strategy: "signing-keys" },
    readBy: { api: "JWT_SECRET_ID" },
  },
  // `cookie` signs what clients carry for the API and hand back: cookies, cursors of lists. A pepper never expires: a password
  // hashed with an old one must still verify years later, when its owner signs in again.
  "app-keys": {
    description: "Keys of cookies, CSRF tokens and password pepper",
    ...randomValues({ cookie: "session", csrf: "session", pepper: "forever" }),
    readBy: { api: "APP_KEYS_SECRET_ID" },
  },
  twilio: {
    description: "Twilio credentials, put in by a person; null: no reminders",
    schema: twilioCredentials,
    rotation: { strategy: "none", instead: "make new credentials at Twilio" },
    readBy: { api: "TWILIO_SECRET_ID", worker: "TWILIO_SECRET_ID" },
  },
  webhooks: {
    description: "What the keys that sign webhooks are derived from",
    ...randomValues({ signing: "session" }),
    readBy: { api: "WEBHOOKS_SECRET_ID", worker: "WEBHOOKS_SECRET_ID" },
  },
} as const satisfies Record<string, SecretEntry>;

type Catalogue = typeof secretCatalogue;
export type SecretPurpose = keyof Catalogue;
export const secretPurposes = keysOf(secretCatalogue);

/** The entry of a purpose that is known only when the program runs. */
export const secretOf = (purpose: SecretPurpose): SecretEntry => secretCatalogue[purpose];

/** The value of a secret, by its purpose. */
export type SecretValue<Purpose extends SecretPurpose> = z.output<Catalogue[Purpose]["schema"]>;

/** The name in Secrets Manager of an environment's secret: `bulwark/<environment>/<purpose>`. */
export const secretName = (environment: string, purpose: SecretPurpose): string =>
  `bulwark/${environment}/${purpose}`;

/** Purposes of the secrets that are rotated in one of these ways. */
export type RotatedBy<Strategy extends RotationStrategy> = {
  [Purpose in SecretPurpose]: Catalogue[Purpose]["rotation"]["strategy"] extends Strategy ? Purpose : never;
}[SecretPurpose];
export const secretsRotatedBy = <Strategy extends RotationStrategy>(
  ...strategies: Strategy[]
): RotatedBy<Strategy>[] => {
  const wanted = new Set<string>(strategies);
  return secretPurposes.filter((purpose): purpose is RotatedBy<Strategy> =>
    wanted.has(secretOf(purpose).rotation.strategy),
  );
};

/** All secrets that rotate, in the order in which they are rotated. */
export type RotatedPurpose = RotatedBy<RotationStrategy>;
export const rotatedPurposes = secretsRotatedBy(...keysOf(rotationStrategies));

/** Purposes of the secrets that a process reads at its start. */
export type ReadBy<Reader extends SecretReader> = {
  [Purpose in SecretPurpose]: Catalogue[Purpose]["readBy"] extends Record<Reader, string> ? Purpose : never;
}[SecretPurpose];
export const secretsReadBy = <Reader extends SecretReader>(reader: Reader): ReadBy<Reader>[] =>
  secretPurposes.filter(
    (purpose): purpose is ReadBy<Reader> => secretOf(purpose).readBy[reader] !== undefined,
  );

type VariableOf<Purpose extends SecretPurpose, Reader extends SecretReader> =
  Catalogue[Purpose]["readBy"] extends Record<Reader, infer Variable extends string> ? Variable : never;
type SecretIdVariables<Reader extends SecretReader, Value> = {
  [Purpose in ReadBy<Reader> as VariableOf<Purpose, Reader>]: Value;
};

/** The environment variables that name its secrets to a process, with a value for each. */
export const secretIdVariables = <Reader extends SecretReader, Value>(
  reader: Reader,
  value: (purpose: ReadBy<Reader>) => Value,
): SecretIdVariables<Reader, Value> => {
  const variables = secretsReadBy(reader).map((purpose) => [
    secretOf(purpose).readBy[reader],
    value(purpose),
  ]);
  // TypeScript loses the names' types on the way through pairs.
  return Object.fromEntries(variables) as SecretIdVariables<Reader, Value>;
};

/** The secrets of a process by purpose, as its environment names them. */
export const secretIdsOf = <Reader extends SecretReader>(
  reader: Reader,
  env: Readonly<SecretIdVariables<Reader, string>>,
): Record<ReadBy<Reader>, string> => {
  const ids = new Map<string, unknown>(Object.entries(env));
  return recordOf(secretsReadBy(reader), (purpose) =>
    String(ids.get(secretOf(purpose).readBy[reader] ?? "")),
  );
};
