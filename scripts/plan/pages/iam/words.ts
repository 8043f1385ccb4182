import type { Statement } from "../../../../infra/policies/statements.ts";
import type { ProgramRun } from "../../monitor/index.ts";

/** A statement as a person reads it. */
export interface StatementInWords {
  sid: string;
  /** `secretsmanager:GetSecretValue, PutSecretValue`; begins with `never` where it denies. */
  actions: string;
  resources: string;
  /** None where it always holds. */
  conditions: string;
}

const operators: Readonly<Record<string, string>> = {
  StringEquals: "is",
  ArnEquals: "is",
  Bool: "is",
  StringLike: "is like",
  ArnLike: "is like",
  StringNotEquals: "is not",
  "ForAllValues:StringEquals": "are only",
};

/** Turns statements of a plan into words: names instead of ARNs with made-up numbers. */
export function wordsFor(
  run: Pick<ProgramRun, "resources" | "stack">,
): (statement: Statement) => StatementInWords {
  const keys = new Map(
    run.resources
      .filter(({ type }) => type === "aws:kms/alias:Alias")
      .map(({ inputs }) => [
        String(inputs.targetKeyId),
        String(inputs.name).replace(`alias/bulwark-${run.stack}-`, ""),
      ]),
  );
  const named = (text: string): string =>
    nameOf(text, keys).replaceAll(`bulwark-${run.stack}-`, "").replace(`bulwark/${run.stack}/`, "");
  return ({ Sid, Effect, Action = [], NotAction, Resource = [], NotResource, Condition = {} }) => ({
    sid: Sid ?? "",
    actions: `${Effect === "Deny" ? "never " : ""}${NotAction ? `all but ${grouped(NotAction)}` : grouped(Action)}`,
    resources: NotResource ? `all but ${NotResource.map(named).join(", ")}` : Resource.map(named).join(", "),
    conditions: Object.entries(Condition)
      .flatMap(([operator, tests]) =>
        Object.entries(tests).map(
          ([key, values]) =>
            `${key} ${operators[operator] ?? operator} ${[values].flat().map(named).join(" or ")}`,
        ),
      )
      .join("; "),
  });
}

/** Actions with their service once: `kms:Decrypt, GenerateDataKey`. */
function grouped(actions: readonly string[]): string {
  const byService = new Map<string, string[]>();
  for (const action of actions) {
    const [service = "", name] = action.split(":");
    byService.set(service, [...(byService.get(service) ?? []), name ?? service]);
  }
  return [...byService]
    .map(([service, names]) => (names[0] === service ? service : `${service}:${names.join(", ")}`))
    .join("; ");
}

/** Kinds of ARN with a word for each; any other ARN stays as it is. */
const kinds: readonly [RegExp, string][] = [
  [/^arn:aws:secretsmanager:[^:]+:\d+:secret:rds!.+$/, "secret of the master user"],
  [/^arn:aws:secretsmanager:[^:]+:\d+:secret:(.+)-\w{6}$/, "secret $1"],
  [/^arn:aws:lambda:[^:]+:\d+:function:(.+)$/, "function $1"],
  [/^arn:aws:logs:[^:]+:\d+:log-group:([^:]+?)(?:-[0-9a-f]{7})?$/, "log group $1"],
  [/^arn:aws:logs:[^:]+:\d+:log-group:([^:]+?)(?:-[0-9a-f]{7})?:\*$/, "streams of log group $1"],
  [/^arn:aws:sqs:[^:]+:\d+:(.+?)(-[0-9a-f]{7})?$/, "queue $1"],
  [/^arn:aws:elasticache:[^:]+:\d+:user:(.+)$/, "ElastiCache user $1"],
];

function nameOf(text: string, keys: ReadonlyMap<string, string>): string {
  const key = /^arn:aws:kms:[^:]+:\d+:key\/(.+)$/.exec(text)?.[1];
  if (key !== undefined) return `key ${keys.get(key) ?? key}`;
  if (text === "*") return "everything";
  const kind = kinds.find(([pattern]) => pattern.test(text));
  return kind === undefined ? text : text.replace(...kind);
}
