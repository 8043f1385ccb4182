import { createSecretKey, generateKeyPairSync, randomUUID } from "node:crypto";
import { fastify } from "fastify";
import { SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { JwtKeySet } from "../../../app/contract/secret-values.ts";
import { type Access, roles } from "../../../app/http/access.ts";
import { identifyActor, type UserActor } from "../../../app/http/actor.ts";
import { authorise } from "../../../app/http/authorise.ts";
import { answerErrors } from "../../../app/http/errors/handler.ts";
import { collectFacts } from "../../../app/http/request-facts.ts";
import { RouteTable } from "../../../app/http/route-table.ts";
import type { Secret } from "../../../app/platform/secrets.ts";
import { Signer } from "../../../app/platform/signer.ts";
import { AccessTokens } from "../../../app/sessions/access-token.ts";
import { authenticateUsers } from "../../../app/sessions/authenticator.ts";
import { cookieValues } from "../../../app/sessions/cookies.ts";
import { ForgeryGuard } from "../../../app/sessions/forgery.ts";
import { Revocations } from "../../../app/sessions/revocations.ts";
import { KeySet } from "../../../app/signing-keys/key-set.ts";
import { firstKeySet } from "../../../infra/functions/rotation/signing-keys.ts";
import { silent } from "../support/fixture.ts";

const set = await firstKeySet();
const [keyOfSet] = set.keys;
const secretOf = (current: JwtKeySet): Secret<JwtKeySet> => ({
  current,
  refresh: async () => false,
  refused: () => undefined,
  onChange: () => undefined,
});
const keys = new KeySet(secretOf(set));
const person: Omit<UserActor, "kind" | "name"> = {
  userId: randomUUID(),
  sessionId: randomUUID(),
  organisationId: randomUUID(),
  role: "member",
  tier: "standard",
};
const csrf = { current: "c".repeat(43), previous: "p".repeat(43) };
const guard = (key: { current: string } = csrf) =>
  new ForgeryGuard({
    signer: new Signer(() => key),
    origins: ["https://app.example.com"],
    publicHost: "API.example.com:443",
  });

/** A route of users, with a database that knows every session as living. */
const serve = async () => {
  let looked = 0;
  const tokens = new AccessTokens(keys, "test");
  const verify = tokens.verify.bind(tokens);
  tokens.verify = (token) => {
    looked += 1;
    return verify(token);
  };
  const living = { run: async () => [{ revoked_at: null }] };
  const read = <T>(work: (db: typeof living) => Promise<T>) => work(living);
  const database = { read, transaction: read, auditSchema: "a", ping: async () => {}, warm: async () => {} };
  const state = () => ({ user: "u", breaker: "closed" });
  const revocations = new Revocations({ ...database, state, close: async () => {} }, silent());
  const app = fastify();
  answerErrors(app, new RouteTable());
  collectFacts(app);
  identifyActor(app, [authenticateUsers(tokens, revocations, guard())]);
  const access: Access = { roles };
  authorise(app, { "GET /v1/things": access, "POST /v1/things": access });
  app.get("/v1/things", ({ actor }) => ({ name: actor.name }));
  app.post("/v1/things", ({ actor }) => ({ name: actor.name }));
  await app.ready();
  const ask = (headers: Record<string, string>, method: "GET" | "POST" = "GET") =>
    app.inject({ method, url: "/v1/things", headers });
  const bearer = (token: string) => ask({ authorization: `Bearer ${token}` });
  return { tokens, revocations, ask, bearer, looked: () => looked };
};
const world = await serve();
const genuine = await world.tokens.sign(person);

/** A token like ours, but for what is said. */
const forged = (
  changes: {
    header?: object;
    claims?: object;
    issuer?: string;
    audience?: string;
    from?: number;
    to?: number;
  },
  key: Parameters<SignJWT["sign"]>[0] = keys.signing().privateKey,
) => {
  const { userId, sessionId: sid, organisationId: org, role, tier } = person;
  const now = Math.floor(Date.now() / 1_000);
  const header = { alg: "EdDSA", typ: "at+jwt", kid: keys.signing().kid, ...changes.header };
  return new SignJWT({ sub: userId, sid, org, role, tier, ...changes.claims })
    .setProtectedHeader(header)
    .setIssuer(changes.issuer ?? "urn:bulwark:test")
    .setAudience(changes.audience ?? "urn:bulwark:test")
    .setIssuedAt(changes.from ?? now)
    .setExpirationTime(changes.to ?? now + 900)
    .sign(key);
};
const publicText = String(keyOfSet?.publicJwk.x);
const hmac = (text: string) => createSecretKey(Buffer.from(text.padEnd(32, "=")));
const [ed25519, ec] = [generateKeyPairSync("ed25519"), generateKeyPairSync("ec", { namedCurve: "P-256" })];
const unsecured = () =>
  new UnsecuredJWT({ ...person }).setSubject(person.userId).setExpirationTime("15m").encode();
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const [, payload = "", signature = ""] = genuine.split(".");
const headerLike = { alg: "EdDSA", typ: "at+jwt", kid: keys.signing().kid };
const past = Math.floor(Date.now() / 1_000) - 1_000;

describe("A8 ASVS 9.1 9.2 access tokens", () => {
  it("count as bearer and as cookie, and are verified once", async () => {
    expect((await world.bearer(genuine)).json()).toEqual({ name: `user:${person.userId}` });
    const before = world.looked();
    expect((await world.ask({ authorization: `bearer  ${genuine}` })).statusCode).toBe(200);
    expect((await world.ask({ cookie: `a=b; __Host-access=${genuine}; c=d` })).statusCode).toBe(200);
    expect(world.looked()).toBe(before);
  });

  it("that many requests bring at once are verified once, and again where they do not count", async () => {
    const lookedUp = vi.spyOn(keys, "verifying");
    const [good, bad] = [
      await world.tokens.sign({ ...person, sessionId: randomUUID() }),
      await forged({ issuer: "x" }),
    ];
    const statuses = async (token: string) =>
      (await Promise.all(Array.from({ length: 10 }, () => world.bearer(token)))).map(
        ({ statusCode }) => statusCode,
      );
    expect(new Set(await statuses(good))).toEqual(new Set([200]));
    expect(lookedUp).toHaveBeenCalledTimes(1);
    expect(new Set(await statuses(bad))).toEqual(new Set([401]));
    const before = lookedUp.mock.calls.length;
    expect((await world.bearer(bad)).statusCode).toBe(401);
    expect(lookedUp).toHaveBeenCalledTimes(before + 1);
  });

  it("no longer count, though remembered, when they have expired or their session has ended", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const { sessionId, ...rest } = person;
    const [ended, short] = [
      await world.tokens.sign({ ...rest, sessionId: randomUUID() }),
      await forged({ to: Math.floor(Date.now() / 1_000) + 1 }),
    ];
    const { sid } = JSON.parse(Buffer.from(ended.split(".")[1] ?? "", "base64url").toString());
    expect([(await world.bearer(ended)).statusCode, (await world.bearer(short)).statusCode]).toEqual([
      200, 200,
    ]);
    world.revocations.add([sid]);
    expect((await world.bearer(ended)).statusCode).toBe(401);
    vi.setSystemTime(Date.now() + 1_000);
    expect((await world.bearer(short)).statusCode).toBe(401);
  });

  it.each<[string, string | Promise<string>]>([
    ["9.1.1 another key with our key's id", forged({}, ed25519.privateKey)],
    [
      "9.1.1 a payload that was changed",
      `${encoded(headerLike)}.${encoded({ ...person, role: "admin" })}.${signature}`,
    ],
    ["9.1.1 no signature", `${encoded(headerLike)}.${payload}.`],
    ["9.1.2 alg none", unsecured()],
    ["9.1.2 alg none in our header", `${encoded({ ...headerLike, alg: "none" })}.${payload}.`],
    [
      "9.1.2 alg nOnE with our signature",
      `${encoded({ ...headerLike, alg: "nOnE" })}.${payload}.${signature}`,
    ],
    ["9.1.2 HS256 with the public key as secret", forged({ header: { alg: "HS256" } }, hmac(publicText))],
    ["9.1.2 ES256 with a key of the sender's", forged({ header: { alg: "ES256" } }, ec.privateKey)],
    [
      "9.1.3 jku",
      forged({ header: { kid: "sender's", jku: "https://evil.example/jwks" } }, ed25519.privateKey),
    ],
    [
      "9.1.3 jwk in the header",
      forged({ header: { jwk: ed25519.publicKey.export({ format: "jwk" }) } }, ed25519.privateKey),
    ],
    ["9.1.3 x5u", forged({ header: { x5u: "https://evil.example/cert" } }, ed25519.privateKey)],
    ["an unknown kid", forged({ header: { kid: "0123456789" } })],
    ["a kid that is a path", forged({ header: { kid: "../../dev/null" } })],
    ["no kid", forged({ header: { kid: undefined } })],
    [
      "a critical header that we do not know",
      `${encoded({ ...headerLike, crit: ["x"], x: 1 })}.${payload}.${signature}`,
    ],
    ["9.2.1 one that has expired", forged({ from: past, to: past + 900 })],
    ["9.2.1 one that is not yet valid", forged({ claims: { nbf: Math.floor(Date.now() / 1_000) + 600 } })],
    ["9.2.2 another type of token", forged({ header: { typ: "JWT" } })],
    ["9.2.2 no type", forged({ header: { typ: undefined } })],
    ["9.2.3 another environment's audience", forged({ audience: "urn:bulwark:production" })],
    ["another environment's issuer", forged({ issuer: "urn:bulwark:production" })],
    ["a role that we do not know", forged({ claims: { role: "root" } })],
    ["a session that is none", forged({ claims: { sid: "1' OR '1'='1" } })],
    ["claims of another kind", forged({ claims: { org: ["a"] } })],
    ["two dots", ".."],
    ["no base64", "é.é.é"],
    ["16 KiB", `${encoded(headerLike)}.${"A".repeat(15_000)}.${signature}`],
    ["four parts", `${genuine}.${signature}`],
    ["a space behind", `${genuine} x`],
  ])("A8 401 for %s", async (_name, given) => {
    const token = await given;
    const answer = await world.bearer(token);
    expect(answer.statusCode).toBe(401);
    expect(answer.json().code).toBe("credential_refused");
    expect(answer.headers["www-authenticate"]).toContain('error="invalid_token"');
  });

  it("A8 tokens of a key that rotated out do not count", async () => {
    const other = await firstKeySet();
    const foreign = await new AccessTokens(new KeySet(secretOf(other)), "test").sign(person);
    expect((await world.bearer(foreign)).statusCode).toBe(401);
  });
});

describe("A8 ASVS 3.3 3.5 cookies", () => {
  const own = `__Host-access=${genuine}`;
  const evil = "__Host-access=evil";

  it.each([
    ["twice", `${own}; ${own}`],
    ["twice with another", `${evil}; ${own}`],
    ["twice without spaces", `${own};${own}`],
    ["in other letters", `__host-Access=${genuine}`],
    ["in another cookie's value", `a=b ${own}`],
    ["at the end of another cookie's name", `x${own}`],
    ["in quotes", `__Host-access="${genuine}"`],
    ["empty", "__Host-access="],
  ])("401 for a token that is there %s", async (_name, cookie) => {
    expect((await world.ask({ cookie })).statusCode).toBe(401);
  });

  it("an Authorization header is judged alone, whatever the cookies", async () => {
    for (const authorization of ["Basic YTpi", "Bearer x", "Bearer", `Token ${genuine}`, "Bearer a.b.c"])
      expect((await world.ask({ cookie: own, authorization })).statusCode, authorization).toBe(401);
    const both = { cookie: evil, authorization: `Bearer ${genuine}` };
    expect((await world.ask(both, "POST")).statusCode).toBe(200);
  });

  it("ASVS 3.5.1 403 for a change without the session's token, or from a page of another site", async () => {
    const right = guard().tokenOf(person.sessionId);
    const post = async (headers: Record<string, string>) => {
      const answer = await world.ask({ cookie: own, ...headers }, "POST");
      return answer.statusCode === 200 ? 200 : answer.json().code;
    };
    expect(await post({ "x-csrf-token": right })).toBe(200);
    expect(await post({ "x-csrf-token": right, origin: "https://app.example.com" })).toBe(200);
    expect(await post({ "x-csrf-token": right, origin: "https://api.example.com" })).toBe(200);
    expect(await post({ "x-csrf-token": right, origin: "https://evil.example" })).toBe("origin_refused");
    expect(await post({ "x-csrf-token": right, "sec-fetch-site": "cross-site" })).toBe("origin_refused");
    for (const wrong of ["", "null", right.slice(1), `${right}AA`, guard().tokenOf(randomUUID())])
      expect(await post({ "x-csrf-token": wrong })).toBe("csrf_refused");
    expect(await post({})).toBe("csrf_refused");
    // R5: the key before counts as long as it is accepted.
    expect(await post({ "x-csrf-token": guard({ current: csrf.previous }).tokenOf(person.sessionId) })).toBe(
      200,
    );
    expect(await post({ "x-csrf-token": guard({ current: "o".repeat(43) }).tokenOf(person.sessionId) })).toBe(
      "csrf_refused",
    );
    expect((await world.ask({ cookie: own, "sec-fetch-site": "cross-site" })).statusCode).toBe(200);
  });

  it("are found at the start of a pair, in time that grows with the header alone", () => {
    expect(cookieValues("__Host-device=1;  __Host-device=2 ; x__Host-device=3", "device")).toEqual([
      "1",
      "2",
    ]);
    expect(cookieValues(`a=${" ".repeat(8_000)}__Host-device=1`, "device")).toEqual([]);
    expect(cookieValues("__Host-device=1 ".repeat(500), "device")).toHaveLength(1);
  });
});
