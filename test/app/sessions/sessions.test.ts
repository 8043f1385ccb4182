import { decodeProtectedHeader } from "jose";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { accessTokenSeconds } from "../../../app/contract/lifetimes.ts";
import { jwtKeySet } from "../../../app/contract/secret-values.ts";
import { firstKeySet, signingKeys } from "../../../infra/functions/rotation/signing-keys.ts";
import { eventually } from "../../support/index.ts";
import { addPerson, Browser, codeOf, type Person, send, signedIn } from "../support/browser.ts";
import { type TestApi, withApiFixture } from "../support/fixture.ts";

const fixture = await withApiFixture();
const roomy = {
  RATE_LIMIT_SIGN_IN_MAX: "100000",
  RATE_LIMIT_REFRESH_MAX: "100000",
  RATE_LIMIT_SETTINGS_MAX: "100000",
  RATE_LIMIT_ADMIN_MAX: "100000",
};
const [api, other] = [await fixture.start(roomy), await fixture.start(roomy)];
const { dbname } = fixture.login;

const tokensOf = async ({ email, password }: Person, at: TestApi = api) => {
  const body = { email, password, tokens: "body" };
  const { accessToken, refreshToken } = (await send(at, "POST /v1/auth/sign-in", { body })).json();
  return { accessToken: String(accessToken), refreshToken: String(refreshToken) };
};
const refresh = (refreshToken: string, at: TestApi = api) =>
  send(at, "POST /v1/auth/refresh", { body: { refreshToken } });
const ask = (accessToken: string, line = "GET /v1/sessions", at: TestApi = api, body?: unknown) =>
  send(at, line, { headers: { authorization: `Bearer ${accessToken}` }, body });
const eventsNamed = (event: string) => api.lines.filter((line) => line.event === event);
const sessionsOf = (person: Person) =>
  fixture.mysql.query(
    `SELECT revoked_reason AS reason, generation FROM ${dbname}.sessions WHERE user_id = UUID_TO_BIN(?) ORDER BY created_at`,
    [person.id],
  );
const later = (person: Person, seconds: number) =>
  fixture.mysql.query(
    `UPDATE ${dbname}.sessions SET refreshed_at = refreshed_at - INTERVAL ? SECOND,
     expires_at = expires_at - INTERVAL ? SECOND, ends_at = ends_at - INTERVAL ? SECOND WHERE user_id = UUID_TO_BIN(?)`,
    [seconds, seconds, seconds, person.id],
  );
const audit = (person: Person) =>
  fixture.mysql.query(
    `SELECT action, actor FROM ${dbname}_audit.audit_log
     WHERE \`after\`->>'$.userId' = ? OR entity_id = UUID_TO_BIN(?) ORDER BY id`,
    [person.id, person.id],
  );

describe("A8 refresh", () => {
  it("A8 200: the next tokens; the ones before still count for ten seconds, so that tabs find together", async () => {
    const person = await addPerson(api);
    const { refreshToken: first } = await tokensOf(person);
    const second = (await refresh(first)).json().refreshToken;
    expect(second).not.toBe(first);
    expect((await refresh(first)).json().refreshToken).toBe(second);
    expect((await refresh(first, other)).json().refreshToken).toBe(second);
    const third = (await refresh(second)).json().refreshToken;
    expect(third).not.toBe(second);
    expect(await sessionsOf(person)).toEqual([{ reason: null, generation: 3 }]);
  });

  it("A8 twenty tabs at once on two replicas get one generation, and all go on", async () => {
    const person = await addPerson(api);
    const { refreshToken } = await tokensOf(person);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, tab) => refresh(refreshToken, tab % 2 === 0 ? api : other)),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(answers.map(() => 200));
    expect(new Set(answers.map((answer) => answer.json().refreshToken)).size).toBe(1);
    for (const answer of answers) expect((await ask(answer.json().accessToken)).statusCode).toBe(200);
    expect(await sessionsOf(person)).toEqual([{ reason: null, generation: 2 }]);
  });

  it.each([
    ["the one before, after ten seconds", 1, 11],
    ["one two generations old, at once", 2, 0],
  ])(
    "A8 ASVS 16.3.3 401 for %s: it was stolen, and the session ends for both",
    async (_name, generations, wait) => {
      const person = await addPerson(api);
      const first = await tokensOf(person);
      let newest = { ...first };
      for (let generation = 0; generation < generations; generation++)
        newest = (await refresh(newest.refreshToken)).json();
      await later(person, wait);
      const before = eventsNamed("refresh_reused").length;
      expect(codeOf(await refresh(first.refreshToken))).toBe("session_ended");
      expect(eventsNamed("refresh_reused").slice(before)).toEqual([
        expect.objectContaining({ userId: person.id }),
      ]);
      expect(codeOf(await refresh(newest.refreshToken))).toBe("session_ended");
      expect(codeOf(await ask(newest.accessToken))).toBe("credential_refused");
      expect(await sessionsOf(person)).toEqual([expect.objectContaining({ reason: "refresh_reused" })]);
      expect((await audit(person)).at(-1)).toEqual({ action: "session.revoked", actor: `user:${person.id}` });
    },
  );

  it("A8 401 for a token that is not genuine, without any effect on the session", async () => {
    const person = await addPerson(api);
    const stranger = await tokensOf(await addPerson(api));
    const { refreshToken } = await tokensOf(person);
    const bytes = Buffer.from(refreshToken, "base64url");
    const changed = (index: number) => {
      const copy = Buffer.from(bytes);
      copy[index] = (copy[index] ?? 0) ^ 1;
      return copy.toString("base64url");
    };
    const [head, signature] = [
      bytes.subarray(0, 20),
      Buffer.from(stranger.refreshToken, "base64url").subarray(20),
    ];
    const fakes = [
      changed(0),
      changed(19),
      changed(51),
      Buffer.concat([head, signature]).toString("base64url"),
    ];
    for (const fake of [
      ...fakes,
      `${refreshToken}=`,
      refreshToken.slice(1),
      "",
      "AAAA",
      stranger.accessToken.slice(0, 190),
    ])
      expect(codeOf(await refresh(fake)), fake).toBe("session_ended");
    expect((await refresh(refreshToken)).statusCode).toBe(200);
    const without = await send(api, "POST /v1/auth/refresh");
    expect(without.statusCode).toBe(401);
    expect(without.headers["www-authenticate"]).toContain("Bearer");
    expect(codeOf(await refresh("x".repeat(201)))).toBe("validation_failed");
  });

  it.each([
    ["ASVS 7.3.1 seven days without a refresh", 7],
    ["ASVS 7.3.2 thirty days, however often refreshed", 30],
  ])("A8 %s end a session", async (_name, days) => {
    const person = await addPerson(api);
    let { refreshToken } = await tokensOf(person);
    const week = 6 * 86_400;
    let left = days * 86_400;
    for (; left > 7 * 86_400; left -= week) {
      await later(person, week);
      refreshToken = (await refresh(refreshToken)).json().refreshToken;
    }
    await later(person, left - 60);
    const answer = await refresh(refreshToken);
    expect(answer.statusCode).toBe(200);
    await later(person, 7 * 86_400);
    expect(codeOf(await refresh(answer.json().refreshToken))).toBe("session_ended");
  });

  it("R5 R10 tokens of the key before count after its rotation; none does once it is thrown out", async () => {
    const read = async () => {
      const { SecretString } = await fixture.aws.secrets.GetSecretValue({
        SecretId: fixture.secretIds.appKeys,
      });
      return JSON.parse(SecretString ?? "");
    };
    const value = await read();
    const person = await addPerson(api);
    const { refreshToken } = await tokensOf(person);
    const rotated = { current: "n".repeat(43), previous: value.cookie.current };
    await fixture.putSecret(fixture.secretIds.appKeys, { ...value, cookie: rotated });
    const overlapping = await fixture.start(roomy);
    const next = (await refresh(refreshToken, overlapping)).json();
    expect((await refresh(refreshToken, overlapping)).statusCode).toBe(200);
    await fixture.putSecret(fixture.secretIds.appKeys, { ...value, cookie: { current: "e".repeat(43) } });
    const emergency = await fixture.start(roomy);
    expect(codeOf(await refresh(next.refreshToken, emergency))).toBe("session_ended");
    await fixture.putSecret(fixture.secretIds.appKeys, value);
  });
});

describe("R4 rotation of the signing keys", () => {
  it("R4 signs nobody out where access tokens expire in the midst of it: each refresh gives the next that both replicas take", async () => {
    const start = Date.now();
    // Before the replicas start: the key set keeps the clock that it finds.
    vi.useFakeTimers({ toFake: ["Date"], now: start });
    onTestFinished(() => void vi.useRealTimers());
    const replicas = [await fixture.start(roomy), await fixture.start(roomy)] as const;
    const { SecretString = "" } = await fixture.aws.secrets.GetSecretValue({
      SecretId: fixture.secretIds.jwt,
    });
    const before = jwtKeySet.parse(JSON.parse(SecretString));
    onTestFinished(() => fixture.putSecret(fixture.secretIds.jwt, before));
    const times = { refreshSeconds: 300, slackSeconds: 300, lifeSeconds: accessTokenSeconds };
    let set = before;
    const rotate = async () => {
      set = await signingKeys(times).next(set);
      await fixture.putSecret(fixture.secretIds.jwt, set);
      // A token of an unknown key makes a replica read the set, as its timer does every five minutes.
      for (const { keys } of replicas) await keys.verifying("unknown");
    };
    let tokens = await tokensOf(await addPerson(api), replicas[0]);
    const [signers, ends] = [new Set<unknown>(), [] as number[]];
    for (let minute = 0; minute <= 100; minute += 4) {
      vi.setSystemTime(start + minute * 60_000);
      if (minute % 20 === 4) await rotate();
      const [here, there] = minute % 8 === 0 ? replicas : [replicas[1], replicas[0]];
      const answer = await ask(tokens.accessToken, "GET /v1/sessions", here);
      if (answer.statusCode !== 200) {
        expect(codeOf(answer)).toBe("credential_refused");
        ends.push(minute);
        const next = await refresh(tokens.refreshToken, there);
        expect(next.statusCode, `minute ${minute}: ${next.body}`).toBe(200);
        tokens = next.json();
      }
      for (const replica of replicas)
        expect((await ask(tokens.accessToken, "GET /v1/sessions", replica)).statusCode).toBe(200);
      signers.add(decodeProtectedHeader(tokens.accessToken).kid);
    }
    // Each lived its quarter of an hour, to the next look, and almost each was signed by another key.
    expect(ends).toEqual([16, 32, 48, 64, 80, 96]);
    expect(signers.size).toBeGreaterThanOrEqual(5);
  });
});

describe("R10 a signing key that is thrown out", () => {
  it("takes the tokens that were verified before with it", async () => {
    const replica = await fixture.start(roomy);
    const { accessToken } = await tokensOf(await addPerson(api));
    const status = async () => (await ask(accessToken, "GET /v1/sessions", replica)).statusCode;
    expect(await status()).toBe(200);
    const { SecretString } = await fixture.aws.secrets.GetSecretValue({ SecretId: fixture.secretIds.jwt });
    await fixture.putSecret(fixture.secretIds.jwt, await firstKeySet());
    // An unknown key is what makes a replica read the set before its time.
    const stranger = await fixture.start(roomy);
    await ask((await tokensOf(await addPerson(stranger), stranger)).accessToken, "GET /v1/sessions", replica);
    expect(await status()).toBe(401);
    await fixture.putSecret(fixture.secretIds.jwt, JSON.parse(SecretString ?? ""));
  });
});

describe("A8 the end of a session", () => {
  it("A8 ASVS 7.4.1 204: sign-out stops the access token here at once, and on every replica within five seconds", async () => {
    const person = await addPerson(api);
    const browser = await signedIn(api, person);
    const former = `__Host-access=${browser.cookies.get("__Host-access")}`;
    const there = () => send(other, "GET /v1/sessions", { headers: { cookie: former } });
    expect((await there()).statusCode).toBe(200);
    const answer = await browser.send("POST /v1/auth/sign-out");
    expect(answer.statusCode).toBe(204);
    expect([...browser.cookies.keys()]).toEqual(["__Host-device"]);
    expect(codeOf(await send(api, "GET /v1/sessions", { headers: { cookie: former } }))).toBe(
      "credential_refused",
    );
    await eventually(async () => expect(codeOf(await there())).toBe("credential_refused"));
    expect(eventsNamed("session_revoked").at(-1)).toMatchObject({ reason: "signed_out" });
    expect((await audit(person)).map(({ action }) => action)).toEqual([
      "user.created",
      "user.password_changed",
      "session.created",
      "session.revoked",
    ]);
  });

  it("A8 204: sign-out by each kind of token, and by none, as often as one likes", async () => {
    const person = await addPerson(api);
    const [byRefresh, byAccess] = [await tokensOf(person), await tokensOf(person)];
    const body = { refreshToken: byRefresh.refreshToken };
    expect((await send(api, "POST /v1/auth/sign-out", { body })).statusCode).toBe(204);
    expect((await send(api, "POST /v1/auth/sign-out", { body })).statusCode).toBe(204);
    expect((await ask(byAccess.accessToken, "POST /v1/auth/sign-out")).statusCode).toBe(204);
    expect((await ask(byAccess.accessToken, "POST /v1/auth/sign-out")).statusCode).toBe(204);
    expect((await send(api, "POST /v1/auth/sign-out")).statusCode).toBe(204);
    for (const { accessToken } of [byRefresh, byAccess])
      expect(codeOf(await ask(accessToken))).toBe("credential_refused");
    expect((await sessionsOf(person)).map(({ reason }) => reason)).toEqual(["signed_out", "signed_out"]);
  });

  it("A9 ASVS 7.5.2 one sees one's sessions, and ends one, and all, by the password", async () => {
    const person = await addPerson(api);
    const [browser, second] = [await signedIn(api, person), await signedIn(api, person)];
    const other = await addPerson(api);
    const stranger = await signedIn(api, other);
    const { items } = (await browser.send("GET /v1/sessions")).json();
    expect(items).toEqual([
      expect.objectContaining({ current: false, userAgent: "bulwark-test/1.0" }),
      expect.objectContaining({ current: true }),
    ]);
    const { sessionId } = (await second.send("GET /v1/auth/session")).json();
    expect(sessionId).toBe(items[0].id);
    const one = `POST /v1/sessions/${sessionId}/revoke`;
    const all = "POST /v1/sessions/revoke";
    const body = { currentPassword: person.password };
    expect(codeOf(await stranger.send(one, { body: { currentPassword: other.password } }))).toBe("not_found");
    for (const line of [one, all]) {
      expect(codeOf(await browser.send(line, { body: {} }))).toBe("validation_failed");
      const refused = await browser.send(line, { body: { currentPassword: other.password } });
      expect(codeOf(refused)).toBe("password_wrong");
    }
    expect((await second.send("GET /v1/sessions")).json().items).toHaveLength(2);
    expect((await browser.send(one, { body })).statusCode).toBe(204);
    expect(codeOf(await browser.send(one, { body }))).toBe("not_found");
    expect(codeOf(await browser.send("POST /v1/sessions/1/revoke", { body }))).toBe("validation_failed");
    expect(codeOf(await second.send("GET /v1/sessions"))).toBe("credential_refused");
    expect((await browser.send(all, { body })).statusCode).toBe(204);
    expect(browser.cookies.has("__Host-access")).toBe(false);
    expect((await stranger.send("GET /v1/sessions")).statusCode).toBe(200);
    expect(codeOf(await send(api, "GET /v1/sessions"))).toBe("unauthorised");
    expect(codeOf(await send(api, all, { body }))).toBe("unauthorised");
  });

  it("A9 ASVS 7.1.2 the fifty-first session ends the first", async () => {
    const person = await addPerson(api);
    const browser = await signedIn(api, person);
    await fixture.mysql.query(
      `INSERT INTO ${dbname}.sessions SELECT RANDOM_BYTES(16), user_id, organisation_id, generation, seed, user_agent,
       created_at + INTERVAL n.i SECOND, refreshed_at, expires_at, ends_at, NULL, NULL FROM ${dbname}.sessions,
       (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 49) SELECT i FROM n) AS n
       WHERE user_id = UUID_TO_BIN(?)`,
      [person.id],
    );
    expect((await browser.send("GET /v1/sessions")).json().items).toHaveLength(50);
    const next = await signedIn(api, person);
    expect((await next.send("GET /v1/sessions")).json().items).toHaveLength(50);
    expect(codeOf(await browser.send("GET /v1/sessions"))).toBe("credential_refused");
  });

  it("A8 while MySQL does not say which sessions have ended, each request asks about its own", async () => {
    const asking = await fixture.create(roomy);
    const person = await addPerson(api);
    const tokens = await tokensOf(person);
    expect((await ask(tokens.accessToken, "GET /v1/sessions", asking)).statusCode).toBe(200);
    await ask(tokens.accessToken, "POST /v1/auth/sign-out");
    expect(codeOf(await ask(tokens.accessToken, "GET /v1/sessions", asking))).toBe("credential_refused");
  });
});

describe("A8 change of password", () => {
  const change = (browser: Browser, currentPassword: string, newPassword: string) =>
    browser.send("POST /v1/auth/password", { body: { currentPassword, newPassword } });

  it("A8 ASVS 6.2.2 6.2.3 7.4.3 200: a new session here, and every other token ends, also those of this browser before", async () => {
    const person = await addPerson(api);
    const [browser, elsewhere] = [await signedIn(api, person), await tokensOf(person)];
    const stolen = new Map(browser.cookies);
    const answer = await change(browser, person.password, "another good password");
    expect(answer.statusCode, answer.body).toBe(200);
    expect((await browser.send("GET /v1/auth/session")).statusCode).toBe(200);
    expect((await browser.refresh()).statusCode).toBe(200);
    expect(codeOf(await ask(elsewhere.accessToken))).toBe("credential_refused");
    expect(codeOf(await refresh(elsewhere.refreshToken))).toBe("session_ended");
    expect(codeOf(await ask(stolen.get("__Host-access") ?? ""))).toBe("credential_refused");
    expect(codeOf(await refresh(stolen.get("__Secure-refresh") ?? ""))).toBe("session_ended");
    const signIn = (password: string) => new Browser(api).signIn({ email: person.email, password });
    expect(codeOf(await signIn(person.password))).toBe("sign_in_failed");
    expect((await signIn("another good password")).statusCode).toBe(200);
    expect(eventsNamed("password_changed").at(-1)).toMatchObject({ userId: person.id, by: "password" });
    expect((await audit(person)).map(({ action }) => action)).toContain("user.password_changed");
  });

  it("A8 403 for a wrong current password, 429 after five, 400 for one that may not be chosen", async () => {
    const browser = await signedIn(api, await addPerson(api, { password: "a password of Ann's" }));
    expect(codeOf(await change(browser, "a password of Ann's", "short"))).toBe("password_refused");
    expect(codeOf(await change(browser, "a password of Ann's", "password123"))).toBe("password_refused");
    expect(codeOf(await change(browser, "a password of Ann's", ""))).toBe("validation_failed");
    for (let failure = 0; failure < 5; failure++)
      expect(codeOf(await change(browser, "a bad password", "another good password"))).toBe("password_wrong");
    expect(codeOf(await change(browser, "a password of Ann's", "another good password"))).toBe("locked");
    expect(codeOf(await send(api, "POST /v1/auth/password", { body: {} }))).toBe("unauthorised");
  });

  it("A8 beside refreshes of the same moment: no token of before outlives it", async () => {
    const person = await addPerson(api);
    const browser = await signedIn(api, person);
    const token = browser.cookies.get("__Secure-refresh") ?? "";
    const [answer, ...refreshed] = await Promise.all([
      change(browser, person.password, "another good password"),
      ...Array.from({ length: 10 }, (_, tab) => refresh(token, tab % 2 === 0 ? api : other)),
    ]);
    expect(answer.statusCode).toBe(200);
    for (const { statusCode, json } of refreshed.filter(({ statusCode }) => statusCode === 200)) {
      expect(statusCode).toBe(200);
      expect(codeOf(await ask(json().accessToken))).toBe("credential_refused");
      expect(codeOf(await refresh(json().refreshToken))).toBe("session_ended");
    }
    expect((await browser.refresh()).statusCode).toBe(200);
  });

  it("A8 two at once: one wins, the other is told", async () => {
    const person = await addPerson(api);
    const [one, two] = [await signedIn(api, person), await signedIn(api, person)];
    const answers = await Promise.all([
      change(one, person.password, "the first new password"),
      change(two, person.password, "the second new password"),
    ]);
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409]);
  });
});
