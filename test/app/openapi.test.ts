import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { operations } from "../../app/openapi/operations.ts";
import { openApiPage, withDetachedApi } from "../../scripts/local/openapi-page.ts";

const file = new URL("../../docs/openapi.json", import.meta.url);
const schemaOf = (given: unknown): z.core.$ZodType | undefined =>
  given instanceof z.core.$ZodType ? given : undefined;

describe("A24 the OpenAPI document", () => {
  // Examples have fixed times, and some schemas take only those that are near.
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2027-02-15T00:00:00Z") }));
  afterEach(() => void vi.useRealTimers());

  it("is the one that the routes make (fix: npm run pages)", async () => {
    expect(readFileSync(file, "utf8")).toBe(await openApiPage());
  });

  it("has examples that the routes' own schemas take and give", async () => {
    const faults = await withDetachedApi(async (routes) =>
      routes.flatMap(({ line, schema }) => {
        const { params, query, body, answer } = operations[line]?.example ?? {};
        const success = Object.entries(schema.response ?? {}).find(([status]) => status.startsWith("2"))?.[1];
        const pairs = { params: [schema.params, params], query: [schema.querystring, query ?? {}] } as const;
        const all = { ...pairs, body: [schema.body, body], answer: [success, answer] } as const;
        return Object.entries(all).flatMap(([part, [given, example]]) => {
          const parsed =
            schemaOf(given) &&
            z.safeParse(z.strictObject({ it: schemaOf(given) ?? z.never() }), { it: example });
          return parsed === undefined || parsed.success ? [] : [`${line}: ${part}: ${parsed.error.message}`];
        });
      }),
    );
    expect(faults).toEqual([]);
  });

  it("is served to everybody, may be kept, and is not sent again to who has it", async () => {
    await withDetachedApi(async (_routes, app) => {
      const first = await app.inject({ url: "/openapi.json", headers: { "user-agent": "test" } });
      expect([first.statusCode, first.headers["content-type"]]).toEqual([
        200,
        "application/json; charset=utf-8",
      ]);
      expect(first.headers["cache-control"]).toBe("public, max-age=300");
      expect(first.json()).toEqual(JSON.parse(readFileSync(file, "utf8")));
      const headers = { "if-none-match": String(first.headers.etag) };
      const again = await app.inject({ url: "/openapi.json", headers });
      expect([again.statusCode, again.body]).toEqual([304, ""]);
    });
  });

  it("has a page of every operation and schema, which loads nothing and runs nothing", async () => {
    await withDetachedApi(async (_routes, app) => {
      const answer = await app.inject({ url: "/reference", headers: { "user-agent": "test" } });
      expect([answer.statusCode, answer.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
      for (const { id } of Object.values(operations)) expect(answer.body).toContain(`<article id="${id}">`);
      expect(answer.body).toContain('<article id="schema-Booking">');
      const [style = ""] = /(?<=<style>).*(?=<\/style>)/s.exec(answer.body) ?? [];
      expect(answer.headers["content-security-policy"]).toBe(
        `default-src 'none'; style-src 'sha256-${hash("sha256", style, "base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      );
      // An example's URL is text, whose quotes are escaped: one that loads something stands in an attribute or a style.
      expect(answer.body).not.toMatch(/<script|<link|<img|style="|\son\w+=|["'=(]\s*https?:|@import|url\(/);
      const links = [...answer.body.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
      expect(links.filter((id) => !answer.body.includes(`<article id="${id}">`))).toEqual([]);
    });
  });
});
