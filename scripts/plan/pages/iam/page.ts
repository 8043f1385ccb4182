import {
  rotationStrategies,
  type SecretPurpose,
  secretOf,
  secretPurposes,
} from "../../../../app/contract/secrets.ts";
import type { Statement } from "../../../../infra/policies/statements.ts";
import type { ProgramRun } from "../../monitor/index.ts";
import { isOfFunction, type Role, rolesOf, trusted } from "./roles.ts";
import { type StatementInWords, wordsFor } from "./words.ts";

const row = (...cells: string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
const code = (text: string): string => (text === "" ? "" : `\`${text}\``);

/** What an action means for a secret. */
const verbs: Readonly<Record<string, string>> = {
  "secretsmanager:GetSecretValue": "**fetch**",
  "secretsmanager:PutSecretValue": "write",
  "secretsmanager:UpdateSecretVersionStage": "relabel",
  "secretsmanager:RotateSecret": "start rotation",
  "secretsmanager:DescribeSecret": "see dates",
};

/** docs/iam.md: who may do what in AWS, role by role, in words. */
export function iamPage(run: ProgramRun): string {
  const words = wordsFor(run);
  const roles = rolesOf(run);
  const functions = roles.filter(isOfFunction);
  const pods = roles.filter(
    (role) => !isOfFunction(role) && trusted(role).includes("pods.eks.amazonaws.com"),
  );
  const services = roles.filter((role) => !functions.includes(role) && !pods.includes(role));
  const common = commonOf(functions);
  return `${[
    heading(run.stack, roles.length),
    `## The secrets\n\nNames in Secrets Manager are \`bulwark/<environment>/<secret>\`. [rotation.md](rotation.md) says how each way of rotation works.\n\n${secretTable()}`,
    `## Who reaches which secret\n\nNo other role has any right on a secret; the policy of each secret also refuses other accounts and clear text.\n\n${matrix(roles, words)}`,
    "## Functions\n\nEach has its own role; only Lambda can assume it.",
    `### What every function may\n\n${table(
      (functions[0]?.statements ?? []).filter((each) => common.has(shape(each, functions[0]))),
      words,
      functions[0],
    )}`,
    ...functions.map((role) =>
      section(
        role,
        role.statements.filter((each) => !common.has(shape(each, role))),
        words,
      ),
    ),
    "## Pods\n\nTaken on by EKS pod identity, for the pods of one ServiceAccount of this cluster.",
    ...pods.map((role) => section(role, role.statements, words)),
    "## Services of AWS\n\nWhat AWS's own services do in the account's name. Policies with a name are AWS's.",
    ...services.map((role) => section(role, role.statements, words)),
  ].join("\n\n")}\n`;
}

const heading = (stack: string, count: number): string => `# Who may do what in AWS

The ${count} IAM roles of ${stack}, as the program makes them: every statement, with names instead of ARNs. The other
environments differ in names, and one with off hours has two more roles: one calls its power switch and starts and stops its
database, and the switch's own has no rights in AWS. \`npm run pages\` writes this page, and a test keeps it current; tests and
guardrails refuse rights on another's secret and wildcards without a reason.`;

const secretTable = (): string =>
  [
    row("Secret", "Holds", "Rotated", "Read by, named in"),
    "|---|---|---|---|",
    ...secretPurposes.map((purpose) =>
      row(code(purpose), secretOf(purpose).description, rotationInWords(purpose), readersInWords(purpose)),
    ),
  ].join("\n");

const rotationInWords = (purpose: SecretPurpose): string => {
  const { strategy } = secretOf(purpose).rotation;
  return strategy === "none" ? "by a person" : rotationStrategies[strategy];
};

const readersInWords = (purpose: SecretPurpose): string =>
  Object.entries(secretOf(purpose).readBy)
    .map(([reader, variable]) => `${reader === "api" ? "API" : reader}, ${code(variable)}`)
    .join("; ");

type Words = (statement: Statement) => StatementInWords;

function section(role: Role, statements: readonly Statement[], words: Words): string {
  const managed = role.managed.length > 0 ? `Policies: ${role.managed.map(code).join(", ")}.` : "";
  const own = statements.length > 0 ? table(statements, words) : "";
  const who = isOfFunction(role) ? "" : `Taken on by ${trusted(role).map(code).join(", ")}${tied(role)}.`;
  return [`### ${role.name}`, role.description && `${role.description}.`, who, managed, own]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** What narrows whom a role trusts. */
const tied = ({ trust }: Role): string => {
  const keys = trust.flatMap(({ Condition = {} }) =>
    Object.values(Condition).flatMap((test) => Object.keys(test)),
  );
  return keys.length > 0 ? `, tied by ${[...new Set(keys)].map(code).join(", ")}` : "";
};

const table = (statements: readonly Statement[], words: Words, self?: Role): string =>
  [
    row("Statement", "May", "On", "Only if"),
    "|---|---|---|---|",
    ...statements.map((statement) => {
      const { sid, actions, resources, conditions } = words(statement);
      const impersonal = (text: string) =>
        self === undefined ? text : text.replaceAll(self.name, "<itself>");
      return row(sid, code(actions), code(impersonal(resources)), code(impersonal(conditions)));
    }),
  ].join("\n");

/** A statement without the name of the function it belongs to: the same in each of them where it is common to all. */
const shape = (statement: Statement, role: Role | undefined): string =>
  JSON.stringify(statement).replaceAll(role?.name ?? "", "<itself>");

/** What all functions have in common. */
const commonOf = (functions: readonly Role[]): ReadonlySet<string> => {
  const [first = [], ...others] = functions.map((role) => role.statements.map((each) => shape(each, role)));
  return new Set(first.filter((each) => others.every((other) => other.includes(each))));
};

/** What each role may do with each secret. */
export function secretRights(roles: readonly Role[], words: Words): Map<string, Map<string, string[]>> {
  const rights = new Map<string, Map<string, string[]>>();
  for (const role of roles) {
    for (const statement of role.statements) {
      const actions = (statement.Action ?? []).filter((action) => action.startsWith("secretsmanager:"));
      if (statement.Effect !== "Allow" || actions.length === 0) continue;
      for (const secret of words(statement).resources.split(", ")) {
        const ofRole = rights.get(role.name) ?? new Map<string, string[]>();
        rights.set(role.name, ofRole.set(secret, [...(ofRole.get(secret) ?? []), ...actions]));
      }
    }
  }
  return rights;
}

function matrix(roles: readonly Role[], words: Words): string {
  const rights = secretRights(roles, words);
  const secrets = [...secretPurposes.map((purpose) => `secret ${purpose}`), "secret of the master user"];
  return [
    row("", ...secrets.map((secret) => secret.replace(/^secret (of )?(the )?/, ""))),
    `|---|${secrets.map(() => "---|").join("")}`,
    ...[...rights].map(([role, ofRole]) =>
      row(
        role,
        ...secrets.map((secret) =>
          (ofRole.get(secret) ?? []).map((action) => verbs[action] ?? action).join(", "),
        ),
      ),
    ),
  ].join("\n");
}
