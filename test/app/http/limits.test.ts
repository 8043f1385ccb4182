import { readFileSync } from "node:fs";
import { fastify } from "fastify";
import { describe, expect, it } from "vitest";
import { type LimitName, type LimitPurpose, limits, limitWindows } from "../../../app/contract/limits.ts";
import { keysOf, recordBy, recordOf } from "../../../app/contract/records.ts";
import { accessTable } from "../../../app/http/access.ts";
import { type Actor, identifyActor } from "../../../app/http/actor.ts";
import { answerErrors } from "../../../app/http/errors/handler.ts";
import { limitByActor, limitByAddress } from "../../../app/http/rate-limit/hook.ts";
import type { CounterStore } from "../../../app/http/rate-limit/limiter.ts";
import { createLimits } from "../../../app/http/rate-limit/limits.ts";
import { collectFacts } from "../../../app/http/request-facts.ts";
import { RouteTable } from "../../../app/http/route-table.ts";
import { createMetrics } from "../../../app/platform/metrics.ts";
import { limitsPage } from "../../../scripts/plan/pages/limits.ts";
import { routeOf } from "../support/routes.ts";

const unlisted = "GET /v1/other";
const limitOf = (name: LimitName): LimitPurpose => limits[name];
const routesOf = (table: Readonly<Record<string, LimitPurpose>>) =>
  Object.values(table)
    .filter(({ by }) => by !== "account")
    .flatMap(({ routes }) => routes ?? []);

/** Counters in this process. */
const counters = (): CounterStore => {
  const totals = new Map<string, number>();
  return {
    add: async (additions, resetInMs) =>
      additions.map(({ key, count }) => {
        const total = (totals.get(key) ?? 0) + count;
        totals.set(key, total);
        return { total, resetInMs };
      }),
    forget: async (key) => void totals.delete(key),
  };
};

/** Users "<organisation>:<tier>:<user>", as the header x-user says. */
const actorOf = (given: unknown): Actor | undefined => {
  if (typeof given !== "string") return undefined;
  const [organisationId = "", tier, userId = ""] = given.split(":");
  const common = { organisationId, userId, sessionId: "s", name: `user:${userId}`, role: "admin" } as const;
  return { kind: "user", tier: tier === "plus" ? "plus" : "standard", ...common };
};

/** A server with the routes of the table, on which one limit is 3 and the others are out of reach. */
const serve = async (name: LimitName) => {
  const app = fastify();
  answerErrors(app, new RouteTable());
  collectFacts(app);
  const most = recordBy(
    Object.values(limits),
    ({ variable }) => variable,
    () => 1_000,
  );
  const windows = recordOf(keysOf(limitWindows), (variable) => limitWindows[variable].seconds);
  const all = createLimits({ ...most, [limits[name].variable]: 3, ...windows }, counters(), createMetrics());
  limitByAddress(app, all);
  app.addHook("onRoute", (route) => {
    route.config = { ...route.config, access: { roles: ["admin"] } };
  });
  identifyActor(app, [(request) => actorOf(request.headers["x-user"])]);
  limitByActor(app, all);
  for (const line of [unlisted, ...routesOf(limits)])
    app.route({ ...routeOf(line), handler: async () => ({}) });
  return (line: string, user: string | undefined, remoteAddress: string) =>
    app.inject({ ...routeOf(line), remoteAddress, headers: user === undefined ? {} : { "x-user": user } });
};

/** What the same client is and what another one is, for each way of counting. */
const clients = {
  address: { same: ["a:plus:1", "192.0.2.1"], other: ["a:plus:1", "192.0.2.2"] },
  caller: { same: ["a:plus:1", "192.0.2.1"], other: ["a:plus:2", "192.0.2.1"] },
  organisation: { same: ["a:TIER:1", "192.0.2.1"], other: ["b:TIER:1", "192.0.2.1"] },
} as const;

// The lockout counts what a route has found out: it is tested where people sign in. Those of SMS are tested with reminders.
describe("A4 each limit of the table by address, caller or organisation", () => {
  const cases = keysOf(limits).flatMap((name) => {
    const { by, routes = [unlisted] } = limitOf(name);
    return by === "account" || by === "number" || by === "everybody"
      ? []
      : routes.map((line) => [name, by, line] as const);
  });
  it.each(cases)("%s by %s: %s is 429 past the limit, for this client only", async (name, by, line) => {
    const { window } = limitOf(name);
    const ask = await serve(name);
    const [same, other] = [clients[by].same, clients[by].other].map(
      ([user, address]) =>
        () =>
          ask(line, user.replace("TIER", name), address),
    );
    const answers = [];
    for (let turn = 0; turn < 4; turn++) answers.push(await same?.());
    expect(answers.map((answer) => answer?.statusCode)).toEqual([200, 200, 200, 429]);
    const { seconds } = limitWindows[window];
    for (const answer of answers) {
      expect(answer?.headers["ratelimit-policy"]).toBe(`"${name}";q=3;w=${seconds}`);
    }
    expect(answers.at(-1)?.headers["retry-after"]).toMatch(/^\d+$/);
    expect((await other?.())?.statusCode).toBe(200);
  });

  it("strangers do not use up the organisation that they act for", async () => {
    const ask = await serve("standard");
    for (let turn = 0; turn < 5; turn++) {
      expect((await ask(unlisted, undefined, "192.0.2.1")).statusCode).toBe(200);
    }
  });

  it("has a route that exists, once", () => {
    const routes = routesOf(limits);
    expect(new Set(routes).size).toBe(routes.length);
    expect(routes.filter((route) => !(route in accessTable))).toEqual([]);
  });

  it("is on a page that is current (fix: npm run pages)", () => {
    expect(readFileSync(new URL("../../../docs/limits.md", import.meta.url), "utf8")).toBe(limitsPage());
  });
});
