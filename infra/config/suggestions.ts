import { z } from "zod";
import type { Fault } from "./mends.ts";
import { nearest } from "./nearest.ts";
import { pathOf } from "./path.ts";
import { removedKeys } from "./removed-keys.ts";
import { environmentSchema } from "./schema.ts";

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** What is wrong with the single values, in the order of the schema. `input`: the sections, by their names. */
export function faultsOf(error: z.ZodError, input: unknown): Fault[] {
  return error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => unknownKey([...issue.path, key]))
      : [wrongValue(issue, valueAt(input, issue.path))],
  );
}

/** `["cluster", "publicAccessCidrs", 0]` → `bulwark:cluster.publicAccessCidrs[0]`. */
const placeOf = (path: Path): string => `bulwark:${pathOf(path)}`;

function unknownKey(path: Path): Fault {
  const removed = removedKeys[pathOf(path)];
  if (removed !== undefined) return fault(path, removed);
  const near = nearest(String(path.at(-1)), keysAt(path.slice(0, -1)));
  const is =
    near === undefined ? "not a key of this program" : `not a key of this program; did you mean "${near}"?`;
  return fault(path, is);
}

function wrongValue(issue: Issue, value: unknown): Fault {
  const path = issue.path;
  const schema = schemaAt(path);
  const what = value === undefined ? "missing" : `${JSON.stringify(value)}`;
  // A key of a record (an environment variable's name) cannot be mended by a value.
  if (issue.code === "invalid_key") return fault(path, "not a name of this kind");
  const bare = schema === undefined ? undefined : unwrap(schema);
  if (Array.isArray(value) && bare instanceof z.ZodArray) return wrongLength(issue, path, value, bare);
  // `pulumi config set` does not turn a value into a section: it has to go first.
  if (value !== undefined && isSection(bare)) return fault(path, `${what} but ${demand(issue)}`);
  const expected = value === undefined ? "and has no default" : `but ${demand(issue)}`;
  const [place, example] = firstLeaf(path, schema);
  return fault(path, `${what} ${expected}`, place, suggestion(issue, example, value));
}

/** A list with too few elements gets one more, one with too many loses the last. */
function wrongLength(issue: Issue, path: Path, list: readonly unknown[], schema: z.ZodArray): Fault {
  const last = [...path, list.length - 1];
  if (issue.code === "too_big") return fault(last, `one too many: the list ${demand(issue)} long`);
  const others = schema.element instanceof z.ZodEnum ? schema.element.options : [];
  const next = others.find((option) => !list.includes(option)) ?? exampleOf(schema.element);
  const end = [...path, list.length];
  return fault(end, `missing: the list ${demand(issue)} long`, end, next);
}

/** `to` undefined: the mend is to take out what stands at `place`. */
const fault = (path: Path, is: string, place: Path = path, to?: Scalar): Fault => ({
  at: placeOf(path),
  is,
  place: placeOf(place),
  to,
});

function demand(issue: Issue): string {
  if (issue.code === "invalid_type") return `must be ${article(issue.expected)}`;
  if (issue.code === "too_small") return `must be at least ${issue.minimum}`;
  if (issue.code === "too_big") return `must be at most ${issue.maximum}`;
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

function suggestion(issue: Issue, example: Scalar, value: unknown): Scalar {
  if (issue.code === "too_small" && typeof example === "number") return Number(issue.minimum);
  if (issue.code === "too_big" && typeof example === "number") return Number(issue.maximum);
  if (issue.code === "invalid_value" && typeof value === "string")
    return nearest(value, issue.values.map(String)) ?? example;
  return example;
}

type Scalar = string | number | boolean;

/** The first key below `path` that can be set, and a value that the schema accepts there. */
function firstLeaf(path: Path, schema: z.core.$ZodType | undefined): [Path, Scalar] {
  if (schema === undefined) return [path, "value"];
  const bare = unwrap(schema);
  if (bare instanceof z.ZodObject) {
    const required = Object.entries(bare.shape).find(([, child]) => !acceptsNothing(child));
    const [key, child] = required ?? Object.entries(bare.shape)[0] ?? [];
    return key === undefined ? [path, "value"] : firstLeaf([...path, key], child);
  }
  if (bare instanceof z.ZodArray) return firstLeaf([...path, 0], bare.element);
  if (bare instanceof z.ZodRecord) return [[...path, "name"], "value"];
  return [path, exampleOf(schema)];
}

/** A value that the schema accepts: its default, its example, or the least of what it admits. */
function exampleOf(schema: z.core.$ZodType): Scalar {
  const example = schema instanceof z.ZodType ? schema.meta()?.example : undefined;
  if (isScalar(example)) return example;
  if (schema instanceof z.ZodDefault && isScalar(schema.def.defaultValue)) return schema.def.defaultValue;
  const bare = unwrap(schema);
  if (bare !== schema) return exampleOf(bare);
  if (bare instanceof z.ZodEnum || bare instanceof z.ZodLiteral) return firstScalar(bare) ?? "value";
  if (bare instanceof z.ZodBoolean) return true;
  if (bare instanceof z.ZodNumber) return Math.max(bare.minValue ?? 1, 1);
  return "value";
}

const isScalar = (value: unknown): value is Scalar => ["string", "number", "boolean"].includes(typeof value);

function firstScalar(schema: z.ZodEnum | z.ZodLiteral): Scalar | undefined {
  const [first] = schema instanceof z.ZodEnum ? schema.options : schema.values;
  return isScalar(first) ? first : undefined;
}

const isSection = (bare: z.core.$ZodType | undefined): boolean =>
  bare instanceof z.ZodObject || bare instanceof z.ZodArray || bare instanceof z.ZodRecord;

const acceptsNothing = (schema: z.core.$ZodType): boolean => z.safeParse(schema, undefined).success;

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) return unwrap(schema.def.innerType);
  return schema;
}

/** The schema of a configuration path; undefined where the path leaves the schema. */
function schemaAt(path: Path): z.core.$ZodType | undefined {
  return path.reduce<z.core.$ZodType | undefined>((schema, step) => {
    if (schema === undefined) return undefined;
    const bare = unwrap(schema);
    if (bare instanceof z.ZodObject) return bare.shape[String(step)];
    if (bare instanceof z.ZodArray) return bare.element;
    return bare instanceof z.ZodRecord ? bare.valueType : undefined;
  }, environmentSchema);
}

function keysAt(path: Path): string[] {
  const schema = schemaAt(path);
  const bare = schema === undefined ? undefined : unwrap(schema);
  return bare instanceof z.ZodObject ? Object.keys(bare.shape) : [];
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === "object" && value !== null ? Reflect.get(value, step) : undefined),
    input,
  );
}
