import { createHmac } from "node:crypto";
import { once } from "node:events";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, inject, it, vi } from "vitest";
import * as z from "zod";
import { secretName } from "../../../app/contract/secrets.ts";
import { Dispatcher } from "../../../app/webhooks/dispatcher.ts";
import { WebhookKeys } from "../../../app/webhooks/keys.ts";
import { DeliveryQueue } from "../../../app/webhooks/queue.ts";
import { delivery as deliverySchema, webhook as webhookSchema } from "../../../app/webhooks/schema.ts";
import { Sender } from "../../../app/webhooks/sender.ts";
import { bookingBody } from "../support/bookings.ts";
import { addBearer, codeOf, send } from "../support/browser.ts";
import { silent, withApiFixture } from "../support/fixture.ts";
import { makeKey, makeOrganisation } from "../support/people.ts";

const fixture = await withApiFixture();
const first = { current: "the-first-value-of-the-webhooks-secret" };
await fixture.putSecret(secretName("test", "webhooks"), { signing: first });
const api = await fixture.start({ WEBHOOK_LOCAL_RECEIVERS: "true" });
const { ca, cert, key } = inject("servers");

interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}
const received: Received[] = [];
/** How the receiver answers a path; 204 without. */
const answers = new Map<string, (response: ServerResponse) => void>();
const receiver = createServer({ cert, key }, async (request, response) => {
  const path = request.url ?? "";
  received.push({ path, headers: request.headers, body: await text(request) });
  const answer = answers.get(path);
  if (answer) answer(response);
  else response.writeHead(204).end();
});
receiver.listen(0, "127.0.0.1");
await once(receiver, "listening");
const { port } = receiver.address() as AddressInfo;
afterAll(() => {
  receiver.closeAllConnections();
  receiver.close();
});
let paths = 0;
/** A path of the receiver's that nobody else uses. */
const place = () => `/hook-${++paths}`;
const at = (path: string) => received.filter((each) => each.path === path);
const answerWith = (path: string, status: number, headers = {}) =>
  answers.set(path, (response) => void response.writeHead(status, headers).end());

/** An organisation with an admin, and a till that books. */
const makeTenant = async () => {
  const organisation = await makeOrganisation(fixture);
  const { headers } = await addBearer(api, { role: "admin", organisationId: organisation.organisationId });
  const till = { authorization: `Bearer ${(await makeKey(api, organisation)).key}` };
  const book = async () => {
    const answer = await send(api, "POST /v1/bookings", { headers: till, body: bookingBody() });
    expect(answer.statusCode, answer.body).toBe(201);
    return answer.json();
  };
  const subscribe = async (path: string, events?: string[]) => {
    const body = { url: `https://localhost:${port}${path}`, ...(events && { events }) };
    const answer = await send(api, "POST /v1/webhooks", { headers, body });
    expect(answer.statusCode, answer.body).toBe(201);
    return z.object({ webhook: webhookSchema, key: z.string() }).parse(answer.json());
  };
  const list = async () =>
    z.array(webhookSchema).parse((await send(api, "GET /v1/webhooks", { headers })).json().items);
  const deliveries = async (id: string) => {
    const answer = await send(api, `GET /v1/webhooks/${id}/deliveries`, { headers });
    return z.array(deliverySchema).parse(answer.json().items);
  };
  return { headers, till, book, subscribe, list, deliveries };
};

interface Settings {
  secret?: () => { current: string; from?: string; previous?: string };
  now?: () => number;
  database?: typeof api.database;
  timeoutMs?: number;
}
/** A worker's dispatcher, which works when it is told to. */
const dispatcherOf = ({ secret = () => first, now = Date.now, database = api.database, ...own }: Settings) =>
  new Dispatcher(database, {
    keys: new WebhookKeys(secret, now),
    sender: new Sender({ local: true, ca: [ca], ...own }),
    logger: silent(),
    metrics: api.metrics,
    now,
  });
/** All that is due for all webhooks. */
const deliver = (settings: Settings = {}) => dispatcherOf(settings).run();

/** Which of the signatures a receiver with this key finds right: what the specification tells it to compute. */
const rightSignatures = (keyText: string, { headers, body }: Received): number[] => {
  const secret = Buffer.from(keyText.replace(/^whsec_/, ""), "base64");
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const right = `v1,${createHmac("sha256", secret).update(signed).digest("base64")}`;
  const given = String(headers["webhook-signature"]).split(" ");
  return given.flatMap((signature, index) => (signature === right ? [index] : []));
};

describe("S6 R5 webhooks: what a receiver gets", () => {
  it("S6 each change of a booking once, as the API answers it, signed by the key that only this webhook has", async () => {
    const [ours, theirs] = [await makeTenant(), await makeTenant()];
    const [path, other, foreign] = [place(), place(), place()];
    await ours.book();
    const { webhook, key: own } = await ours.subscribe(path);
    const another = await ours.subscribe(other, ["booking.cancelled"]);
    await theirs.subscribe(foreign);
    const booked = await ours.book();
    const line = `/v1/bookings/${booked.id}`;
    const { headers } = ours;
    const changed = await send(api, `PATCH ${line}`, {
      headers: ours.till,
      body: { version: 1, notes: "é" },
    });
    const cancelled = await send(api, `POST ${line}/cancel`, { headers: ours.till, body: { version: 2 } });
    await Promise.all([deliver(), deliver()]);
    const events = at(path).map(({ body }) => JSON.parse(body));
    expect(events.sort((a, b) => a.data.version - b.data.version)).toEqual([
      { type: "booking.created", timestamp: expect.any(String), data: booked },
      { type: "booking.updated", timestamp: expect.any(String), data: changed.json() },
      { type: "booking.cancelled", timestamp: expect.any(String), data: cancelled.json() },
    ]);
    expect(at(other).map(({ body }) => JSON.parse(body).type)).toEqual(["booking.cancelled"]);
    expect(at(foreign)).toEqual([]);
    for (const message of at(path)) {
      expect(message.headers).toMatchObject({ "content-type": "application/json", connection: "close" });
      expect(rightSignatures(own, message)).toEqual([0]);
      expect(rightSignatures(another.key, message)).toEqual([]);
    }
    const listed = await ours.deliveries(webhook.id.toUpperCase());
    expect(
      listed.map(({ event, status, attempts, lastStatus }) => [event, status, attempts, lastStatus]),
    ).toEqual(["cancelled", "updated", "created"].map((verb) => [`booking.${verb}`, "delivered", 1, 204]));
    expect(new Set(at(path).map((message) => message.headers["webhook-id"]))).toEqual(
      new Set(listed.map(({ id }) => id)),
    );
    const again = await send(api, `GET /v1/webhooks/${webhook.id.toUpperCase()}/key`, { headers });
    expect(again.json()).toEqual({ key: own });
  });

  it("R5 while a rotation overlaps, both keys verify; the new one signs first once every process has it", async () => {
    const { book, subscribe } = await makeTenant();
    const path = place();
    const { webhook, key: old } = await subscribe(path);
    const from = new Date(Date.now() + 60_000).toISOString();
    const secret = () => ({
      current: "the-second-value-of-the-webhooks-secret",
      from,
      previous: first.current,
    });
    const later = () => Date.now() + 61_000;
    const told = [Date.now, later].map((now) => new WebhookKeys(secret, now).text(webhook.id));
    expect(told[0]).toBe(old);
    await book();
    await deliver({ secret });
    await book();
    await deliver({ secret, now: later });
    const found = at(path).map((message) => told.map((text) => rightSignatures(text, message)));
    expect(found).toEqual([
      [[0], [1]],
      [[1], [0]],
    ]);
  });

  it("S6 an import's bookings, and what is done while nobody delivers", async () => {
    const { headers, subscribe } = await makeTenant();
    const path = place();
    await subscribe(path);
    const lines = Array.from(
      { length: 60 },
      (_, index) => `room ${index},A,a@example.org,+491,,2027-03-01T10:00:00Z,2027-03-01T11:00:00Z`,
    );
    const file = `resource,clientName,clientEmail,clientPhone,notes,startsAt,endsAt\n${lines.join("\n")}`;
    const answer = await api.app.inject({
      method: "POST",
      url: "/v1/bookings/import",
      headers: { "user-agent": "test", "content-type": "text/csv", ...headers },
      payload: file,
    });
    expect(answer.json()).toEqual({ imported: 60 });
    await Promise.all([deliver(), deliver()]);
    const ids = at(path).map(({ body }) => JSON.parse(body).data.id);
    expect([ids.length, new Set(ids).size]).toEqual([60, 60]);
  });

  it("S6 costs the booking nothing: its statements are the same with a webhook and without", async () => {
    const { book, subscribe } = await makeTenant();
    const statements = async () => {
      const counts = (await api.metrics.text()).matchAll(/^db_query_duration_seconds_count\{.*\} (\d+)$/gm);
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
    };
    const cost = async () => {
      const before = await statements();
      await book();
      return (await statements()) - before;
    };
    await book();
    const without = await cost();
    await subscribe(place());
    expect([without > 0, await cost()]).toEqual([true, without]);
  });
});

describe("S6 webhooks: a receiver that fails", () => {
  const hour = 3_600_000;

  it("S6 is tried ten times over three days, then no more; the webhook is disabled, and an admin enables it and replays", async () => {
    const { headers, book, subscribe, list, deliveries } = await makeTenant();
    const path = place();
    const { webhook } = await subscribe(path);
    answerWith(path, 500);
    await book();
    let clock = Date.now();
    const begun = clock;
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 10; attempt++) {
      await deliver({ now: () => clock });
      const [made] = await deliveries(webhook.id);
      expect(made).toMatchObject({ attempts: attempt, lastStatus: 500 });
      if (made?.nextAttemptAt == null) break;
      waits.push((Date.parse(made.nextAttemptAt) - clock) / 1_000);
      clock = Date.parse(made.nextAttemptAt) - 1;
      await deliver({ now: () => clock });
      clock += 60_001;
    }
    expect(at(path)).toHaveLength(10);
    const least = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
    expect(
      waits.map((wait, index) => wait >= (least[index] ?? 0) && wait <= 1.2 * (least[index] ?? 0)),
    ).toEqual(least.map(() => true));
    expect(clock - begun).toBeGreaterThan(72 * hour);
    const ids = at(path).map((message) => message.headers["webhook-id"]);
    expect(await deliveries(webhook.id)).toMatchObject([
      { id: ids[0], status: "failed", nextAttemptAt: null },
    ]);
    expect(new Set(ids).size).toBe(1);
    expect(await list()).toMatchObject([{ enabled: false, disabledReason: "failing", version: 2 }]);
    const trail = await send(api, "GET /v1/audit?action=webhook.disabled", { headers });
    expect(trail.json().items).toMatchObject([{ actor: "worker", after: { disabledReason: "failing" } }]);

    const replay = () =>
      send(api, `POST /v1/webhooks/${webhook.id}/deliveries/${ids[0]}/replay`, { headers });
    expect(codeOf(await replay())).toBe("conflict");
    await book();
    const body = { version: 2, enabled: true };
    const enabled = await send(api, `PATCH /v1/webhooks/${webhook.id}`, { headers, body });
    expect(enabled.json()).toMatchObject({
      enabled: true,
      disabledReason: null,
      failingSince: null,
      version: 3,
    });
    expect((await replay()).json()).toMatchObject({ status: "pending", attempts: 0 });
    answers.delete(path);
    await deliver({ now: () => clock + 60_000 });
    expect(at(path).map((message) => message.headers["webhook-id"])).toEqual([...ids, ids[0]]);
    expect(await deliveries(webhook.id)).toMatchObject([{ status: "delivered", attempts: 1 }]);
  });

  it("S6 that has gone (410) is disabled at once; a redirect is a failure, and is not followed", async () => {
    const { book, subscribe, list, deliveries } = await makeTenant();
    const [gone, moved, target] = [place(), place(), place()];
    answerWith(gone, 410);
    answerWith(moved, 307, { location: target });
    await subscribe(gone);
    const { webhook } = await subscribe(moved);
    await book();
    await deliver();
    expect(await list()).toMatchObject([
      { disabledReason: "gone" },
      { disabledReason: null, failingSince: expect.any(String) },
    ]);
    expect(await deliveries(webhook.id)).toMatchObject([{ status: "pending", lastStatus: 307 }]);
    expect(at(target)).toEqual([]);
  });

  it("S6 that does not answer is given up; one whose answer has no end has answered; Retry-After is heeded", async () => {
    const { book, subscribe, deliveries } = await makeTenant();
    const [silentOne, endless, busy] = [place(), place(), place()];
    const mute = await subscribe(silentOne);
    answers.set(silentOne, () => undefined);
    await book();
    await deliver({ timeoutMs: 100 });
    expect(await deliveries(mute.webhook.id)).toMatchObject([
      { status: "pending", lastStatus: null, lastError: "timeout" },
    ]);
    answers.delete(silentOne);
    answers.set(endless, (response) => {
      response.writeHead(200);
      const more = setInterval(() => response.write("x".repeat(65_536)), 1);
      response.on("close", () => clearInterval(more));
    });
    answerWith(busy, 503, { "retry-after": "1000" });
    const [taking, later] = [await subscribe(endless), await subscribe(busy)];
    await book();
    const before = Date.now();
    await deliver();
    expect(await deliveries(taking.webhook.id)).toMatchObject([{ status: "delivered", lastStatus: 200 }]);
    const [waiting] = await deliveries(later.webhook.id);
    expect(Date.parse(waiting?.nextAttemptAt ?? "")).toBeGreaterThanOrEqual(before + 1_000_000);
  });

  it("S6 a worker that ends between the answer and the mark makes another one send it again, with the same id and body", async () => {
    const { book, subscribe, deliveries } = await makeTenant();
    const path = place();
    const { webhook } = await subscribe(path);
    await book();
    const broken = { ...api.database };
    answers.set(path, (response) => {
      broken.transaction = () => Promise.reject(new Error("killed"));
      response.writeHead(204).end();
    });
    await deliver({ database: broken });
    answers.delete(path);
    expect(await deliveries(webhook.id)).toMatchObject([{ status: "pending", attempts: 0 }]);
    // Nobody else begins while the first one could still be at it.
    await deliver();
    expect(at(path)).toHaveLength(1);
    await deliver({ now: () => Date.now() + 60_000 });
    const [one, two] = at(path);
    expect(two?.headers["webhook-id"]).toBe(one?.headers["webhook-id"]);
    expect(two?.body).toBe(one?.body);
    expect(await deliveries(webhook.id)).toMatchObject([{ status: "delivered", attempts: 1 }]);
  });
});

describe("S6 webhooks: an admin's", () => {
  it("S6 are the organisation's alone, are changed by version, and each change is in the audit trail", async () => {
    const [ours, theirs] = [await makeTenant(), await makeTenant()];
    const { webhook } = await ours.subscribe(place());
    const line = `/v1/webhooks/${webhook.id}`;
    const patch = (body: object, { headers } = ours) => send(api, `PATCH ${line}`, { headers, body });
    expect(codeOf(await patch({ version: 1, enabled: false }, theirs))).toBe("not_found");
    for (const route of [`GET ${line}/key`, `GET ${line}/deliveries`, `DELETE ${line}`]) {
      expect(codeOf(await send(api, route, { headers: theirs.headers }))).toBe("not_found");
    }
    expect((await patch({ version: 1, events: ["booking.created"], enabled: false })).json()).toMatchObject({
      events: ["booking.created"],
      disabledReason: "admin",
      version: 2,
    });
    const stale = await patch({ version: 1, enabled: true });
    expect(stale.json()).toMatchObject({ code: "conflict", current: { version: 2, enabled: false } });
    expect(codeOf(await patch({ version: 2, url: "https://127.0.0.1/#a" }))).toBe("validation_failed");
    await send(api, `GET ${line}/key`, { headers: ours.headers });
    expect((await send(api, `DELETE ${line}`, { headers: ours.headers })).statusCode).toBe(204);
    expect(await ours.list()).toEqual([]);
    const trail = await send(api, `GET /v1/audit?entity=webhook&entityId=${webhook.id}`, ours);
    const actions: string[] = trail.json().items.map(({ action }: { action: string }) => action);
    expect(actions).toEqual(["removed", "key_read", "updated", "created"].map((verb) => `webhook.${verb}`));
  });

  it("S6 are ten at most; their deliveries are paged, by a cursor of this list and organisation, and kept for 30 days", async () => {
    const { headers, book, subscribe } = await makeTenant();
    const { webhook } = await subscribe(place());
    for (let made = 1; made < 10; made++) await subscribe(place(), ["booking.updated"]);
    const body = { url: "https://example.org/" };
    expect(codeOf(await send(api, "POST /v1/webhooks", { headers, body }))).toBe("conflict");
    for (let made = 0; made < 3; made++) await book();
    await deliver();
    const page = async (query: string) =>
      (await send(api, `GET /v1/webhooks/${webhook.id}/deliveries?${query}`, { headers })).json();
    const [all, one] = [await page(""), await page("limit=2")];
    const two = await page(`cursor=${one.nextCursor}`);
    expect([all.items.length, all.nextCursor, two.nextCursor]).toEqual([3, null, null]);
    expect([...one.items, ...two.items]).toEqual(all.items);
    expect((await page("cursor=AAAA")).code).toBe("validation_failed");
    const unknown = `POST /v1/webhooks/${webhook.id}/deliveries/${webhook.id}/replay`;
    expect(codeOf(await send(api, unknown, { headers }))).toBe("not_found");
    const removeOld = (days: number) =>
      new DeliveryQueue(api.database, () => Date.now() + days * 86_400_000).removeOld();
    await removeOld(29);
    expect(await page("")).toEqual(all);
    await removeOld(31);
    expect(await page("")).toEqual({ items: [], nextCursor: null });
  });
});

describe("S6 ASVS 1.3.6 15.3.2 webhooks: nothing is sent into a network of ours", () => {
  const stop = new AbortController().signal;
  const post = (url: string, sender: Sender) => sender.post(url, {}, "{}", stop);

  it.each([
    "http://example.org/",
    "https://user@example.org/",
    "https://:pass@example.org/",
    "https://example.org:8443/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "ftp://example.org/",
    "nonsense",
  ])("S6 %s is refused", async (url) => {
    const resolve = vi.fn(async () => ["93.184.216.34"]);
    expect(await post(url, new Sender({ local: false, resolve }))).toMatchObject({ error: "refused_url" });
    expect(resolve).not.toHaveBeenCalled();
  });

  it.each([
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "169.254.170.23",
    "172.31.255.255",
    "192.0.0.8",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:a00:1::1",
    "3fff::1",
    "4000::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "fe80::1%lo",
    "nonsense",
  ])("S6 a name that leads to %s is refused, also beside one that is public", async (address) => {
    for (const found of [[address], ["93.184.216.34", address]]) {
      const sender = new Sender({ local: false, resolve: async () => found });
      expect(await post("https://example.org/", sender)).toMatchObject({ error: "refused_address" });
    }
  });

  it("S6 a name is resolved once for an attempt, and the connection goes there: another answer of DNS comes too late", async () => {
    const resolve = vi.fn(async () => ["127.0.0.1"]).mockResolvedValueOnce(["127.0.0.2"]);
    const allows = (address: string) => address === "127.0.0.2";
    const bound: (string | undefined)[] = [];
    const other = createServer({ cert, key }, (_request, response) => void response.writeHead(204).end());
    other.on("secureConnection", (socket) => void bound.push(socket.localAddress));
    other.listen(0, "0.0.0.0");
    await once(other, "listening");
    const url = `https://localhost:${(other.address() as AddressInfo).port}/`;
    const sender = new Sender({ local: true, ca: [ca], resolve, allows });
    const attempts = [await post(url, sender), await post(url, sender)];
    other.close();
    expect(attempts).toMatchObject([{ status: 204 }, { status: null, error: "refused_address" }]);
    expect([bound, resolve.mock.calls]).toEqual([["127.0.0.2"], [["localhost"], ["localhost"]]]);
  });

  it("S6 a receiver whose certificate is another one's, or nobody's, gets nothing", async () => {
    const url = `https://other.example:${port}${place()}`;
    const resolve = async () => ["127.0.0.1"];
    const [another, unknown] = [
      await post(url, new Sender({ local: true, ca: [ca], resolve })),
      await post(url, new Sender({ local: true, resolve })),
    ];
    expect([another.error, unknown.status]).toEqual(["ERR_TLS_CERT_ALTNAME_INVALID", null]);
    expect(at(new URL(url).pathname)).toEqual([]);
  });
});
