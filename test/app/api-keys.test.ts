import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keyAuthenticator } from "../../app/api-keys/authenticator.ts";
import { LastUsed } from "../../app/api-keys/last-used.ts";
import type { Database } from "../../app/platform/database/database.ts";
import { agent, bookingBody } from "./support/bookings.ts";
import { addBearer, send } from "./support/browser.ts";
import { silent, withApiFixture } from "./support/fixture.ts";
import { makeKey, makeOrganisation } from "./support/people.ts";

const fixture = await withApiFixture();
const api = await fixture.start();
const replica = await fixture.start();
const ours = await makeOrganisation(fixture);
const others = await makeOrganisation(fixture);

const ask = (
  key: string,
  more: { of?: typeof api; url?: string; method?: "POST"; payload?: object } = {},
) => {
  const { of = api, url = "/v1/bookings", ...rest } = more;
  return of.app.inject({ url, ...rest, headers: { ...agent, authorization: `Bearer ${key}` } });
};
const refusals = (of = api) =>
  of.lines.filter(({ event }) => event === "credential_refused").map(({ reason }) => reason);
const rowOf = async (id: string) => {
  const sql = `SELECT * FROM ${fixture.login.dbname}.api_keys WHERE id = UUID_TO_BIN(?)`;
  return (await fixture.mysql.query(sql, [id]))[0];
};

/** Moves the clock of this process. */
const later = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("A10 a key", () => {
  it("names product, environment and id, and ends with a checksum that a scanner can verify", async () => {
    const { key, id } = await makeKey(api, ours);
    expect(key).toMatch(/^bw_test_[0-9a-f]{32}_[0-9a-f]{48}_[0-9a-f]{8}$/);
    expect(key).toContain(`_${id.replaceAll("-", "")}_`);
    expect(Number.parseInt(key.slice(-8), 16)).toBe(crc32(key.slice(0, -9)));
  });

  it("A10 ASVS 16.2.5 is not in the database, the audit trail or the log: only its hash is kept", async () => {
    const { key, id } = await makeKey(api, ours);
    await ask(key);
    const secret = key.split("_")[3] ?? "";
    const trail = await fixture.mysql.query(
      `SELECT action, \`before\`, after FROM ${fixture.login.dbname}_audit.audit_log WHERE entity_id = UUID_TO_BIN(?)`,
      [id],
    );
    expect(trail).toEqual([expect.objectContaining({ action: "api_key.created" })]);
    const kept =
      JSON.stringify([trail, api.lines]) +
      Object.values((await rowOf(id)) ?? {})
        .map(String)
        .join();
    expect(kept).not.toContain(secret);
    expect(kept).not.toContain(Buffer.from(secret, "hex").toString("latin1"));
  });

  it("acts for its organisation, whose bookings no other one's key sees, and audit trail and log name it", async () => {
    const [key, other] = [await makeKey(api, ours), await makeKey(api, others)];
    const made = await ask(key.key, { method: "POST", payload: bookingBody() });
    expect(made.statusCode).toBe(201);
    const url = `/v1/bookings/${made.json().id}`;
    expect((await ask(key.key, { url })).statusCode).toBe(200);
    expect((await ask(other.key, { url })).statusCode).toBe(404);
    expect((await ask(other.key)).json()).toEqual({ items: [], nextCursor: null });
    const [entry] = await fixture.mysql.query(
      `SELECT actor FROM ${fixture.login.dbname}_audit.audit_log WHERE entity_id = UUID_TO_BIN(?)`,
      [made.json().id],
    );
    expect(entry).toMatchObject({ actor: `key:${key.id}` });
    const line = api.lines.find(({ requestId }) => requestId === made.headers["x-request-id"]);
    expect(line).toMatchObject({ type: "request", actor: `key:${key.id}` });
  });

  it("may do what its scopes say and no more", async () => {
    const { key } = await makeKey(api, ours, ["bookings:read"]);
    expect((await ask(key)).statusCode).toBe(200);
    const refused = await ask(key, { method: "POST", payload: bookingBody() });
    expect(refused.json()).toMatchObject({
      status: 403,
      code: "forbidden",
      detail: "The API key needs the scope bookings:write.",
    });
  });

  it("does nothing with keys, whatever its scopes", async () => {
    const { key } = await makeKey(api, ours);
    expect((await ask(key, { url: "/v1/api-keys" })).statusCode).toBe(403);
  });
});

describe("A10 an admin's API keys", async () => {
  const signIn = async ({ organisationId }: typeof ours) =>
    (await addBearer(api, { role: "admin", organisationId })).headers;
  const organisation = await makeOrganisation(fixture);
  const headers = await signIn(organisation);
  const expiresAt = () => new Date(Date.now() + 86_400_000).toISOString();
  const wanted = { name: "A till", scopes: ["bookings:read"], expiresAt: expiresAt() };
  const list = async (as = headers) => (await send(api, "GET /v1/api-keys", { headers: as })).json().items;

  it("is shown once when it is made, then only what it may do and when it was used", async () => {
    const made = await send(api, "POST /v1/api-keys", { headers, body: wanted });
    expect(made.statusCode, made.body).toBe(201);
    expect(made.headers["cache-control"]).toBe("no-store");
    const { key, apiKey } = made.json();
    expect((await ask(key)).statusCode).toBe(200);
    expect(apiKey).toMatchObject({ ...wanted, lastUsedAt: null });
    const listed = await list();
    expect(listed).toContainEqual(apiKey);
    expect(JSON.stringify(listed)).not.toContain(key.split("_")[3]);
    expect(api.lines.find(({ event }) => event === "api_key_created")).toMatchObject({
      type: "security",
      keyId: apiKey.id,
      actor: `user:${apiKey.createdBy}`,
    });
    expect(JSON.stringify(api.lines)).not.toContain(key);
  });

  it("stops when it is revoked, is listed no longer, and is nobody else's to revoke", async () => {
    const { key, apiKey } = (await send(api, "POST /v1/api-keys", { headers, body: wanted })).json();
    const revoke = async (as: Record<string, string>) =>
      (await send(api, `DELETE /v1/api-keys/${apiKey.id}`, { headers: as })).statusCode;
    expect(await revoke(await signIn(others))).toBe(404);
    expect((await ask(key)).statusCode).toBe(200);
    expect(await revoke(headers)).toBe(204);
    later(5_000);
    expect((await ask(key)).statusCode).toBe(401);
    expect(await revoke(headers)).toBe(404);
    expect(await list()).not.toContainEqual(apiKey);
    expect(
      api.lines.find(({ event, keyId }) => event === "api_key_revoked" && keyId === apiKey.id),
    ).toBeDefined();
  });

  it.each([
    ["no name", { name: " " }, "name"],
    ["a name of two lines", { name: "a\nb" }, "name"],
    ["no scope", { scopes: [] }, "scopes"],
    ["a scope twice", { scopes: ["bookings:read", "bookings:read"] }, "scopes"],
    ["a scope that is none", { scopes: ["users:write"] }, "scopes.0"],
    ["no end", { expiresAt: undefined }, "expiresAt"],
    ["an end in the past", { expiresAt: "2020-01-01T00:00:00Z" }, "expiresAt"],
    ["an end after more than a year", { expiresAt: "2099-01-01T00:00:00Z" }, "expiresAt"],
  ])("with %s is refused by name", async (_what, change, field) => {
    const answer = await send(api, "POST /v1/api-keys", { headers, body: { ...wanted, ...change } });
    expect(answer.json()).toMatchObject({
      status: 400,
      code: "validation_failed",
      errors: [{ in: "body", field }],
    });
  });

  it("are a hundred at most, also when many are made at once", async () => {
    const crowded = await makeOrganisation(fixture);
    const as = await signIn(crowded);
    for (let made = 0; made < 98; made++) await makeKey(api, crowded);
    const create = () =>
      send(api, "POST /v1/api-keys", { headers: as, body: { ...wanted, expiresAt: expiresAt() } });
    const statuses = (await Promise.all(Array.from({ length: 5 }, create))).map(
      ({ statusCode }) => statusCode,
    );
    expect(statuses.sort()).toEqual([201, 201, 409, 409, 409]);
    expect(await list(as)).toHaveLength(100);
  });
});

describe("A10 a key that does not count is 401", () => {
  const flipped = (text: string, at: number) =>
    text.slice(0, at) + (text.at(at) === "0" ? "1" : "0") + text.slice(at + 1);
  const signed = (text: string) =>
    `${text.slice(0, -8)}${crc32(text.slice(0, -9)).toString(16).padStart(8, "0")}`;

  it.each<[string, (key: string) => string, string]>([
    ["with a wrong secret", (key) => signed(flipped(key, -20)), "unknown"],
    ["with another id", (key) => signed(flipped(key, 20)), "unknown"],
    ["mistyped", (key) => flipped(key, -20), "malformed"],
    ["of another environment", (key) => signed(key.replace("bw_test_", "bw_live_")), "malformed"],
    ["without its checksum", (key) => key.slice(0, -9), "malformed"],
    ["with something behind it", (key) => `${key}0`, "malformed"],
  ])("%s", async (_how, change, reason) => {
    const { key } = await makeKey(api, ours);
    const answer = await ask(change(key));
    expect(answer.json()).toMatchObject({ status: 401, code: "credential_refused" });
    expect(refusals().at(-1)).toBe(reason);
    expect((await ask(key)).statusCode).toBe(200);
  });

  it("from the moment it expires, also while it is remembered", async () => {
    const { key } = await makeKey(api, ours, ["bookings:read"], new Date(Date.now() + 2_000));
    expect((await ask(key)).statusCode).toBe(200);
    later(2_000);
    expect((await ask(key)).statusCode).toBe(401);
    later(10_000);
    expect((await ask(key)).statusCode).toBe(401);
    expect(refusals().slice(-2)).toEqual(["expired", "expired"]);
  });

  it("within five seconds of its revocation on every replica, and nobody can revoke it again", async () => {
    const { key, id, revoke } = await makeKey(api, ours);
    for (const of of [api, replica]) expect((await ask(key, { of })).statusCode).toBe(200);
    await revoke();
    later(5_000);
    for (const of of [api, replica]) expect((await ask(key, { of })).statusCode).toBe(401);
    expect(refusals(replica)).toEqual(["revoked"]);
    await expect(revoke()).rejects.toMatchObject({ code: "not_found" });
    expect((await rowOf(id))?.revoked_at).not.toBeNull();
  });
});

describe("A10 A20 the look-up", () => {
  it("asks MySQL once for all requests of four seconds, also for those that come at once", async () => {
    const { key } = await makeKey(api, ours);
    let reads = 0;
    const database: Pick<Database, "read"> = {
      read: (work) => {
        reads++;
        return api.database.read(work);
      },
    };
    const authenticate = keyAuthenticator({
      database,
      environment: "test",
      lastUsed: { note: () => undefined },
    });
    const request = { headers: { authorization: `bearer  ${key}` } };
    const first = await Promise.all(Array.from({ length: 20 }, () => authenticate(request)));
    expect(new Set(first).size).toBe(1);
    expect(authenticate(request)).toBe(first[0]);
    expect(reads).toBe(1);
    later(4_000);
    expect(await authenticate(request)).toEqual(first[0]);
    expect(reads).toBe(2);
  });

  it("gives up after five seconds with 503, and tries again with the next request", async () => {
    const { key } = await makeKey(api, ours);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const database = { read: vi.fn(() => new Promise<never>(() => undefined)) };
    const authenticate = keyAuthenticator({
      database,
      environment: "test",
      lastUsed: { note: () => undefined },
    });
    const request = { headers: { authorization: `Bearer ${key}` } };
    for (const calls of [1, 2]) {
      const answer = expect(authenticate(request)).rejects.toMatchObject({ code: "unavailable" });
      await vi.advanceTimersByTimeAsync(5_000);
      await answer;
      expect(database.read).toHaveBeenCalledTimes(calls);
    }
  });
});

describe("A10 when a key was last used", () => {
  it("is written once for many requests of many keys, after them", async () => {
    const [one, two, idle] = [await makeKey(api, ours), await makeKey(api, ours), await makeKey(api, ours)];
    const transaction = vi.spyOn(api.database, "transaction");
    const lastUsed = new LastUsed(api.database, silent());
    for (let turn = 0; turn < 10; turn++) for (const { id } of [one, two]) lastUsed.note(id);
    expect(transaction).not.toHaveBeenCalled();
    await lastUsed.close();
    expect(transaction).toHaveBeenCalledTimes(1);
    const used = await Promise.all([one, two, idle].map(({ id }) => rowOf(id)));
    expect(used.map((row) => row?.last_used_at !== null)).toEqual([true, true, false]);
  });

  it("is kept for the next time where it cannot be written", async () => {
    const { id } = await makeKey(api, ours);
    const transaction = vi.spyOn(api.database, "transaction").mockRejectedValueOnce(new Error("away"));
    const lastUsed = new LastUsed(api.database, silent());
    lastUsed.note(id);
    await lastUsed.write();
    await lastUsed.close();
    expect(transaction).toHaveBeenCalledTimes(2);
    expect((await rowOf(id))?.last_used_at).not.toBeNull();
  });
});
