import { afterEach, describe, expect, it, vi } from "vitest";
import { LiveStream } from "../../../app/live/stream.ts";
import { defaultOrganisation } from "../../../app/organisations/table.ts";
import { eventually } from "../../support/index.ts";
import { bookingBody } from "../support/bookings.ts";
import { addBearer, addPerson, send, signedIn } from "../support/browser.ts";
import { keyed } from "../support/client.ts";
import { type TestApi, withApiFixture } from "../support/fixture.ts";
import { connect, exchange, type LiveClient, listen, present, refused } from "../support/live.ts";
import { makeKey, makeOrganisation } from "../support/people.ts";
import { restartableRedis } from "../support/restartable.ts";

const fixture = await withApiFixture();
const origin = "https://console.example.org";
const api = await fixture.start({ CORS_ORIGIN: origin, PUBLIC_HOST: "api.example.org" });
const other = await fixture.start();
const [port, otherPort] = [await listen(api), await listen(other)];

let day = 0;
/** Makes a booking at a time of its own. */
const book = async (at: TestApi, headers: Record<string, string> = keyed) => {
  const date = new Date(Date.UTC(2027, 2, 1 + day++)).toISOString().slice(0, 10);
  const body = bookingBody({ startsAt: `${date}T10:00:00Z`, endsAt: `${date}T11:00:00Z` });
  const answer = await send(at, "POST /v1/bookings", { body, headers });
  expect(answer.statusCode).toBe(201);
  return answer.json();
};
const keyOf = async (...scopes: Parameters<typeof makeKey>[2] & object) => {
  const key = await makeKey(api, await makeOrganisation(fixture), scopes.length > 0 ? scopes : undefined);
  return { ...key, headers: { ...keyed, authorization: `Bearer ${key.key}` } };
};
const cookieOf = async () => {
  const { cookies } = await signedIn(api, await addPerson(api));
  return `__Host-access=${cookies.get("__Host-access")}`;
};
const connections = async (at: TestApi) => /websocket_connections (\d+)/.exec(await at.metrics.text())?.[1];
const ended = (client: LiveClient, code: number) =>
  eventually(() => expect(client.ended).toMatchObject({ code }));
const handshake = [
  "GET /v1/live HTTP/1.1",
  "Host: api.example.org",
  `Authorization: ${keyed.authorization}`,
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
].join("\r\n");

const clock = performance.now.bind(performance);
/** Puts the clock that does not follow the date so much ahead. */
const ahead = (ms: number) => vi.spyOn(performance, "now").mockImplementation(() => clock() + ms);

afterEach(() => vi.useRealTimers());

describe("A15 ASVS 4.4.2-4 the handshake of live updates", () => {
  it.each([origin, "https://api.example.org"])(
    "takes the cookie of a page of %s, and counts and logs like a request",
    async (page) => {
      const cookie = await cookieOf();
      await present(port, { headers: { cookie }, origin: page });
      expect(api.lines).toContainEqual(expect.objectContaining({ route: "/v1/live", status: 101 }));
      expect(await api.metrics.text()).toContain('method="GET",route="/v1/live",status="101"');
    },
  );

  it("refuses the cookie from another site's page, and without a page", async () => {
    const cookie = await cookieOf();
    for (const page of [
      "https://evil.example",
      "null",
      "https://console.example.org.evil.example",
      undefined,
    ]) {
      const asking = { headers: { cookie }, ...(page && { origin: page }) };
      expect(await refused(port, asking), page).toMatchObject({ status: 403, code: "origin_refused" });
    }
  });

  it.each([
    ["no credential", { headers: {} }, 401, "unauthorised"],
    ["a key that is none", { headers: { authorization: "Bearer bw_x" } }, 401, "credential_refused"],
    ["a key from a foreign page", { origin: "https://evil.example" }, 403, "origin_refused"],
    ["an older protocol", { protocolVersion: 8 }, 426, "upgrade_required"],
    ["a cursor that is none", { after: "x" }, 400, "validation_failed"],
  ])("refuses %s", async (_, asking, status, code) => {
    expect(await refused(port, asking)).toMatchObject({ status, code });
  });

  it("refuses a key without the scope", async () => {
    const { headers } = await keyOf("bookings:write");
    expect(await refused(port, { headers })).toMatchObject({ status: 403, code: "forbidden" });
  });

  it("answers 426 to a plain request, and 405 to another method", async () => {
    const plain = await send(api, "GET /v1/live", { headers: keyed });
    expect(plain).toMatchObject({ statusCode: 426, headers: { upgrade: "websocket" } });
    expect(plain.json()).toMatchObject({ code: "upgrade_required" });
    expect(await exchange(port, `${handshake.replace("GET", "POST")}\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 405 /,
    );
  });

  it("serves other routes as if no upgrade had been asked for", async () => {
    const asked = handshake.replace("/v1/live", "/v1/bookings?limit=1").replace("Upgrade", "Upgrade, close");
    expect(await exchange(port, `${asked}\r\n\r\n`)).toMatch(/^HTTP\/1.1 200 /);
  });

  it.each([
    ["a body", "\r\nContent-Length: 60\r\n\r\nGET /v1/bookings HTTP/1.1\r\nHost: api.example.org\r\n\r\n"],
    ["chunks", "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/bookings HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["frames before the answer", "\r\n\r\n\x81\x00"],
    ["another request behind it", "\r\n\r\nGET /v1/bookings HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a key that is none", "=\r\n\r\n"],
  ])("A27 refuses a handshake with %s: one answer, and the connection is closed", async (_, rest) => {
    const answer = await exchange(port, handshake + rest);
    expect(answer.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 400"]);
    expect(answer).toContain('"code":"malformed_request"');
  });

  it("bounds WebSockets by caller, by address and for the process, until one ends", async () => {
    const small = await fixture.start({
      LIVE_SOCKETS_PER_CALLER_MAX: "1",
      LIVE_SOCKETS_PER_ADDRESS_MAX: "2",
      LIVE_SOCKETS_MAX: "3",
    });
    const [at, one, two] = [await listen(small), await keyOf(), await keyOf()];
    const first = await connect(at);
    expect(await refused(at)).toMatchObject({
      status: 429,
      code: "too_many_sockets",
      headers: { "retry-after": expect.any(String) },
    });
    await connect(at, one);
    expect(await refused(at, two)).toMatchObject({ status: 429, code: "too_many_sockets" });
    await connect(at, { ...two, localAddress: "127.0.0.2" });
    const { headers } = await keyOf();
    expect(await refused(at, { headers, localAddress: "127.0.0.3" })).toMatchObject({
      status: 503,
      code: "unavailable",
    });
    expect(await connections(small)).toBe("3");
    first.socket.close();
    await eventually(async () => expect(await connections(small)).toBe("2"));
    await connect(at);
  });
});

describe("A15 live updates", () => {
  it("reach the organisation's clients on every replica, once, and nobody else's", async () => {
    const stranger = await keyOf();
    const clients = [await present(port), await present(otherPort)];
    const foreign = await present(port, stranger);
    const idempotent = { ...keyed, "idempotency-key": '"told once"' };
    const body = bookingBody({ resource: "told once" });
    const made = (await send(api, "POST /v1/bookings", { body, headers: idempotent })).json();
    expect((await send(other, "POST /v1/bookings", { body, headers: idempotent })).json()).toEqual(made);
    const [id, headers] = [made.id, keyed];
    const changed = await send(other, `PATCH /v1/bookings/${id}`, {
      body: { version: 1, notes: "é" },
      headers,
    });
    const cancelled = await send(api, `POST /v1/bookings/${id}/cancel`, { body: { version: 2 }, headers });
    const expected = [
      { id: expect.any(String), type: "booking.created", booking: made },
      { id: expect.any(String), type: "booking.updated", booking: changed.json() },
      { id: expect.any(String), type: "booking.cancelled", booking: cancelled.json() },
    ];
    for (const { messages } of clients) await eventually(() => expect(messages).toEqual(expected));
    const own = await book(other, stranger.headers);
    await eventually(() => expect(foreign.messages).toMatchObject([{ booking: own }]));
  });

  it("an import is one message: load anew within five seconds", async () => {
    const key = await keyOf("bookings:read", "bookings:import");
    const client = await present(otherPort, key);
    const line = (hour: number) =>
      `Ann,ann@example.org,+4915112345678,,2027-03-01T1${hour}:00:00Z,2027-03-01T1${hour}:30:00Z,room`;
    const lines = ["clientName,clientEmail,clientPhone,notes,startsAt,endsAt,resource", line(1), line(2)];
    const headers = { ...key.headers, "content-type": "text/csv" };
    const answer = await api.app.inject({
      method: "POST",
      url: "/v1/bookings/import",
      headers,
      payload: lines.join("\r\n"),
    });
    expect(answer.statusCode).toBe(200);
    await eventually(() => expect(client.messages).toMatchObject([{ type: "reload", spreadMs: 5_000 }]));
  });

  it("a client that comes back gets what it missed, once and in order", async () => {
    const client = await present(port);
    await book(api);
    await eventually(() => expect(client.messages).toHaveLength(1));
    client.socket.close();
    const missed = [await book(other), await book(api)];
    const after = client.messages[0]?.id;
    const back = await connect(otherPort, { after });
    missed.push(await book(api));
    await eventually(() => expect(back.messages.map(({ booking }) => booking)).toEqual(missed));
  });

  it("a client that was away for long, or missed much, is told to load anew within five seconds", async () => {
    const client = await present(port);
    await book(api);
    await eventually(() => expect(client.messages).toHaveLength(1));
    const after = client.messages[0]?.id;
    const stream = new LiveStream(api.cache);
    const text = JSON.stringify({ type: "reload", spreadMs: 5_000, filler: "x".repeat(20_000) });
    for (let count = 0; count < 2; count++) await stream.append(defaultOrganisation, text);
    for (const cursor of [after, "1-0", "999999999999999-9999999999"]) {
      const back = await connect(otherPort, { after: cursor });
      await eventually(() =>
        expect(back.messages).toEqual([
          expect.objectContaining({ type: "reload", spreadMs: 5_000, id: expect.any(String) }),
        ]),
      );
      expect(back.messages[0]).not.toHaveProperty("filler");
    }
  });
});

describe("A15 the end of a WebSocket", () => {
  it("ASVS 7.4.1 comes within five seconds of a sign-out, on every replica", async () => {
    const { headers } = await addBearer(api);
    const clients = [await present(port, { headers }), await present(otherPort, { headers })];
    const bystander = await present(port);
    expect((await send(api, "POST /v1/auth/sign-out", { headers })).statusCode).toBe(204);
    for (const client of clients) await ended(client, 4401);
    expect(api.lines).toContainEqual(expect.objectContaining({ event: "live_ended", reason: "revoked" }));
    expect(bystander.ended).toBeUndefined();
  });

  it("comes with the end of the access token", async () => {
    const client = await present(port, { headers: (await addBearer(api)).headers });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 900_000 });
    await ended(client, 4401);
  });

  it("comes with the revocation of the API key, as soon as keys are looked up anew", async () => {
    const key = await keyOf();
    const client = await present(port, key);
    await key.revoke();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 4_000 });
    await ended(client, 4401);
  });

  it("comes when nothing is known of the session for five seconds, because the database is away", async () => {
    const cut = await fixture.start();
    const client = await present(await listen(cut), { headers: (await addBearer(api)).headers });
    const still = await present(port);
    await cut.database.close(0);
    ahead(5_000);
    await ended(client, 1013);
    expect(client.ended?.reason).toMatch(/^reconnect-after-ms=\d+$/);
    expect(still.ended).toBeUndefined();
  });

  it("a ping and a heartbeat every 30 s; who answers none for 90 s is dropped", async () => {
    const [silent, alive] = [await present(port, { autoPong: false }), await present(port)];
    let [pings, beats] = [0, 0];
    alive.socket.on("ping", () => pings++).on("message", () => beats++);
    for (let round = 1; round <= 3; round++) {
      ahead(round * 30_000);
      await eventually(() => expect([pings, beats]).toEqual([round, round]));
    }
    await ended(silent, 1006);
    expect(alive.ended).toBeUndefined();
  });

  it.each([
    ["a message", 1008, ({ socket }: LiveClient) => socket.send("hello")],
    ["a megabyte", 1009, ({ socket }: LiveClient) => socket.send("x".repeat(1_048_576))],
    [
      "10,000 pings",
      1008,
      ({ socket }: LiveClient) => {
        for (let count = 0; count < 10_000; count++) socket.ping("x".repeat(125));
      },
    ],
    [
      "fragments without end",
      1008,
      ({ socket }: LiveClient) => {
        for (let count = 0; count < 1_000; count++) socket.send("", { fin: false });
      },
    ],
  ])("comes with %s from the client", async (_, code, attack) => {
    const client = await present(port);
    attack(client);
    await ended(client, code);
  });

  it("comes with a compressed frame: nothing is unpacked", async () => {
    const client = await connect(port, { perMessageDeflate: true });
    expect(client.socket.extensions).toBe("");
    // FIN, RSV1, text: "compressed", masked, 1 byte.
    Reflect.get(client.socket, "_socket").write(Buffer.from([0xc1, 0x81, 0, 0, 0, 0, 0]));
    await ended(client, 1002);
  });

  it("comes for a client that does not read, and the others get every message", async () => {
    const [slow, quick] = [await present(port), await present(port)];
    const before = Number(await connections(api));
    slow.socket.pause();
    const stream = new LiveStream(api.cache);
    const text = JSON.stringify({ type: "reload", spreadMs: 0, filler: "x".repeat(1_000_000) });
    await eventually(async () => {
      await stream.append(defaultOrganisation, text);
      expect(Number(await connections(api))).toBe(before - 1);
    });
    const last = await book(api);
    await eventually(() => expect(quick.messages.at(-1)).toMatchObject({ booking: last }));
  });
});

describe("A15 without Redis", () => {
  it("changes are made as ever; when it is back, clients are told what they missed, or to load anew", async () => {
    const redis = await restartableRedis(fixture.cacheLogin);
    const alone = await fixture.start({ REDIS_PORT: String(redis.port) });
    const client = await present(await listen(alone));
    await redis.stop();
    await book(alone);
    expect(client.messages).toEqual([]);
    await redis.start();
    await eventually(() => expect(client.messages.at(-1)).toMatchObject({ type: "reload" }));
    await eventually(async () => {
      const next = await book(alone);
      await eventually(() => expect(client.messages.at(-1)).toMatchObject({ booking: next }), 200);
    });
    expect(await alone.metrics.text()).toMatch(/live_publish_failures_total [1-9]/);
    expect(client.ended).toBeUndefined();
  });
});
