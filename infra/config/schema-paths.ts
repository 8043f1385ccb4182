import * as z from "zod";
import { environmentSchema } from "./schema.ts";

export type Path = readonly PropertyKey[];
export type Scalar = string | number | boolean;
type Schema = z.core.$ZodType;

/** The schema of a configuration path; undefined where the path leaves the schema. */
export const schemaAt = (path: Path): Schema | undefined =>
  path.reduce<Schema | undefined>((schema, step) => {
    const bare = schema && unwrapped(schema);
    if (bare instanceof z.ZodObject) return bare.shape[String(step)];
    if (bare instanceof z.ZodArray) return bare.element;
    return bare instanceof z.ZodRecord ? bare.valueType : undefined;
  }, environmentSchema);

/** A schema without its optional wrapper. */
export const unwrapped = (schema: Schema): Schema =>
  schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional
    ? unwrapped(schema.def.innerType)
    : schema;

/** Keys that a section can have. */
export function keysAt(path: Path): string[] {
  const schema = schemaAt(path);
  const bare = schema && unwrapped(schema);
  return bare instanceof z.ZodObject ? Object.keys(bare.shape) : [];
}

/** Whether a configuration without the value is accepted. */
export const mayBeMissing = (schema: Schema): boolean => z.safeParse(schema, undefined).success;

/** Whether the value consists of others: `pulumi config set` does not turn a scalar into one. */
export const isComposite = (bare: Schema | undefined): boolean =>
  bare instanceof z.ZodObject || bare instanceof z.ZodArray || bare instanceof z.ZodRecord;

/** What a missing value needs: each key without a default below it, with an example. */
export function leavesOf(schema: Schema, path: Path): [Path, Scalar][] {
  const bare = unwrapped(schema);
  if (bare instanceof z.ZodObject) {
    const children = Object.entries(bare.shape);
    const required = children.filter(([, child]) => !mayBeMissing(child));
    // A section must exist even if every key has a default.
    const told = required.length > 0 ? required : children.slice(0, 1);
    return told.flatMap(([key, child]) => leavesOf(child, [...path, key]));
  }
  if (bare instanceof z.ZodArray) return exampleList(bare).map((value, index) => [[...path, index], value]);
  if (bare instanceof z.ZodRecord) return [[[...path, "name"], "value"]];
  return [[path, exampleOf(schema)]];
}

/** Elements that the list accepts, as many as it needs. */
export function exampleList(schema: z.ZodArray): Scalar[] {
  const examples = schema.meta()?.example;
  return Array.isArray(examples) ? examples.filter(isScalar) : [exampleOf(schema.element)];
}

/** A value that the schema accepts: its example, its default, or the least that it admits. */
export function exampleOf(schema: Schema): Scalar {
  const example = schema instanceof z.ZodType ? schema.meta()?.example : undefined;
  if (isScalar(example)) return example;
  if (schema instanceof z.ZodDefault && isScalar(schema.def.defaultValue)) return schema.def.defaultValue;
  const bare = unwrapped(schema);
  if (bare !== schema) return exampleOf(bare);
  if (bare instanceof z.ZodEnum) return bare.options.find(isScalar) ?? "value";
  if (bare instanceof z.ZodLiteral) return [...bare.values].find(isScalar) ?? "value";
  if (bare instanceof z.ZodBoolean) return true;
  return bare instanceof z.ZodNumber ? Math.max(bare.minValue ?? 1, 1) : "value";
}

export const isScalar = (value: unknown): value is Scalar =>
  ["string", "number", "boolean"].includes(typeof value);
