import { createPublicKey, generateKeyPairSync, randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { type Access, accessTable, scopes } from "../../../app/http/access.ts";
import { newId } from "../../../app/platform/ids.ts";
import { bookingBody } from "../support/bookings.ts";
import { addBearer, send } from "../support/browser.ts";
import { withApiFixture } from "../support/fixture.ts";
import { makeKey, makeOrganisation } from "../support/people.ts";

const fixture = await withApiFixture();
const api = await fixture.start();
const [ours, others] = [await makeOrganisation(fixture), await makeOrganisation(fixture)];

const currentPassword = randomUUID();
const signIn = (role: "admin" | "member", { organisationId } = ours) =>
  addBearer(api, { role, organisationId, password: currentPassword });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const admin = await signIn("admin");
const [header, payload, signature] = admin.token.split(".").map(String);
const claims = z
  .record(z.string(), z.unknown())
  .parse(JSON.parse(Buffer.from(payload ?? "", "base64url").toString()));
const { kid, privateKey } = api.keys.signing();
const foreign = generateKeyPairSync("ed25519").privateKey;

/** The admin's token, made again with these changes. */
const forged = (
  changes: Record<string, unknown>,
  key: Parameters<SignJWT["sign"]>[0] = privateKey,
  head = {},
) =>
  new SignJWT({ ...claims, ...changes })
    .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid, ...head })
    .sign(key);
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const ended = async () => {
  const { token } = await signIn("admin");
  await send(api, "POST /v1/auth/sign-out", { headers: bearer(token) });
  return token;
};
const revoked = async () => {
  const { key, revoke } = await makeKey(api, ours);
  await revoke();
  return key;
};
const second = Math.floor(Date.now() / 1_000);

/** Credentials that count nowhere. */
const refused: Record<string, () => string | Promise<string>> = {
  "a token that has expired": () => forged({ iat: second - 1_000, exp: second - 100 }),
  "a token whose session was revoked": ended,
  "a token by a foreign key under our key's name": () => forged({}, foreign),
  "a token by a foreign key under a name of its own": () => forged({}, foreign, { kid: "another-key" }),
  "a token with alg none": () => `${encoded({ alg: "none", typ: "at+jwt", kid })}.${payload}.`,
  "a token with HMAC by our public key": () =>
    forged({}, Buffer.from(createPublicKey(privateKey).export({ format: "pem", type: "spki" })), {
      alg: "HS256",
    }),
  "a token whose claims were changed": () =>
    `${header}.${encoded({ ...claims, org: others.organisationId })}.${signature}`,
  "a token of another environment": () => forged({ iss: "urn:bulwark:live", aud: "urn:bulwark:live" }),
  "a JWT that is no access token": () => forged({}, privateKey, { typ: "JWT" }),
  "a key that has expired": async () =>
    (await makeKey(api, ours, [...scopes], new Date(Date.now() - 1_000))).key,
  "a key that was revoked": revoked,
  "a key with a digit changed": async () =>
    (await makeKey(api, ours)).key.replace(/.$/, (last) => (last === "0" ? "1" : "0")),
  "a text that is no credential": () => "rubbish",
};

const lines = Object.keys(accessTable);
const access = (line: string): Access => accessTable[line] ?? "public";
const limited = lines.filter((line) => access(line) !== "public");
const open = lines.filter((line) => access(line) === "public");
const ruleOf = (line: string): Exclude<Access, "public"> => {
  const rule = access(line);
  return rule === "public" ? { roles: [] } : rule;
};
const withId = lines.filter((line) => line.includes(":id"));

/** Bodies that pass the schema, where a route has an id. */
const bodies: Record<string, object> = {
  "PATCH /v1/bookings/:id": { version: 1, notes: "theirs" },
  "POST /v1/bookings/:id/cancel": { version: 1 },
  "POST /v1/sessions/:id/revoke": { currentPassword },
  "PATCH /v1/users/:id": { version: 1, name: "Theirs" },
  "PATCH /v1/webhooks/:id": { version: 1, enabled: false },
};
const ask = async (line: string, headers: Record<string, string>, id = newId()) => {
  const body = /^(POST|PATCH)/.test(line) ? (bodies[line] ?? {}) : undefined;
  const path = line.replace(":id", id).replace(":deliveryId", newId());
  const answer = await send(api, path, { headers, ...(body && { body }) });
  const code = answer.statusCode < 400 ? undefined : answer.json().code;
  return { status: answer.statusCode, code };
};
/** What each of these routes answers. */
const answers = async (to: readonly string[], headers: Record<string, string>) => {
  const found: Record<string, unknown> = {};
  for (const line of to) {
    const { status, code } = await ask(line, headers);
    found[line] = `${status} ${code ?? ""}`.trim();
  }
  return found;
};
const all = (of: readonly string[], answer: string) => Object.fromEntries(of.map((line) => [line, answer]));
/** What was refused for its credential, or broke. */
const refusals = (found: Record<string, unknown>) =>
  Object.entries(found).filter(([, answer]) => /^(401|403|429|5..)/.test(String(answer)));

describe(`A8 A10 ASVS 8.2.1 9.1.1 9.1.2 9.2.1 9.2.2 9.2.3 each of ${lines.length} routes × ${Object.keys(refused).length} credentials that do not count`, () => {
  it.each(Object.entries(refused))(
    `%s: 401 on ${limited.length} routes, not read on ${open.length}`,
    async (_what, make) => {
      const headers = bearer(await make());
      expect(await answers(limited, headers)).toEqual(all(limited, "401 credential_refused"));
      expect(Object.values(await answers(open, headers))).not.toContain("401 credential_refused");
    },
  );
});

describe("A8 A10 ASVS 8.2.1 what a credential is not enough for", () => {
  it(`no credential: 401 on ${limited.length} routes`, async () => {
    expect(await answers(limited, {})).toEqual(all(limited, "401 unauthorised"));
  });

  const forAdmins = limited.filter((line) => !ruleOf(line).roles.includes("member"));
  it(`a member: 403 on ${forAdmins.length} routes, enough for ${limited.length - forAdmins.length}`, async () => {
    const headers = bearer((await signIn("member")).token);
    expect(await answers(forAdmins, headers)).toEqual(all(forAdmins, "403 forbidden"));
    expect(
      refusals(
        await answers(
          limited.filter((line) => !forAdmins.includes(line)),
          headers,
        ),
      ),
    ).toEqual([]);
  });

  it(`an admin: enough for ${limited.length} routes`, async () => {
    expect(refusals(await answers(limited, bearer((await signIn("admin")).token)))).toEqual([]);
  });

  it.each(scopes)("a key with the scope %s only: 403 on every route that does not name it", async (scope) => {
    const headers = bearer((await makeKey(api, ours, [scope])).key);
    const enough = limited.filter((line) => ruleOf(line).scope === scope);
    const others = limited.filter((line) => ruleOf(line).scope !== scope);
    expect(await answers(others, headers)).toEqual(all(others, "403 forbidden"));
    expect(enough.length).toBeGreaterThan(0);
    expect(refusals(await answers(enough, headers))).toEqual([]);
  });
});

describe("A6 A8 what each route refuses from a caller who may use it", () => {
  const unsafe = limited.filter((line) => !line.startsWith("GET "));
  // Twilio signs what it sends: no cookie counts there.
  const signsIn = open.filter((line) => line.startsWith("POST ") && line !== "POST /v1/sms/events");
  const evil = { origin: "https://evil.example" };

  it(`ASVS 3.5.1 403 for cookies without the session's token on ${unsafe.length} routes, and for another site's page on ${unsafe.length + signsIn.length}`, async () => {
    const { token } = await signIn("admin");
    const cookie = { cookie: `__Host-access=${token}` };
    expect(await answers(unsafe, cookie)).toEqual(all(unsafe, "403 csrf_refused"));
    expect(await answers(unsafe, { ...cookie, ...evil })).toEqual(all(unsafe, "403 origin_refused"));
    const password = "a bad password";
    const proofs: Record<string, object> = {
      "POST /v1/auth/sign-in": { email: "nobody@example.org", password },
      "POST /v1/auth/accept-invitation": { token: "x", password },
    };
    for (const line of signsIn) {
      const answer = await send(api, line, { headers: evil, body: proofs[line] ?? {} });
      expect([line, answer.json().code]).toEqual([line, "origin_refused"]);
    }
  });

  it(`400 for an id that is none on ${withId.length} routes`, async () => {
    const found: Record<string, string> = {};
    for (const line of withId) {
      const { status, code } = await ask(line, bearer(admin.token), "1");
      found[line] = `${status} ${code}`;
    }
    expect(found).toEqual(all(withId, "400 validation_failed"));
  });
});

describe(`A8 A10 ASVS 8.2.2 8.4.1 ${withId.length} routes × another organisation's ids`, () => {
  /** What another organisation has, by the collection that the path names. */
  const theirs = async (): Promise<Record<string, string>> => {
    const person = await signIn("member", others);
    const made = await send(api, "POST /v1/bookings", { headers: bearer(person.token), body: bookingBody() });
    const { items } = (await send(api, "GET /v1/sessions", { headers: bearer(person.token) })).json();
    const { id: key } = await makeKey(api, others);
    const boss = bearer((await signIn("admin", others)).token);
    const body = { url: "https://example.org/" };
    const { webhook } = (await send(api, "POST /v1/webhooks", { headers: boss, body })).json();
    const ids = { bookings: made.json().id, users: person.id, sessions: items[0].id };
    return { ...ids, "api-keys": key, webhooks: webhook.id };
  };

  it.each([
    ["an admin", async () => (await signIn("admin")).token],
    ["a key with every scope", async () => (await makeKey(api, ours)).key],
  ])("%s: 404, as for what does not exist, and all is as it was", async (who, make) => {
    const ids = await theirs();
    const headers = bearer(await make());
    const reachable = withId.filter((line) => who === "an admin" || ruleOf(line).scope !== undefined);
    const before = await everything();
    for (const line of reachable) {
      const id = ids[line.split("/")[2] ?? ""];
      expect(id, `say in this test what another organisation has under ${line}`).toBeDefined();
      expect({ line, ...(await ask(line, headers, id)) }).toEqual({ line, status: 404, code: "not_found" });
      expect({ line, ...(await ask(line, headers)) }).toEqual({ line, status: 404, code: "not_found" });
    }
    expect(await everything()).toEqual(before);
  });

  /** All rows of the other organisation that a request could change. */
  const everything = async () => {
    const rows = [];
    for (const table of ["bookings", "users", "sessions", "api_keys", "webhooks"]) {
      const sql = `SELECT * FROM ${fixture.login.dbname}.${table} WHERE organisation_id = UUID_TO_BIN(?) ORDER BY id`;
      rows.push(await fixture.mysql.query(sql, [others.organisationId]));
    }
    return rows;
  };
});
