import { createLocalJWKSet, jwtVerify, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { firstKeySet, signingKeys } from "../../../infra/functions/rotation/signing-keys.ts";
import { eventually } from "../../support/index.ts";
import { agent } from "../support/bookings.ts";
import { type TestApi, withApiFixture } from "../support/fixture.ts";

const fixture = await withApiFixture();
const url = "/.well-known/jwks.json";
const api = await fixture.start({ SECRETS_REFRESH_SECONDS: "1" });
const ask = (of: TestApi = api, more: { method?: "POST"; query?: Record<string, string> } = {}) =>
  of.app.inject({ url, headers: agent, ...more });
const shown = z.object({ keys: z.array(z.record(z.string(), z.string())) });
const kidsOf = async () => shown.parse((await ask()).json()).keys.map(({ kid }) => kid);

describe("R4 the published keys", () => {
  it("200: a key set by RFC 7517 that a library reads, and that verifies what the API signs", async () => {
    const answer = await ask();
    expect(answer.statusCode).toBe(200);
    expect(answer.headers["content-type"]).toMatch(/^application\/jwk-set\+json/);
    const { kid, privateKey } = api.keys.signing();
    const token = await new SignJWT({ sub: "a" }).setProtectedHeader({ alg: "EdDSA", kid }).sign(privateKey);
    const set = createLocalJWKSet(JSON.parse(answer.body));
    expect((await jwtVerify(token, set)).payload).toEqual({ sub: "a" });
  });

  it("no private member is in it", async () => {
    const { keys } = shown.parse((await ask()).json());
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([["alg", "crv", "kid", "kty", "use", "x"]]);
  });

  it("it may be kept as long as the API itself keeps it, and never until a new key signs", async () => {
    expect((await ask()).headers["cache-control"]).toBe("public, max-age=1");
    const slow = await fixture.start({ SECRETS_REFRESH_SECONDS: "3600" });
    expect((await ask(slow)).headers["cache-control"]).toBe("public, max-age=240");
  });

  it("400: it takes no parameters, and the refusal is kept by nobody", async () => {
    const answer = await ask(api, { query: { fresh: "1" } });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: "validation_failed", errors: [{ in: "query" }] });
    expect(answer.headers["cache-control"]).toBe("no-store");
  });

  it("405: it is only read", async () => {
    const answer = await ask(api, { method: "POST" });
    expect([answer.statusCode, answer.headers.allow]).toEqual([405, "GET, HEAD, OPTIONS"]);
  });

  it("304: who has the current keys gets no body, until there are others", async () => {
    const { etag } = (await ask()).headers;
    const again = (tag: string | undefined) =>
      api.app.inject({ url, headers: { ...agent, "if-none-match": String(tag) } });
    const same = await again(String(etag));
    expect([same.statusCode, same.body, same.headers.etag]).toEqual([304, "", etag]);
    expect((await again('"another"')).statusCode).toBe(200);
  });

  it("429: it has a limit of its own, which nothing else uses up", async () => {
    const limited = await fixture.start({ RATE_LIMIT_MAX: "1", RATE_LIMIT_JWKS_MAX: "2" });
    const statuses = [];
    for (const path of ["/v1/bookings", "/v1/bookings", url, url, url]) {
      const asked = { url: path, headers: agent, remoteAddress: "192.0.2.44" };
      statuses.push((await limited.app.inject(asked)).statusCode);
    }
    expect(statuses).toEqual([401, 429, 200, 200, 429]);
  });
});

describe("R4 R7 while the keys rotate", () => {
  it("a key that signs later is published as soon as it is read, and the one before it stays", async () => {
    const set = await firstKeySet();
    await fixture.putSecret(fixture.secretIds.jwt, set);
    await eventually(async () => expect(await kidsOf()).toEqual(set.keys.map(({ kid }) => kid)));
    const next = await signingKeys({ refreshSeconds: 1, slackSeconds: 300, lifeSeconds: 900 }).next(set);
    await fixture.putSecret(fixture.secretIds.jwt, next);
    await eventually(async () => expect(await kidsOf()).toEqual(next.keys.map(({ kid }) => kid)));
    expect(api.keys.signing().kid).toBe(set.keys[0]?.kid);
    expect(await api.metrics.text()).toContain('secret_switches_total{secret="jwt"} 2');
  });

  it("a set that is broken, and Secrets Manager that does not answer, leave the keys as they are", async () => {
    const before = await kidsOf();
    const [key] = (await firstKeySet()).keys;
    await fixture.putSecret(fixture.secretIds.jwt, { keys: [{ ...key, publicJwk: { kty: "OKP" } }] });
    const said = (text: string) =>
      eventually(() =>
        expect(JSON.stringify(api.lines.filter(({ level }) => level === "error"))).toContain(text),
      );
    await said(`key ${key?.kid} of the set does not work`);
    await fixture.aws.stop();
    await said("ECONNREFUSED");
    expect(await kidsOf()).toEqual(before);
  });
});
