import * as z from "zod";
import { type Html, html, json, prose } from "./html.ts";
import { schemaHtml, typeHtml } from "./schemas.ts";
import { style } from "./style.ts";

const content = z.record(z.string(), z.object({ schema: z.unknown(), example: z.unknown().optional() }));
const named = z.record(z.string(), z.object({ description: z.string() }));
const answer = z.object({
  description: z.string(),
  headers: z.record(z.string(), z.unknown()).default({}),
  content: content.default({}),
});
const operation = z.object({
  operationId: z.string(),
  tags: z.tuple([z.string()]),
  summary: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean(),
        description: z.string().default(""),
        schema: z.unknown(),
      }),
    )
    .default([]),
  requestBody: z.object({ required: z.boolean(), content }).optional(),
  responses: z.record(z.string(), z.union([z.object({ $ref: z.string() }), answer])),
});
/** Described by where it is sent. */
const securityScheme = z
  .object({
    type: z.string(),
    in: z.string().default(""),
    name: z.string().default(""),
    description: z.string().default(""),
  })
  .transform(({ type, in: place, name, description }) => ({
    description: `${type === "http" ? "`Authorization: Bearer`" : `${place} \`${name}\``}. ${description}`,
  }));
const document = z.object({
  info: z.object({ title: z.string(), description: z.string() }),
  tags: z.array(z.object({ name: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({
    schemas: z.record(z.string(), z.unknown()),
    headers: named,
    responses: z.record(z.string(), answer),
    securitySchemes: z.record(z.string(), securityScheme),
  }),
});
type Components = z.infer<typeof document>["components"];
interface Entry extends z.infer<typeof operation> {
  method: string;
  path: string;
}

/** The reference page of an OpenAPI document: one page without scripts, whose only style is its own. */
export function referencePage(given: unknown): string {
  const { info, tags, paths, components } = document.parse(given);
  const entries = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]): Entry => ({ ...one, method: method.toUpperCase(), path })),
  );
  const groups = tags.map(({ name }) => ({
    name,
    entries: entries.filter((entry) => entry.tags.includes(name)),
  }));
  const { text } = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${info.title}</title>
<style>${style}</style>
<nav aria-label="Operations">
${groups.map(({ name, entries: own }) => html`<h2>${name}</h2><ul>${own.map(link)}</ul>`)}
<h2>schemas</h2><ul>${Object.keys(components.schemas).map((name) => html`<li><a href="#schema-${name}">${name}</a></li>`)}</ul>
</nav>
<main>
<h1>${info.title}</h1>
<p>${info.description} Written from <a href="openapi.json">openapi.json</a>.</p>
<h2>Credentials</h2>
${definitions(components.securitySchemes)}
<h2>Headers of answers</h2>
${definitions(components.headers)}
${groups.map(({ name, entries: own }) => html`<section><h2>${name}</h2>${own.map((entry) => operationHtml(entry, components))}</section>`)}
<section><h2>schemas</h2>
${Object.entries(components.schemas).map(([name, one]) => html`<article id="schema-${name}"><h3>${name}</h3>${schemaHtml(one)}</article>`)}
</section>
</main>
</html>
`;
  return text;
}

const link = ({ operationId, summary }: Entry): Html =>
  html`<li><a href="#${operationId}">${summary}</a></li>`;

const definitions = (all: Readonly<Record<string, { description: string }>>): Html =>
  html`<table><tbody>${Object.entries(all).map(([name, { description }]) => html`<tr><th scope="row"><code>${name}</code></th><td>${prose(description)}</td></tr>`)}</tbody></table>`;

function operationHtml(entry: Entry, components: Components): Html {
  const { operationId, method, path, summary, parameters, requestBody } = entry;
  const rows = parameters.map(
    (one) => html`<tr><th scope="row"><code>${one.name}</code></th>
<td>${one.in}${one.required ? ", required" : ""}</td><td>${typeHtml(one.schema)}. ${prose(one.description)}</td></tr>`,
  );
  return html`<article id="${operationId}">
<h3><code><b class="${method.toLowerCase()}">${method}</b> ${path}</code></h3>
<p>${prose(summary)}. ${credentials(entry)}</p>
${rows.length > 0 && html`<h4>Parameters</h4><table><tbody>${rows}</tbody></table>`}
${requestBody && html`<h4>Body</h4>${contentHtml(requestBody.content)}`}
<h4>Answers</h4>${answersHtml(entry, components)}
</article>`;
}

const credentials = ({ security }: Entry): Html => {
  if (security.length === 0) return html`For everybody.`;
  const ways = security.map((way) =>
    Object.entries(way).map(([name, scopes]) => [name, ...scopes.map((scope) => `(${scope})`)].join(" ")),
  );
  return html`With ${ways.map((way) => way.join(" and ")).join(", or ")}.`;
};

const contentHtml = (types: z.infer<typeof content>): Html =>
  html`${Object.entries(types).map(
    ([type, { schema, example }]) => html`<p><code>${type}</code></p>${schemaHtml(schema)}
${example !== undefined && html`<details><summary>Example</summary>${json(example)}</details>`}`,
  )}`;

function answersHtml({ responses }: Entry, components: Components): Html {
  const rows = Object.entries(responses).map(([status, given]) => {
    const known =
      "$ref" in given ? components.responses[given.$ref.slice(given.$ref.lastIndexOf("/") + 1)] : undefined;
    const one = known ?? answer.parse(given);
    const own = Object.keys(one.headers).filter((name) => !/^(X-Request-Id|RateLimit)/.test(name));
    return html`<tr><th scope="row">${status}</th><td>${prose(one.description)}
${own.length > 0 && html` Headers: ${own.join(", ")}.`}${!known && contentHtml(one.content)}</td></tr>`;
  });
  return html`<table><tbody>${rows}</tbody></table>`;
}
