import type { FastifyInstance } from "fastify";
import * as z from "zod";
import { type Access, accessTable } from "../http/access.ts";
import { type ProblemCode, problems } from "../http/errors/catalogue.ts";
import { routeLine } from "../http/route-table.ts";
import { answerHeaders, limitHeaders, refusalHeaders, requestHeaders, requestId } from "./headers.ts";
import { type Operation, operations } from "./operations.ts";
import { hasBody, problemsOf, type Route } from "./problems.ts";
import { componentSchemas, type JsonSchema, jsonSchema } from "./schemas.ts";

/** Every route that is added to the server from now on. */
export function collectRoutes(app: FastifyInstance): Route[] {
  const routes: Route[] = [];
  app.addHook("onRoute", (options) => {
    const { method, url, schema = {}, config } = options;
    if (typeof method !== "string" || method === "HEAD" || url === "*") return;
    const line = routeLine({ method, url });
    const access: Access = accessTable[line] ?? "public";
    routes.push({ line, method, url, schema, probe: config?.probe === true, access });
  });
  return routes;
}

/**
 * The OpenAPI 3.1 document of these routes.
 * @throws Error for a route without a line in operations.ts, and for a line without a route.
 */
export function openApiDocument(routes: readonly Route[]) {
  const paths: Record<string, Record<string, object>> = {};
  const unused = new Set(Object.keys(operations));
  for (const route of routes) {
    const operation = operations[route.line];
    if (operation === undefined) throw new Error(`${route.line} has no line in app/openapi/operations.ts`);
    unused.delete(route.line);
    const path = route.url.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: described(route, operation) };
  }
  if (unused.size > 0) throw new Error(`app/openapi/operations.ts names no route: ${[...unused].join(", ")}`);
  return {
    openapi: "3.1.1",
    info: {
      title: "Bulwark API",
      version: "1",
      description:
        "Bookings of organisations. Every refusal is a problem document (RFC 9457) with a stable code.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    tags: [...new Set(Object.values(operations).map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: componentSchemas(),
      headers: { ...requestId, ...limitHeaders, ...answerHeaders },
      responses: refusals(routes),
      securitySchemes,
    },
  };
}

const securitySchemes = {
  accessToken: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "Of a user who signed in.",
  },
  apiKey: { type: "http", scheme: "bearer", description: "Of a program." },
  sessionCookie: { type: "apiKey", in: "cookie", name: "__Host-access" },
  csrfToken: {
    type: "apiKey",
    in: "header",
    name: "x-csrf-token",
    description: "The session's, with its cookie.",
  },
} as const;

function described(route: Route, operation: Operation) {
  const { id, tag, summary } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    security: security(route),
    ...parameters(route, operation),
    ...requestBody(route, operation),
    responses: { ...successes(route, operation), ...refusalsOf(route, operation) },
  };
}

function security({ access, method }: Route) {
  if (access === "public") return [];
  const cookie = { sessionCookie: [], ...(method !== "GET" && { csrfToken: [] }) };
  const key = access.scope === undefined ? [] : [{ apiKey: [access.scope] }];
  return [{ accessToken: [] }, cookie, ...key];
}

const objectSchema = z.looseObject({
  properties: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  required: z.array(z.string()).default([]),
});

function parameters({ schema }: Route, { example, reads = [] }: Operation) {
  const from = (place: "path" | "query", given: unknown, values: object = {}) => {
    if (!isZod(given)) return [];
    const { properties, required } = objectSchema.parse(jsonSchema(given, "input"));
    const shown = new Map<string, unknown>(Object.entries(values));
    return Object.entries(properties).map(([name, one]) => ({
      name,
      in: place,
      required: required.includes(name),
      schema: one,
      ...(shown.has(name) && { example: one.type === "integer" ? Number(shown.get(name)) : shown.get(name) }),
    }));
  };
  const headers = reads.map((name) => ({ name, in: "header", required: false, ...requestHeaders[name] }));
  const all = [
    ...from("path", schema.params, example.params),
    ...from("query", schema.querystring, example.query),
    ...headers,
  ];
  return all.length === 0 ? {} : { parameters: all };
}

function requestBody(route: Route, operation: Operation) {
  if (!hasBody(route, operation)) return {};
  const { file, example } = operation;
  const { body } = route.schema;
  const schema: JsonSchema = isZod(body) ? jsonSchema(body, "input") : { type: "string" };
  const required = isZod(body) ? !z.safeParse(body, undefined).success : true;
  return {
    requestBody: { required, content: { [file ?? "application/json"]: { schema, example: example.body } } },
  };
}

function successes(route: Route, operation: Operation) {
  const { plain, example, answers = [], reads = [], type: mediaType = "application/json" } = operation;
  const replayed = reads.includes("Idempotency-Key") ? (["Idempotency-Replayed"] as const) : [];
  const own = Object.fromEntries([...answers, ...replayed].map((name) => [name, header(name)]));
  const headers = { ...common(route.probe), ...own };
  const content = (type: string, schema: JsonSchema) => ({
    content: { [type]: { schema, example: example.answer } },
  });
  const known = Object.entries(route.schema.response ?? {}).map(([status, schema]) => {
    const empty = status === "204" || status === "304";
    const body = empty || !isZod(schema) ? {} : content(mediaType, jsonSchema(schema, "output"));
    return [status, { description: says(status), headers, ...body }] as const;
  });
  if (plain === undefined) return Object.fromEntries(known);
  const { status, says: description, type } = plain;
  const schema = { type: type === "application/json" ? "object" : "string" };
  const unchanged = reads.includes("If-None-Match") && { 304: { description: says("304"), headers } };
  return { [status]: { description, headers, ...(type && content(type, schema)) }, ...unchanged };
}

const says = (status: string): string =>
  ({ "200": "Done.", "201": "Made.", "204": "Done.", "304": "The client has it." })[status] ?? status;

const header = (name: string) => ({ $ref: `#/components/headers/${name}` });
const common = (probe: boolean) =>
  Object.fromEntries(
    Object.keys({ ...requestId, ...(probe ? {} : limitHeaders) }).map((name) => [name, header(name)]),
  );

/** The codes of a route by status, in the catalogue's order. */
function byStatus(route: Route, operation: Operation): Map<number, ProblemCode[]> {
  const codes = problemsOf(route, operation);
  const found = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    const { status } = problems[code];
    found.set(status, [...(found.get(status) ?? []), code].sort());
  }
  return new Map([...found].sort(([one], [other]) => one - other));
}

const refusalName = (status: number, codes: readonly ProblemCode[]) => [status, ...codes].join(".");

const refusalsOf = (route: Route, operation: Operation) =>
  Object.fromEntries(
    [...byStatus(route, operation)].map(([status, codes]) => [
      status,
      { $ref: `#/components/responses/${refusalName(status, codes)}` },
    ]),
  );

/** Each combination of codes once. */
function refusals(routes: readonly Route[]): Record<string, object> {
  const all: Record<string, object> = {};
  for (const route of routes) {
    const operation = operations[route.line];
    if (operation === undefined) continue;
    for (const [status, codes] of byStatus(route, operation)) {
      all[refusalName(status, codes)] = refusal(status, codes);
    }
  }
  return Object.fromEntries(Object.entries(all).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function refusal(status: number, codes: readonly ProblemCode[]) {
  const schema = {
    allOf: [
      { $ref: "#/components/schemas/Problem" },
      { properties: { status: { const: status }, code: { enum: codes } } },
    ],
  };
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].title}.`).join(" "),
    headers: { ...common(status >= 500), ...refusalHeaders[status] },
    content: { "application/problem+json": { schema } },
  };
}

const isZod = (schema: unknown): schema is z.core.$ZodType => schema instanceof z.core.$ZodType;
