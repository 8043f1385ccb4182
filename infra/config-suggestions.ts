import { z } from "zod";
import { type Problem, removeCommand, setCommand } from "./config-errors.ts";
import { removedKeys } from "./config-removed.ts";
import { environmentSchema } from "./config-schema.ts";
import { nearest } from "./nearest.ts";

export type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** Something wrong with one value, and what would mend it. */
export interface Fault {
  /** Where it is. */
  path: Path;
  is: string;
  /** Where the mend goes: a key of a missing section. */
  place: Path;
  /** The value that mends it; none: take the key out. */
  to?: Scalar;
}

/** Turns zod's issues into problems with a place and a command, in the order of the schema. */
export function problemsOfSchema(error: z.ZodError, input: unknown, stack: string): Problem[] {
  return faultsOf(error, input).map(({ path, is, place, to }) => ({
    at: `bulwark:${configPath(path)}`,
    is,
    mend:
      to === undefined ? removeCommand(stack, configPath(place)) : setCommand(stack, configPath(place), to),
  }));
}

/** What is wrong with the single values. */
export function faultsOf(error: z.ZodError, input: unknown): Fault[] {
  return error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => unknownKey([...issue.path, key]))
      : [wrongValue(issue, valueAt(input, issue.path))],
  );
}

/** `["cluster", "publicAccessCidrs", 0]` → `cluster.publicAccessCidrs[0]`, as `pulumi config --path` writes it. */
export function configPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, "");
}

function unknownKey(path: Path): Fault {
  const removed = removedKeys[configPath(path)];
  if (removed !== undefined) return { path, is: removed, place: path };
  const near = nearest(String(path.at(-1)), keysAt(path.slice(0, -1)));
  return {
    path,
    is:
      near === undefined ? "not a key of this program" : `not a key of this program; did you mean "${near}"?`,
    place: path,
  };
}

function wrongValue(issue: Issue, value: unknown): Fault {
  const path = issue.path;
  const schema = schemaAt(path);
  const what = value === undefined ? "missing" : `${JSON.stringify(value)}`;
  // A key of a record (an environment variable's name) cannot be mended by a value.
  if (issue.code === "invalid_key") return { path, is: "not a name of this kind", place: path };
  // `pulumi config set` does not turn a value into a section: it has to go first.
  if (value !== undefined && isSection(schema)) {
    return { path, is: `${what} but ${demand(issue)}`, place: path };
  }
  const expected = value === undefined ? "and has no default" : `but ${demand(issue)}`;
  const [place, example] = firstLeaf(path, schema);
  return { path, is: `${what} ${expected}`, place, to: suggestion(issue, example) };
}

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

function suggestion(issue: Issue, example: Scalar): Scalar {
  if (issue.code === "too_small" && typeof example === "number") return Number(issue.minimum);
  if (issue.code === "too_big" && typeof example === "number") return Number(issue.maximum);
  return example;
}

export type Scalar = string | number | boolean;

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
export function exampleOf(schema: z.core.$ZodType): Scalar {
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

function isSection(schema: z.core.$ZodType | undefined): boolean {
  const bare = schema === undefined ? undefined : unwrap(schema);
  return bare instanceof z.ZodObject || bare instanceof z.ZodArray || bare instanceof z.ZodRecord;
}

const acceptsNothing = (schema: z.core.$ZodType): boolean => z.safeParse(schema, undefined).success;

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) return unwrap(schema.def.innerType);
  return schema;
}

/** The schema of a configuration path; undefined where the path leaves the schema. */
export function schemaAt(path: Path): z.core.$ZodType | undefined {
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
