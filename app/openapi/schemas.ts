import * as z from "zod";
import { user } from "../accounts/schema.ts";
import { auditEntry } from "../audit/schema.ts";
import { booking, createBooking, updateBooking } from "../bookings/schema.ts";
import { integer, moment } from "../http/formats.ts";
import { liveMessage } from "../live/schema.ts";

export type JsonSchema = Record<string, unknown>;
/** A schema takes its input and gives its output: the two differ by defaults and by what is transformed. */
type Side = "input" | "output";

const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: integer,
  detail: z.string(),
  code: z.string(),
  requestId: z.string(),
  timestamp: moment,
  /** What is wrong with which field. */
  errors: z.array(z.looseObject({ in: z.string(), message: z.string() })).optional(),
});

/** Schemas that the document names; those that are part of others are referred to there. */
const named: Readonly<Record<string, readonly [z.core.$ZodType, Side]>> = {
  Booking: [booking, "output"],
  CreateBooking: [createBooking, "input"],
  UpdateBooking: [updateBooking, "input"],
  User: [user, "output"],
  AuditEntry: [auditEntry, "output"],
  LiveMessage: [liveMessage, "output"],
  Problem: [problem, "output"],
};

export const componentSchemas = (): Record<string, JsonSchema> =>
  Object.fromEntries(Object.entries(named).map(([name, [schema, side]]) => [name, converted(schema, side)]));

/** As JSON Schema, draft 2020-12, which is that of OpenAPI 3.1. */
export function jsonSchema(schema: z.core.$ZodType, side: Side): JsonSchema {
  const name = Object.keys(named).find((key) => named[key]?.[0] === schema);
  return name === undefined ? converted(schema, side) : { $ref: reference(name) };
}

const reference = (name: string) => `#/components/schemas/${name}`;

function converted(schema: z.core.$ZodType, side: Side): JsonSchema {
  const names = z.registry<{ id?: string; format?: string; type?: string }>();
  for (const [id, [one]] of Object.entries(named)) if (one !== schema) names.add(one, { id });
  const { $schema, $defs, ...made } = z.toJSONSchema(schema, {
    io: side,
    unrepresentable: "any",
    metadata: names,
    override: ({ zodSchema, jsonSchema: out }) => {
      amend(zodSchema, out);
      // The parser refuses it in any text (http/json-body.ts, http/url.ts).
      if (side === "input" && isFreeText(out)) out.pattern = "^[^\\u0000]*$";
    },
  });
  const text = JSON.stringify(made).replaceAll("#/$defs/", reference(""));
  return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
}

const control = "\\u0000-\\u001f\\u007f-\\u009f";

/** What zod leaves out, or says of the text where the reader wants the value. */
function amend(schema: z.core.$ZodTypes, out: JsonSchema): void {
  Object.assign(out, z.globalRegistry.get(schema));
  const { def } = schema._zod;
  if (def.type === "default") out.default = def.defaultValue;
  if (def.type === "pipe" && out.type === "string" && isNumber(def.out)) {
    delete out.pattern;
    Object.assign(out, { type: "integer" }, bounds(def.out));
  }
  // Not every reader knows \p; what is trimmed has something besides spaces.
  if (out.pattern === "^\\P{Cc}*$") out.pattern = `^[^${control}]*[^${control}\\s][^${control}]*$`;
  // The format says it in two words.
  if (out.format === "date-time") delete out.pattern;
}

const isFreeText = ({ type, pattern, format, enum: values }: JsonSchema): boolean =>
  type === "string" && pattern === undefined && format === undefined && values === undefined;
const isNumber = (schema: z.core.$ZodType): boolean =>
  z.toJSONSchema(schema, { unrepresentable: "any" }).type === "number";
const bounds = (schema: z.core.$ZodType): JsonSchema => {
  const { minimum, maximum } = z.toJSONSchema(schema);
  return { minimum, maximum };
};
