import * as z from "zod";
import { type Html, html } from "./html.ts";

const list = z.array(z.unknown());
const schema = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).default([]),
  items: z.unknown().optional(),
  enum: list.optional(),
  anyOf: list.optional(),
  oneOf: list.optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
});
type Schema = z.infer<typeof schema>;

/** Limits as JSON Schema writes them, and in words. */
const limits: Readonly<Record<string, string>> = {
  minLength: "at least %s long",
  maxLength: "at most %s long",
  minItems: "at least %s",
  maxItems: "at most %s",
  minimum: "at least %s",
  maximum: "at most %s",
  exclusiveMinimum: "more than %s",
  default: "%s if left out",
};
/** JavaScript's own, which every integer of JSON has. */
const mostOfAll = Number.MAX_SAFE_INTEGER;

/** What a schema takes: its type in a phrase, and its members, if any, in a table. */
export function schemaHtml(given: unknown): Html {
  const one = schema.parse(given);
  const choices = (one.oneOf ?? one.anyOf)?.map((choice) => schema.parse(choice)) ?? [];
  const objects = choices.filter(({ properties }) => properties !== undefined);
  if (objects.length > 0) return html`<p>One of:</p>${objects.map(members)}`;
  return one.properties === undefined ? html`<p>${typeHtml(one)}</p>` : members(one);
}

function members({ properties = {}, required }: Schema): Html {
  const rows = Object.entries(properties).map(([name, given]) => {
    const one = schema.parse(given);
    const inner = one.properties ?? schema.parse(one.items ?? {}).properties;
    return html`<tr><th scope="row"><code>${name}</code></th>
<td>${required.includes(name) ? "required" : "optional"}</td>
<td>${typeHtml(one)}${inner !== undefined && schemaHtml(one.properties ? one : one.items)}</td></tr>`;
  });
  return html`<table><tbody>${rows}</tbody></table>`;
}

/** A type in a phrase, with its limits. */
export function typeHtml(given: unknown): Html {
  const one = schema.parse(given);
  if (one.$ref !== undefined) {
    const name = one.$ref.slice(one.$ref.lastIndexOf("/") + 1);
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if ("const" in one) return html`<code>${JSON.stringify(one.const)}</code>`;
  if (one.enum) return joined(one.enum.map((value) => html`<code>${JSON.stringify(value)}</code>`));
  const choices = (one.oneOf ?? one.anyOf)?.filter((choice) => !isDemand(choice));
  if (choices && choices.length > 0) return joined(choices.map(typeHtml));
  const type = one.type === undefined ? "any JSON" : [one.type].flat().join(" or ");
  const items = one.items !== undefined && html` of ${typeHtml(one.items)}`;
  return html`${type}${items}${one.format !== undefined && ` (${one.format})`}${limitsOf(one)}`;
}

/** `anyOf` can only say which members are required. */
const isDemand = (choice: unknown): boolean => Object.keys(schema.parse(choice)).join() === "required";

const limitsOf = (one: Schema): Html => {
  const told = Object.entries(limits).flatMap(([name, words]) => {
    const value = one[name];
    return value === undefined || Math.abs(Number(value)) === mostOfAll
      ? []
      : [`, ${words.replace("%s", typeof value === "string" ? value : JSON.stringify(value))}`];
  });
  const pattern = one.pattern !== undefined && one.format === undefined;
  return html`${told}${pattern && html`, like <code>${one.pattern ?? ""}</code>`}`;
};

const joined = (parts: readonly Html[]): Html =>
  html`${parts.map((part, index) => (index === 0 ? part : html` or ${part}`))}`;
