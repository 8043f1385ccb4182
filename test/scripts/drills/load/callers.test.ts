import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Call, Exchange } from "../../../../scripts/drills/load/call.ts";
import { Callers } from "../../../../scripts/drills/load/callers.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const user = { email: "ada@example.com", password: "her password" };
const booking = { name: "POST booking", method: "POST", path: "/v1/bookings", expected: [201] } as const;

/** Callers of an API that gives each session tokens of its own, and ends one on request. */
const withCallers = async (random: () => number) => {
  const asked: Call[] = [];
  let given = 0;
  let ended = false;
  const ask = async (call: Call): Promise<Exchange> => {
    asked.push(call);
    if (ended) return { status: 401, failure: `${call.name}: status 401` };
    if (call.path === "/v1/auth/sign-out") return { status: 204 };
    if (!/sign-in|refresh/.test(call.path)) return { status: 201 };
    given += 1;
    const inBody = { accessToken: `access-${given}`, refreshToken: `refresh-${given}` };
    const cookies = [`__Host-access=access-${given}; Path=/`, `__Secure-refresh=refresh-${given}; Path=/`];
    const isBrowser = Object(call.body).tokens === "cookie" || call.headers?.cookie !== undefined;
    const answer = isBrowser ? { csrfToken: `csrf-${given}` } : inBody;
    return { status: 200, answer, ...(isBrowser && { cookies }) };
  };
  const callers = new Callers(ask, { apiKey: "bw_key", user }, random);
  expect(await callers.open()).toBeUndefined();
  return {
    callers,
    asked,
    end: () => {
      ended = true;
    },
  };
};

describe("R4 A8 A10 who sends a load's requests", () => {
  it("a program with the API key, browsers with cookies and the session's token, others with a bearer token", async () => {
    const chances = [0.1, 0.9, 0, 0.9, 0.15];
    const { callers, asked } = await withCallers(() => chances.shift() ?? 0);
    for (let request = 0; request < 3; request += 1) await callers.send(booking);
    expect(asked.slice(10).map(({ headers }) => headers)).toEqual([
      { authorization: "Bearer bw_key" },
      { cookie: "__Host-access=access-1", "x-csrf-token": "csrf-1" },
      { authorization: "Bearer access-2" },
    ]);
  });

  it("each session is refreshed with its newest token every five seconds; others sign in and out meanwhile", async () => {
    const { callers, asked } = await withCallers(() => 0.9);
    for (let moment = 0; moment < 200; moment += 1) {
      vi.advanceTimersByTime(50);
      await callers.due()?.();
    }
    const tokens = asked
      .filter(({ path }) => path === "/v1/auth/refresh")
      .map(({ body, headers }) => Object(body).refreshToken ?? headers?.cookie);
    expect(tokens.length).toBeGreaterThanOrEqual(19);
    expect(new Set(tokens).size).toBe(tokens.length);
    const { signIns, refreshes, signedOut } = callers.figures;
    expect({ refreshes, signedOut }).toEqual({ refreshes: tokens.length, signedOut: 0 });
    expect(signIns).toBeGreaterThanOrEqual(10 + 9);
    expect(asked.filter(({ path }) => path === "/v1/auth/sign-out")).toHaveLength(signIns - 10);
  });

  it("whoever is signed out is counted, at a request and at a refresh", async () => {
    const { callers, end } = await withCallers(() => 0.9);
    end();
    await callers.send(booking);
    vi.advanceTimersByTime(600);
    expect(await callers.due()?.()).toMatchObject({ failure: "refresh: status 401" });
    expect(callers.figures.signedOut).toBe(2);
  });
});
