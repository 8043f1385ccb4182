import { recordOf } from "../../../app/contract/records.ts";
import type { SecretPurpose } from "../../../app/contract/secrets.ts";

/** `db-app` → `DB_APP`. */
type Constant<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Uppercase<Head>}_${Constant<Tail>}`
  : Uppercase<Name>;

/** The environment variable that names a secret to a function: `db-app` → `DB_APP_SECRET_ARN`. */
type ArnVariable<Purpose extends SecretPurpose> = `${Constant<Purpose>}_SECRET_ARN`;
const arnVariable = <Purpose extends SecretPurpose>(purpose: Purpose) =>
  // TypeScript does not follow what these methods make of a text.
  `${purpose.toUpperCase().replaceAll("-", "_")}_SECRET_ARN` as ArnVariable<Purpose>;

type SecretArns<Purpose extends SecretPurpose, Value> = { [Each in Purpose as ArnVariable<Each>]: Value };

/** The variables that name these secrets to a function, with a value for each. */
export const secretArnVariables = <Purpose extends SecretPurpose, Value>(
  purposes: readonly Purpose[],
  value: (purpose: Purpose) => Value,
): SecretArns<Purpose, Value> => {
  const variables = purposes.map((purpose) => [arnVariable(purpose), value(purpose)]);
  // TypeScript loses the names' types on the way through pairs.
  return Object.fromEntries(variables) as SecretArns<Purpose, Value>;
};

/** The ARNs in a function's environment, by purpose. */
export const secretArnsOf = <Purpose extends SecretPurpose>(
  purposes: readonly Purpose[],
  env: Readonly<Record<ArnVariable<Purpose>, string>>,
): Record<Purpose, string> => recordOf(purposes, (purpose) => env[arnVariable(purpose)]);
