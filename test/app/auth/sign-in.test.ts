import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { defaultOrganisation } from "../../../app/organisations/table.ts";
import { addPerson, codeOf, send, signedIn } from "../support/browser.ts";
import { withApiFixture } from "../support/fixture.ts";

const fixture = await withApiFixture();
// Attempts here come from one address: its limit is another file's subject.
const api = await fixture.start({ RATE_LIMIT_SIGN_IN_MAX: "100000" });
const signIn = (body: unknown, headers = {}) => send(api, "POST /v1/auth/sign-in", { body, headers });
const eventsOf = (requestId: string) =>
  api.lines.filter((line) => line.requestId === requestId && "event" in line).map(({ event }) => event);

describe("A8 sign-in", () => {
  it("A8 ASVS 3.3.1 3.3.2 3.3.3 3.3.4 7.2.4 200: tokens in cookies for browsers, new ones each time", async () => {
    const person = await addPerson(api);
    const first = await signIn({ email: person.email, password: person.password });
    expect(first.statusCode, first.body).toBe(200);
    expect(first.json()).toMatchObject({
      user: { id: person.id, email: person.email, status: "active" },
      accessExpiresInSeconds: 900,
      csrfToken: expect.any(String),
    });
    expect(first.json()).not.toHaveProperty("accessToken");
    const lines = [first.headers["set-cookie"]].flat().map((line) => String(line).replace(/=[\w.-]+/, "=…"));
    expect(lines).toEqual([
      "__Host-access=…; Path=/; Max-Age=900; HttpOnly; Secure; SameSite=Strict",
      expect.stringMatching(
        /^__Secure-refresh=…; Path=\/v1\/auth; Max-Age=\d{6}; HttpOnly; Secure; SameSite=Strict$/,
      ),
      "__Host-device=…; Path=/; Max-Age=31536000; HttpOnly; Secure; SameSite=Strict",
    ]);
    const second = await signIn({ email: person.email, password: person.password });
    const values = [first, second].map(({ cookies }) => cookies.map(({ value }) => value));
    for (const [index, value] of values[0]?.entries() ?? []) expect(values[1]?.[index]).not.toBe(value);
  });

  it("A8 ASVS 14.2.1 14.3.2 200: tokens in the answer for clients without cookies, which send them as bearer", async () => {
    const person = await addPerson(api);
    const answer = await signIn({ email: person.email, password: person.password, tokens: "body" });
    expect(answer.headers["set-cookie"]).toBeUndefined();
    expect(answer.headers["cache-control"]).toBe("no-store");
    const { accessToken, refreshToken } = answer.json();
    const bearer = { authorization: `Bearer ${accessToken}` };
    expect((await send(api, "GET /v1/sessions", { headers: bearer })).statusCode).toBe(200);
    const refreshed = await send(api, "POST /v1/auth/refresh", { body: { refreshToken } });
    expect(refreshed.json().refreshToken).not.toBe(refreshToken);
  });

  it("A8 A17 ASVS 6.3.8 16.3.1 401, always the same: wrong password, unknown, invited, disabled", async () => {
    const person = await addPerson(api);
    const gone = await addPerson(api);
    const origin = {
      organisationId: "00000000-0000-7000-8000-000000000001",
      actor: "command",
      requestId: "r",
    };
    await api.identity.accounts.update(origin, gone.id, 2, { disabled: true });
    const invited = { email: `${randomUUID()}@example.org`, name: "Bob", role: "member" } as const;
    await api.identity.accounts.create(origin, invited);
    const tries = [
      { email: person.email, password: `${person.password}x` },
      { email: `${randomUUID()}@example.org`, password: person.password },
      { email: invited.email, password: person.password },
      { email: gone.email, password: gone.password },
    ];
    const failures = async () =>
      Number(/^sign_in_failures_total (\d+)$/m.exec(await api.metrics.text())?.[1]);
    const before = await failures();
    const answers = await Promise.all(
      tries.map((body, index) => signIn(body, { "x-request-id": `refused-${index}` })),
    );
    const bodies = answers.map((answer) => {
      const { requestId, timestamp, ...rest } = answer.json();
      return { status: answer.statusCode, challenge: answer.headers["www-authenticate"], ...rest };
    });
    expect(bodies[0]).toMatchObject({
      status: 401,
      code: "sign_in_failed",
      challenge: 'Bearer realm="bulwark"',
    });
    for (const body of bodies) expect(body).toEqual(bodies[0]);
    for (const index of tries.keys()) expect(eventsOf(`refused-${index}`)).toEqual(["login_failed"]);
    expect(await failures()).toBe(before + tries.length);
    const logged = JSON.stringify(api.lines);
    for (const { email, password } of tries) {
      expect(logged).not.toContain(email);
      expect(logged).not.toContain(password);
    }
  });

  it.each([
    ["nothing", undefined],
    ["no password", { email: "a@example.org" }],
    ["no address", { email: "nobody", password: "a good password" }],
    ["an empty password", { email: "a@example.org", password: "" }],
    ["a password of 64 KiB", { email: "a@example.org", password: "x".repeat(60_000) }],
    ["a password that is a list", { email: "a@example.org", password: ["x"] }],
    ["more members", { email: "a@example.org", password: "a good password", role: "admin" }],
    ["an unknown place for tokens", { email: "a@example.org", password: "a good password", tokens: "url" }],
  ])("A8 A6 400 for %s", async (_name, body) => {
    expect(codeOf(await signIn(body))).toBe("validation_failed");
  });

  it("A8 the address counts in any letters, and with spaces around", async () => {
    const person = await addPerson(api);
    const { statusCode } = await signIn({
      email: ` ${person.email.toUpperCase()} `,
      password: person.password,
    });
    expect(statusCode).toBe(200);
  });

  it("A8 ASVS 3.5.1 403 for a page of another site, 200 for an allowed one", async () => {
    const strict = await fixture.start({
      CORS_ORIGIN: "https://app.example.com",
      PUBLIC_HOST: "api.example.com",
    });
    const person = await addPerson(strict);
    const from = (headers: Record<string, string>) =>
      send(strict, "POST /v1/auth/sign-in", {
        body: { email: person.email, password: person.password },
        headers,
      });
    const refused: Record<string, string>[] = [
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: "http://api.example.com" },
      { origin: "https://api.example.com.evil.example" },
      { origin: "https://evil.example", "sec-fetch-site": "same-origin" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ];
    for (const headers of refused)
      expect(codeOf(await from(headers)), JSON.stringify(headers)).toBe("origin_refused");
    const accepted: Record<string, string>[] = [
      { origin: "https://app.example.com", "sec-fetch-site": "cross-site" },
      { origin: "https://api.example.com" },
      { "sec-fetch-site": "same-origin" },
      {},
    ];
    for (const headers of accepted)
      expect((await from(headers)).statusCode, JSON.stringify(headers)).toBe(200);
  });

  it("A8 a sign-in in the same browser ends the session before", async () => {
    const person = await addPerson(api);
    const browser = await signedIn(api, person);
    const before = new Map(browser.cookies);
    await browser.signIn(person);
    const former = { cookie: [...before].map(([name, value]) => `${name}=${value}`).join("; ") };
    expect(codeOf(await send(api, "GET /v1/sessions", { headers: former }))).toBe("credential_refused");
    const { items } = (await browser.send("GET /v1/sessions")).json();
    expect(items).toHaveLength(1);
  });

  it("A8 ASVS 16.5.3 503 while MySQL is away, and no session counts unchecked", async () => {
    const person = await addPerson(api);
    const browser = await signedIn(api, person);
    const alone = await fixture.start({ RATE_LIMIT_SIGN_IN_MAX: "100000" });
    const headers = { cookie: `__Host-access=${browser.cookies.get("__Host-access")}` };
    const session = () => send(alone, "GET /v1/auth/session", { headers });
    expect((await session()).statusCode).toBe(200);
    await alone.database.close(0);
    const { email, password } = person;
    const answers = [
      await send(alone, "POST /v1/auth/sign-in", { body: { email, password } }),
      await send(alone, "POST /v1/auth/refresh", {
        body: { refreshToken: browser.cookies.get("__Secure-refresh") },
      }),
      await session(),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([503, 503, 503]);
    for (const { headers } of answers) expect(headers["retry-after"]).toBeDefined();
  });

  it("A8 an outdated hash is made anew at sign-in, also by two sign-ins at once", async () => {
    const person = await addPerson(api);
    const dearer = await fixture.start({ PASSWORD_PASSES: "4" });
    const hashOf = async () =>
      (
        await fixture.mysql.query(
          `SELECT password_hash AS hash FROM ${fixture.login.dbname}.users WHERE email = ?`,
          [person.email],
        )
      )[0]?.hash;
    expect(await hashOf()).toContain("t=3");
    await Promise.all([signedIn(dearer, person), signedIn(dearer, person)]);
    expect(await hashOf()).toContain("t=4");
    await signedIn(dearer, person);
    await signedIn(api, person);
    expect(await hashOf()).toContain("t=4");
  });
});

const operator = { organisationId: defaultOrganisation, actor: "operator", requestId: "test-request" };
describe("A8 ASVS 6.3.1 lockout", () => {
  it("429 after five failures, for known and unknown accounts alike, also with the right password", async () => {
    const person = await addPerson(api);
    for (const email of [person.email, `${randomUUID()}@example.org`]) {
      for (let failure = 0; failure < 5; failure++)
        expect(codeOf(await signIn({ email, password: "a bad password" }))).toBe("sign_in_failed");
      const locked = await signIn(
        { email, password: person.password },
        { "x-request-id": `locked-${email}`.slice(0, 40) },
      );
      expect(locked.statusCode).toBe(429);
      expect(codeOf(locked)).toBe("locked");
      expect(Number(locked.headers["retry-after"])).toBeGreaterThan(1_700);
      expect(eventsOf(`locked-${email}`.slice(0, 40))).toEqual(["login_locked", "login_failed"]);
    }
    await api.identity.accounts.unlock(operator, person.id);
    expect((await signIn({ email: person.email, password: person.password })).statusCode).toBe(200);
  });

  it("a hundred guesses at once on two replicas are five", async () => {
    const person = await addPerson(api);
    const other = await fixture.start({ RATE_LIMIT_SIGN_IN_MAX: "100000" });
    const guess = (index: number) =>
      send(index % 2 === 0 ? api : other, "POST /v1/auth/sign-in", {
        body: { email: person.email, password: `guess number ${index}` },
      });
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => guess(index)));
    const codes = answers.map(codeOf);
    expect(codes.filter((code) => code === "sign_in_failed")).toHaveLength(5);
    expect(codes.filter((code) => code === "locked")).toHaveLength(95);
  });

  it("a success starts the count again", async () => {
    const { email, password } = await addPerson(api);
    for (let round = 0; round < 2; round++) {
      for (let failure = 0; failure < 4; failure++) await signIn({ email, password: "a bad password" });
      expect((await signIn({ email, password })).statusCode).toBe(200);
    }
  });

  it("an outsider locks out no browser in which the user has signed in before, and no living session", async () => {
    const person = await addPerson(api);
    const browser = await signedIn(api, person);
    const { email } = person;
    for (let failure = 0; failure < 6; failure++) await signIn({ email, password: "a bad password" });
    expect(codeOf(await signIn(person))).toBe("validation_failed");
    expect(codeOf(await signIn({ email, password: person.password }))).toBe("locked");
    expect((await browser.refresh()).statusCode).toBe(200);
    expect((await browser.signIn(person)).statusCode).toBe(200);
    // The device's own attempts are bounded as well.
    for (let failure = 0; failure < 5; failure++)
      expect(codeOf(await browser.signIn({ email, password: "a bad password" }))).toBe("sign_in_failed");
    expect(codeOf(await browser.signIn(person))).toBe("locked");
  });

  it("another user's device cookie, or a made-up one, counts for the account", async () => {
    const [person, other] = [await addPerson(api), await addPerson(api)];
    const foreign = await signedIn(api, other);
    const device = foreign.cookies.get("__Host-device") ?? "";
    const cookies = [device, `${device.slice(0, -2)}AA`, "AAAA", `${device}; __Host-device=${device}`];
    for (let failure = 0; failure < 6; failure++) {
      const cookie = `__Host-device=${cookies[failure % cookies.length]}`;
      await signIn({ email: person.email, password: "a bad password" }, { cookie });
    }
    expect(codeOf(await signIn({ email: person.email, password: person.password }))).toBe("locked");
  });

  it("without Redis each process counts by itself", async () => {
    const alone = await fixture.start({ RATE_LIMIT_SIGN_IN_MAX: "100000", REDIS_PORT: "1" });
    const { email, password } = await addPerson(alone);
    const attempt = (given: string) =>
      send(alone, "POST /v1/auth/sign-in", { body: { email, password: given } });
    for (let failure = 0; failure < 5; failure++)
      expect(codeOf(await attempt("a bad password"))).toBe("sign_in_failed");
    expect(codeOf(await attempt(password))).toBe("locked");
  });
});
