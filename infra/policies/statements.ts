import * as z from "zod";

const texts = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === "string" ? [value] : value));
const principal = z.union([z.string(), z.record(z.string(), texts)]);

const statement = z.object({
  Sid: z.string().optional(),
  Effect: z.enum(["Allow", "Deny"]),
  Principal: principal.optional(),
  NotPrincipal: principal.optional(),
  Action: texts.optional(),
  NotAction: texts.optional(),
  Resource: texts.optional(),
  NotResource: texts.optional(),
  Condition: z
    .record(z.string(), z.record(z.string(), texts.or(z.boolean().transform((value) => [String(value)]))))
    .optional(),
});
export type Statement = z.output<typeof statement>;

const document = z.object({
  Statement: z.union([z.array(statement), statement.transform((one) => [one])]),
});

/** The statements of a policy given as JSON text or as an object; empty without a policy. */
export function statementsOf(policy: unknown): Statement[] {
  if (policy === undefined || policy === null) return [];
  const parsed = document.parse(typeof policy === "string" ? JSON.parse(policy) : policy);
  return parsed.Statement;
}

/** Conditions that tie a statement to one's own account, organisation, network or resource. */
const tying =
  /^(aws:(PrincipalAccount|PrincipalArn|PrincipalOrgID|PrincipalOrgPaths|SourceAccount|SourceArn|SourceOrgID|SourceOwner|SourceVpc|SourceVpce|ResourceAccount)|kms:CallerAccount|lambda:EventSourceToken|.+:(sub|aud))$/i;

const conditionKeys = ({ Condition }: Statement): string[] =>
  Object.values(Condition ?? {}).flatMap((test) => Object.keys(test));

/** Whether a condition limits the statement to particular principals. */
export const isTied = (given: Statement): boolean => conditionKeys(given).some((key) => tying.test(key));

/** Principals of any kind, as `*`, an ARN or a service's name. */
export function principalsOf({ Principal }: Statement): string[] {
  if (Principal === undefined) return [];
  return typeof Principal === "string" ? [Principal] : Object.values(Principal).flat();
}

/**
 * AWS services that the statement admits for any account. CloudWatch Logs names the log group in a key's encryption
 * context instead of a source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
export function untiedServices(given: Statement): string[] {
  const named = conditionKeys(given).some((key) => key.startsWith("kms:EncryptionContext:"));
  if (given.Effect === "Deny" || named || isTied(given) || typeof given.Principal !== "object") return [];
  return given.Principal.Service ?? [];
}

/** Whether it admits everyone. */
export const isPublic = (given: Statement): boolean =>
  given.Effect === "Allow" &&
  !isTied(given) &&
  (principalsOf(given).includes("*") || given.NotPrincipal !== undefined);

/** Whether the statements refuse whatever comes without TLS. */
export const refusesPlainText = (statements: readonly Statement[]): boolean =>
  statements.some(
    ({ Effect, Condition, Principal }) =>
      Effect === "Deny" &&
      (Principal === "*" ||
        (typeof Principal === "object" && Object.values(Principal).flat().includes("*"))) &&
      Object.values(Condition ?? {}).some((test) =>
        Object.entries(test).some(
          ([key, values]) => key.toLowerCase() === "aws:securetransport" && values.includes("false"),
        ),
      ),
  );
