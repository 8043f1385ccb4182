import { readFileSync } from "node:fs";
import { type FastifyBaseLogger, fastify } from "fastify";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { type Access, accessTable } from "../../../app/http/access.ts";
import { type Actor, type Authenticator, identifyActor, RefusedCredential } from "../../../app/http/actor.ts";
import { authorise } from "../../../app/http/authorise.ts";
import { answerErrors } from "../../../app/http/errors/handler.ts";
import { collectFacts } from "../../../app/http/request-facts.ts";
import { RouteTable } from "../../../app/http/route-table.ts";
import { createLogging } from "../../../app/platform/logging.ts";
import { collect, type Line } from "../support/fixture.ts";

const url = "/v1/things";
const identity = { organisationId: "o", tier: "standard", name: "x:1" } as const;
const user = (role: "admin" | "member"): Actor => ({
  ...identity,
  kind: "user",
  userId: "1",
  sessionId: "s",
  role,
});
const key = (...scopes: ("bookings:read" | "bookings:write")[]): Actor => ({
  ...identity,
  kind: "key",
  keyId: "1",
  scopes,
});

/** A server with one route and these lines, whose callers `authenticate` knows. */
const serve = async (table: Record<string, Access>, authenticate: Authenticator = () => undefined) => {
  const lines: Line[] = [];
  const options = {
    service: "t",
    level: "info",
    environment: "t",
    version: "0",
    destination: collect(lines),
  };
  const loggerInstance: FastifyBaseLogger = createLogging(options).logger;
  const app = fastify({ loggerInstance });
  answerErrors(app, new RouteTable());
  collectFacts(app);
  identifyActor(app, [authenticate]);
  authorise(app, table);
  app.get(url, ({ actor }) => ({ name: actor.name }));
  await app.ready();
  return {
    lines,
    ask: (headers = {}, path = url, method: "GET" | "HEAD" = "GET") =>
      app.inject({ method, url: path, headers }),
  };
};

describe("ASVS 8.2.1 8.3.1 16.3.2 who may use a route", () => {
  it("ASVS 8.1.1 is what docs/access.md says by hand: a right that the table alone gives is found here", () => {
    const page = readFileSync(new URL("../../../docs/access.md", import.meta.url), "utf8");
    const written = [...page.matchAll(/^\| (.+?) \| (`.+`) \|$/gm)].flatMap(([, who = "", routes = ""]) =>
      routes.split(", ").map((route): [string, string] => [route.replaceAll("`", ""), who]),
    );
    const whoOf = (access: Access): string => {
      if (access === "public") return "everybody";
      const who = access.roles.includes("member") ? "users" : "admins";
      return access.scope === undefined ? who : `${who}, keys with ${access.scope}`;
    };
    const decided = Object.entries(accessTable).map(([route, access]) => [route, whoOf(access)]);
    expect(written.sort(), "docs/access.md").toEqual(decided.sort());
  });

  it("a route without a line stops the start, by name", async () => {
    await expect(serve({})).rejects.toThrow(`GET ${url} has no line in app/http/access.ts`);
  });

  it("a line without a route stops the start, by name", async () => {
    const table: Record<string, Access> = { [`GET ${url}`]: "public", "PUT /v1/gone": "public" };
    await expect(serve(table)).rejects.toThrow(
      "app/http/access.ts has a line for what is no route: PUT /v1/gone",
    );
  });

  it("HEAD needs what GET needs", async () => {
    const { ask } = await serve({ [`GET ${url}`]: { roles: ["admin"] } });
    expect((await ask({}, url, "HEAD")).statusCode).toBe(401);
  });

  const admins: Access = { roles: ["admin"] };
  const readers: Access = { roles: ["admin", "member"], scope: "bookings:read" };
  it.each<[string, Access, Actor | undefined, number, string?]>([
    ["nobody, where it is public", "public", undefined, 200],
    ["nobody", readers, undefined, 401, 'Bearer realm="bulwark"'],
    ["the role", admins, user("admin"), 200],
    ["another role", admins, user("member"), 403],
    ["the scope", readers, key("bookings:write", "bookings:read"), 200],
    [
      "another scope",
      readers,
      key("bookings:write"),
      403,
      'Bearer realm="bulwark", error="insufficient_scope"',
    ],
    ["a key, where no scope suffices", admins, key("bookings:read", "bookings:write"), 403],
  ])("%s: %j", async (_who, access, actor, status, challenge) => {
    const { ask, lines } = await serve({ [`GET ${url}`]: access }, () => actor);
    const answer = await ask();
    expect(answer.statusCode).toBe(status);
    expect(answer.headers["www-authenticate"]).toBe(challenge);
    const events = lines.filter(({ event }) => event === "privilege_refused");
    expect(events.map((event) => [event.actor, event.route])).toEqual(status === 403 ? [["x:1", url]] : []);
  });
});

describe("ASVS 16.3.1 a credential that does not count", () => {
  const line = { [`GET ${url}`]: { roles: ["admin"] } } satisfies Record<string, Access>;
  const refuse = () => {
    throw new RefusedCredential("revoked");
  };
  it.each<[string, Authenticator, object, string]>([
    ["refused at once", refuse, {}, "revoked"],
    ["refused after a look-up", async () => refuse(), {}, "revoked"],
    ["of a kind that nobody reads", () => undefined, { authorization: "Basic YTpi" }, "malformed"],
  ])(
    "%s: 401 with a challenge and a security event, never anonymous",
    async (_how, authenticate, headers, reason) => {
      const { ask, lines } = await serve(line, authenticate);
      const answer = await ask(headers);
      expect(answer.statusCode).toBe(401);
      expect(answer.json()).toMatchObject({ code: "credential_refused" });
      expect(answer.headers["www-authenticate"]).toBe('Bearer realm="bulwark", error="invalid_token"');
      expect(lines.find(({ event }) => event === "credential_refused")).toMatchObject({
        type: "security",
        reason,
      });
    },
  );

  it("is not read where everybody may come, nor where there is no route", async () => {
    const { ask } = await serve({ [`GET ${url}`]: "public" }, refuse);
    const [open, nowhere] = [await ask(), await ask({}, "/v1/nowhere")];
    expect([open.statusCode, z.object({ name: z.string() }).parse(open.json()).name]).toEqual([
      200,
      "anonymous",
    ]);
    expect(nowhere.statusCode).toBe(404);
  });
});
