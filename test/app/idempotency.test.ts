import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { defaultOrganisation } from "../../app/organisations/table.ts";
import { idToBytes } from "../../app/platform/ids.ts";
import { eventually } from "../support/index.ts";
import { bookingBody } from "./support/bookings.ts";
import { keyed } from "./support/client.ts";
import { type TestApi, withApiFixture } from "./support/fixture.ts";
import { makeKey, makeOrganisation } from "./support/people.ts";

const fixture = await withApiFixture();
const [api, other] = [await fixture.start(), await fixture.start()];
const schema = fixture.login.dbname;

interface Sending {
  key?: string;
  at?: TestApi;
  headers?: Record<string, string>;
}

const send = async (line: string, payload: object, { key, at = api, headers = keyed }: Sending = {}) => {
  const [method, url] = line.split(" ");
  const answer = await at.app.inject({
    method: z.enum(["POST", "PATCH"]).parse(method),
    url,
    headers: { ...headers, ...(key && { "idempotency-key": key }) },
    payload,
  });
  return { status: answer.statusCode, body: answer.json(), text: answer.body, headers: answer.headers };
};
const post = (payload: object, sending?: Sending) => send("POST /v1/bookings", payload, sending);
const count = async (where: string, values: unknown[] = [], from = `${schema}.bookings`) => {
  const [row] = await fixture.mysql.query(`SELECT COUNT(*) AS n FROM ${from} WHERE ${where}`, values);
  return Number(row?.n);
};
const keys = (key: string) => count("key_hash = UNHEX(SHA2(?, 256))", [key], `${schema}.idempotency_keys`);

describe("A12 a write with an Idempotency-Key", () => {
  it("A12 is done once; the same request gets the same answer byte by byte, its status and its own headers, and is told that it is a repetition", async () => {
    const [key, payload] = [randomUUID(), bookingBody()];
    const first = await post(payload, { key });
    const again = await post(payload, { key, at: other });
    expect(first).toMatchObject({ status: 201, headers: { location: `/v1/bookings/${first.body.id}` } });
    expect(first.headers["idempotency-replayed"]).toBeUndefined();
    const { text, headers } = first;
    expect(again).toMatchObject({ status: 201, text, headers: { location: headers.location } });
    expect(again.headers["content-type"]).toBe(headers["content-type"]);
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect(await count("resource = ?", [payload.resource])).toBe(1);
    const actions = `${schema}_audit.audit_log`;
    expect(await count("entity_id = ?", [idToBytes(first.body.id)], actions)).toBe(1);
  });

  it("A12 is a change or a cancellation as well: the answer is the one of then, whatever has happened since", async () => {
    const { body } = await post(bookingBody());
    const path = `/v1/bookings/${body.id}`;
    const [change, cancel] = [randomUUID(), randomUUID()];
    const changed = await send(`PATCH ${path}`, { version: 1, notes: "first" }, { key: change });
    const cancelled = await send(`POST ${path}/cancel`, { version: 2 }, { key: cancel });
    const answers = [
      await send(`PATCH ${path}`, { notes: "first", version: 1 }, { key: change }),
      await send(`POST ${path}/cancel`, { version: 2 }, { key: cancel }),
    ];
    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [200, changed.text],
      [200, cancelled.text],
    ]);
    expect(await count("id = ? AND version = 3", [idToBytes(body.id)])).toBe(1);
  });

  it("A12 twenty at once over two replicas make one booking and get twenty equal answers", async () => {
    const [key, payload] = [randomUUID(), bookingBody()];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => post(payload, { key, at: index % 2 ? api : other })),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 201 });
    expect(answers.filter(({ headers }) => headers["idempotency-replayed"] === "true")).toHaveLength(19);
    expect(await count("resource = ?", [payload.resource])).toBe(1);
  });

  it.each([
    ["another body", "POST /v1/bookings", { notes: "another" }, {}],
    ["another state to change", "POST /v1/bookings", {}, { "if-match": '"2"' }],
  ])("A12 with %s is 422, and does nothing", async (_what, line, changes, headers) => {
    const [key, payload] = [randomUUID(), bookingBody()];
    await post(payload, { key });
    const answer = await send(line, { ...payload, ...changes }, { key, headers: { ...keyed, ...headers } });
    expect(answer).toMatchObject({ status: 422, body: { code: "idempotency_key_reused" } });
    expect(await count("resource = ?", [payload.resource])).toBe(1);
  });

  it("A12 belongs to its caller, its organisation and its route: another one's same key is another key", async () => {
    const [key, payload] = [randomUUID(), bookingBody()];
    const made = await post(payload, { key });
    const [user] = await fixture.mysql.query(`SELECT BIN_TO_UUID(id) AS id FROM ${schema}.users LIMIT 1`);
    const colleague = await makeKey(api, { organisationId: defaultOrganisation, userId: user?.id });
    const stranger = await makeKey(api, await makeOrganisation(fixture));
    const answers = [
      // The slot is taken by the first one: the same organisation's.
      await post(payload, { key, headers: { ...keyed, authorization: `Bearer ${colleague.key}` } }),
      await post(payload, { key, headers: { ...keyed, authorization: `Bearer ${stranger.key}` } }),
      await send(`POST /v1/bookings/${made.body.id}/cancel`, { version: 1 }, { key }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([409, 201, 200]);
    expect(answers.map(({ headers }) => headers["idempotency-replayed"])).toEqual(
      answers.map(() => undefined),
    );
  });

  it("A12 that is refused leaves nothing, and is done when it is sent again and can be", async () => {
    const [key, payload] = [randomUUID(), bookingBody()];
    const inTheWay = await post(payload);
    expect(await post(payload, { key })).toMatchObject({ status: 409, body: { code: "slot_taken" } });
    expect(await keys(key)).toBe(0);
    await send(`POST /v1/bookings/${inTheWay.body.id}/cancel`, { version: 1 });
    expect(await post(payload, { key })).toMatchObject({ status: 201 });
  });

  it.each([
    ["in quotes", 201, '"one \\"key\\""'],
    ["of 255 characters", 201, "k".repeat(255)],
    ["of 256 characters", 400, "k".repeat(256)],
    ["of no characters", 400, '""'],
    ["in one quote", 400, '"open'],
    ["with a parameter", 400, '"a";b=1'],
    ["of two headers", 400, "one, two"],
    ["beyond ASCII", 400, "sch\u00f6n"],
  ])("A12 a key %s is answered %i", async (_what, status, key) => {
    const answer = await post(bookingBody(), { key });
    expect(answer.status).toBe(status);
    if (status === 400) {
      expect(answer.body.errors).toEqual([expect.objectContaining({ field: "idempotency-key" })]);
    }
  });

  it("A12 the same key with and without quotes is the same", async () => {
    const [key, payload] = [randomUUID(), bookingBody()];
    const first = await post(payload, { key });
    expect((await post(payload, { key: `"${key}"` })).text).toBe(first.text);
  });

  it("A12 is forgotten when it has expired: then it is done anew; and what has expired is removed by those that follow", async () => {
    const [key, payload] = [randomUUID(), bookingBody()];
    const first = await post(payload, { key });
    await send(`POST /v1/bookings/${first.body.id}/cancel`, { version: 1 });
    const expire = (where: string) =>
      fixture.mysql.query(
        `UPDATE ${schema}.idempotency_keys SET expires_at = NOW(3) - INTERVAL 1 DAY WHERE ${where}`,
      );
    await expire("TRUE");
    const second = await post(payload, { key });
    expect(second.status).toBe(201);
    expect(second.body.id).not.toBe(first.body.id);
    expect(await keys(key)).toBe(1);
    await expire("TRUE");
    for (let sent = 0; sent < 50; sent++) await post(bookingBody(), { key: randomUUID() });
    await eventually(async () =>
      expect(await count("expires_at < NOW(3)", [], `${schema}.idempotency_keys`)).toBe(0),
    );
    expect(await count("TRUE", [], `${schema}.idempotency_keys`)).toBeLessThanOrEqual(50);
  });
});
