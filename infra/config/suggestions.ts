import * as z from "zod";
import type { WrongSetting } from "./errors.ts";
import { nearest } from "./nearest.ts";
import { pathOf } from "./path.ts";
import {
  exampleList,
  exampleOf,
  isComposite,
  isScalar,
  keysAt,
  leavesOf,
  mayBeMissing,
  type Path,
  type Scalar,
  schemaAt,
  unwrapped,
} from "./schema-paths.ts";

type Issue = z.core.$ZodIssue;

/** Keys of earlier releases, by path, with the reason for their removal. */
const removedKeys: Readonly<Record<string, string>> = {
  "network.availabilityZones": "network.zones names the zones themselves, so that they stay",
  "schedule.awake": "schedule.onHours replaces it, with the same keys",
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html, "Limitations"
  "database.readReplicas":
    "RDS makes no read replica of a MySQL instance whose master password it manages, and nothing here reads from one",
};

/**
 * What is wrong with single values, in the order of the schema, which accepts the configuration once they are right.
 * `input`: the sections, by their names.
 */
export function wrongValues({ issues }: z.ZodError, input: unknown): WrongSetting[] {
  const paths = issues.map(({ path }) => pathOf(path));
  // It reports the first of several faults of a value: the right value fixes them all.
  return issues
    .filter((_, index) => paths.indexOf(paths[index] ?? "") === index)
    .flatMap((issue) => wrongAt(issue, issue.path, valueAt(input, issue.path)));
}

/** What an issue of the value at `path` asks for. */
function wrongAt(issue: Issue, path: Path, value: unknown): WrongSetting[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey([...path, key]));
  // No value fixes a key of a record (an environment variable's name).
  if (issue.code === "invalid_key") return [wrong(path, "not a name of this kind")];
  const schema = schemaAt(path);
  if (schema === undefined) return [wrong(path, demand(issue))];
  if (value === undefined) return missing(path, schema);
  const bare = unwrapped(schema);
  if (Array.isArray(value) && bare instanceof z.ZodArray) return wrongLength(issue, path, value, bare);
  const meant = meantBy(issue, value);
  const question = meant === undefined ? "" : `; did you mean ${meant}?`;
  const problem = `${JSON.stringify(value)} but ${demand(issue, bare)}${question}`;
  if (!isComposite(bare)) return [wrong(path, problem, suggestion(issue, schema, value))];
  // `pulumi config set` does not turn a value into a section: remove it first.
  return [wrong(path, problem), ...(mayBeMissing(schema) ? [] : missing(path, schema))];
}

const missing = (path: Path, schema: z.core.$ZodType): WrongSetting[] =>
  leavesOf(schema, path).map(([leaf, example]) => wrong(leaf, "missing and has no default", example));

/** A list with too few elements gets more, one with too many loses the last ones. */
function wrongLength(issue: Issue, path: Path, list: readonly unknown[], schema: z.ZodArray): WrongSetting[] {
  const problem = `the list ${demand(issue)} long`;
  if (issue.code === "too_small") {
    const more = exampleList(schema).filter((example) => !list.includes(example));
    return more
      .slice(0, Number(issue.minimum) - list.length)
      .map((example, index) => wrong([...path, list.length + index], `missing: ${problem}`, example));
  }
  if (issue.code !== "too_big") return [wrong(path, demand(issue))];
  const [kept, excess] = [list.slice(0, Number(issue.maximum)), list.slice(Number(issue.maximum))];
  return [
    // From the end, so that taking one out does not move the others.
    ...excess.map((_, index) => wrong([...path, kept.length + index], `one too many: ${problem}`)).reverse(),
    // Of a list that is too long the schema does not look at the elements.
    ...kept.flatMap((element, index) =>
      (z.safeParse(schema.element, element).error?.issues ?? []).flatMap((inner) =>
        wrongAt(inner, [...path, index, ...inner.path], element),
      ),
    ),
  ];
}

function unknownKey(path: Path): WrongSetting {
  const removed = removedKeys[pathOf(path)];
  if (removed !== undefined) return wrong(path, `not a key any more: ${removed}`);
  const near = nearest(String(path.at(-1)), keysAt(path.slice(0, -1)));
  return wrong(path, `not a key of this program${near === undefined ? "" : `; did you mean "${near}"?`}`);
}

/** Undefined removes the setting. */
const wrong = (path: Path, problem: string, value?: Scalar): WrongSetting => ({
  path: pathOf(path),
  problem,
  value,
});

/** What the schema demands of a value; of several broken bounds the value's own, not that of all whole numbers. */
function demand(issue: Issue, bare?: z.core.$ZodType): string {
  const number = bare instanceof z.ZodNumber ? bare : undefined;
  if (issue.code === "invalid_type") return `must be ${article(issue.expected)}`;
  if (issue.code === "too_small") return `must be at least ${number?.minValue ?? issue.minimum}`;
  if (issue.code === "too_big") return `must be at most ${number?.maxValue ?? issue.maximum}`;
  if (issue.code === "invalid_value") return `must be one of ${issue.values.map(String).join(", ")}`;
  if (issue.code === "invalid_format" && issue.format === "cidrv4")
    return "must be an IPv4 range, such as 203.0.113.0/24";
  return issue.message.replace(/^Invalid input: /, "");
}

const article = (type: string): string =>
  ({
    string: "text: put it in quotes",
    number: "a number",
    int: "a whole number",
    boolean: "true or false",
    array: "a list",
    object: "a section with keys",
    record: "a section with keys",
  })[type] ?? type;

/** The right value nearest to the given one, if any. */
function suggestion(issue: Issue, schema: z.core.$ZodType, value: unknown): Scalar {
  const bare = unwrapped(schema);
  if (bare instanceof z.ZodNumber && (issue.code === "too_small" || issue.code === "too_big")) {
    const bound = issue.code === "too_small" ? bare.minValue : bare.maxValue;
    // A whole number without bounds of its own still has those of JavaScript's, which other rules may refuse.
    return bound !== null && bare.safeParse(bound).success ? bound : exampleOf(schema);
  }
  return meantBy(issue, value) ?? exampleOf(schema);
}

/** Of several values that are accepted the one that a text resembles. */
function meantBy(issue: Issue, value: unknown): Scalar | undefined {
  if (issue.code !== "invalid_value" || typeof value !== "string") return undefined;
  const known = issue.values.filter(isScalar);
  const near = nearest(value, known.map(String));
  return known.find((option) => String(option) === near);
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === "object" && value !== null ? Reflect.get(value, step) : undefined),
    input,
  );
}
