import { once } from "node:events";
import { get } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { largestJson, parseJson } from "../../../app/http/json-body.ts";
import { bookingBody } from "../support/bookings.ts";
import { keyed } from "../support/client.ts";
import { withApiFixture } from "../support/fixture.ts";

const fixture = await withApiFixture();
const { app } = await fixture.start({ BODY_LIMIT_BYTES: "2048" });
const post = (payload: string | Buffer, headers: Record<string, string> = {}) =>
  app.inject({
    method: "POST",
    url: "/v1/bookings",
    headers: { ...keyed, "content-type": "application/json", ...headers },
    payload,
  });
const read = (text: string) => parseJson(Buffer.from(text));
/** A request over a real connection: `inject` and `fetch` would tidy the path up. */
const getRaw = async (path: string): Promise<unknown> => {
  if (!app.server.listening) await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const request = get({ host: "127.0.0.1", port, path, headers: keyed });
  const [answer] = await once(request, "response");
  return json(answer);
};
const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

describe("A6 input", () => {
  it("a member that nobody asked for is refused, by name", async () => {
    const answer = await post(JSON.stringify(bookingBody({ admin: true })));
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: "validation_failed", errors: [{ in: "body" }] });
    expect(answer.body).toContain("admin");
  });

  it("ten levels of JSON are read, eleven are refused", async () => {
    expect(read(nested(largestJson.depth))).toHaveLength(1);
    const answer = await post(nested(largestJson.depth + 1));
    expect(answer.json()).toMatchObject({
      status: 400,
      code: "malformed_request",
      detail: expect.stringContaining("10 levels"),
    });
  });

  it("levels, values and members are counted outside of strings only", () => {
    const text = `"${nested(40)}${"a:1,".repeat(2_000)}\\"`;
    expect(read(JSON.stringify({ text }))).toEqual({ text });
  });

  it("A26 as many values and members as are allowed are read, one more is refused", () => {
    const values = (count: number) => `[${Array.from({ length: count - 1 }, () => 0).join()}]`;
    const members = (count: number) =>
      `{${Array.from({ length: count }, (_, index) => `"${index}":0`).join()}}`;
    expect(read(values(largestJson.values))).toHaveLength(largestJson.values - 1);
    expect(() => read(values(largestJson.values + 2))).toThrow("more than 1000 values");
    expect(Object.keys(Object(read(members(largestJson.keys))))).toHaveLength(largestJson.keys);
    expect(() => read(members(largestJson.keys + 1))).toThrow("more than 250 members");
  });

  it("A26 an answer does not grow with the request: few mistakes are told, each in short", async () => {
    const { app: roomy } = await fixture.start();
    const keys = Array.from({ length: 200 }, (_, index) => [`${"k".repeat(200)}${index}`, 0]);
    const answer = await roomy.inject({
      method: "POST",
      url: "/v1/bookings",
      headers: keyed,
      payload: Object.fromEntries(keys),
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.body.length).toBeLessThan(4_096);
  });

  it.each([
    '{"__proto__":{"admin":true}}',
    '{"a":{"constructor":{}}}',
    '{"list":[{"prototype":1}]}',
    '{"\\u005f_proto__":1}',
  ])("%s is refused, and changes no prototype", async (text) => {
    const answer = await post(text);
    expect(answer.json()).toMatchObject({ status: 400, code: "malformed_request" });
    expect({}).not.toHaveProperty("admin");
  });

  it("a null byte is refused in a value, a key and the URL", async () => {
    expect((await post(JSON.stringify(bookingBody({ notes: "a\0b" })))).json()).toMatchObject({
      code: "malformed_request",
    });
    expect((await post('{"a\\u0000b":1}')).json()).toMatchObject({ code: "malformed_request" });
    const answer = await app.inject({ url: "/v1/bookings?search=a%00b", headers: keyed });
    expect(answer.json()).toMatchObject({ status: 400, code: "malformed_request" });
  });

  it.each([
    "/v1/../../etc/passwd",
    "/v1/%2e%2e/%2e%2e/etc/passwd",
    "/v1/..%2f..%2fetc/passwd",
    "/v1/bookings/..%5c..%5cwin.ini",
    "/v1/.%2e/secret",
    "/..",
  ])("%s climbs, and is refused", async (path) => {
    expect(await getRaw(path)).toMatchObject({
      status: 400,
      code: "malformed_request",
      detail: expect.stringContaining("climbs"),
    });
  });

  it("two dots that climb nowhere pass", async () => {
    const answer = await app.inject({ url: "/v1/bookings?search=a..b", headers: keyed });
    expect(answer.statusCode).toBe(200);
  });

  it("an endless User-Agent is refused; none is no fault (RFC 9110 section 10.1.5 asks for one, and demands none)", async () => {
    const asked = (userAgent: string) =>
      app.inject({ url: "/v1/bookings", headers: { ...keyed, "user-agent": userAgent } });
    expect((await asked("x".repeat(513))).json()).toMatchObject({
      status: 400,
      detail: expect.stringContaining("User-Agent"),
    });
    expect((await asked("")).statusCode).toBe(200);
  });

  it("a member that is missing is called required, in words that are not a programmer's", async () => {
    const errors = z.object({ errors: z.array(z.object({ field: z.string(), message: z.string() })) });
    const told = errors.parse((await post("{}")).json()).errors;
    expect(told.map(({ field }) => field)).toEqual([
      "clientName",
      "clientEmail",
      "clientPhone",
      "startsAt",
      "endsAt",
    ]);
    for (const { message } of told) expect(message).toBe("is required");
  });

  it("a body over the limit is 413, one at the limit is read", async () => {
    const tooLarge = await post(JSON.stringify({ notes: "x".repeat(2_048) }));
    expect(tooLarge.json()).toMatchObject({ status: 413, code: "payload_too_large" });
    const text = JSON.stringify(bookingBody({ notes: "x".repeat(400) }));
    expect((await post(text)).statusCode).toBe(201);
  });
});

describe("A27 text", () => {
  const one = String.fromCharCode(0xd800);
  const booking = (notes: string) => JSON.stringify(bookingBody({ notes }));

  it.each([
    ["the first half of a pair", booking(`a${one}`)],
    ["the second half of a pair", booking("a\udc00")],
    ["the halves in the wrong order", booking("\udc00\ud83d")],
    ["a name that is half a pair", '{"a\\ud800":1}'],
    ["half a pair deep inside", '{"a":[{"b":"\\uDBFF"}]}'],
  ])("%s is refused in a new booking and in a change, and nothing is stored", async (_what, payload) => {
    const { id } = (await post(booking("before"))).json();
    const change = await app.inject({
      method: "PATCH",
      url: `/v1/bookings/${id}`,
      headers: { ...keyed, "content-type": "application/json" },
      payload: payload.replace("{", '{"version":1,'),
    });
    for (const answer of [await post(payload), change]) {
      expect(answer.json()).toMatchObject({ status: 400, code: "malformed_request" });
    }
    const kept = await app.inject({ url: `/v1/bookings/${id}`, headers: keyed });
    expect(kept.json()).toMatchObject({ version: 1, notes: "before" });
  });

  it.each([
    ["an overlong slash", [0xc0, 0xaf]],
    ["a surrogate in UTF-8", [0xed, 0xa0, 0x80]],
    ["a byte that begins nothing", [0x80]],
    ["a sequence that breaks off", [0xe2, 0x82]],
    ["more than Unicode has", [0xf4, 0x90, 0x80, 0x80]],
    ["Latin-1", [0xe4]],
  ])("bytes that are not UTF-8 are refused: %s", async (_what, bytes) => {
    const [head, tail] = booking("|").split("|") as [string, string];
    const answer = await post(Buffer.concat([Buffer.from(head), Buffer.from(bytes), Buffer.from(tail)]));
    expect(answer.json()).toMatchObject({ status: 400, detail: "The body is not UTF-8." });
  });

  it("a byte order mark is refused (RFC 8259 section 8.1)", async () => {
    expect((await post(`\ufeff${booking("x")}`)).json()).toMatchObject({ status: 400 });
  });

  it("whatever Unicode has comes back as it was sent", async () => {
    const notes = "Zoë 😀 👩‍👩‍👧 e\u0301 \u202e \ufffd \u{10ffff} ﷽";
    const made = await post(booking(notes));
    expect(made.json().notes).toBe(notes);
    const kept = await app.inject({ url: `/v1/bookings/${made.json().id}`, headers: keyed });
    expect(kept.json().notes).toBe(notes);
  });

  it.each(["utf-16", "iso-8859-1", "utf-16le", "us-ascii", '"utf-7"', "utf-8x", ""])(
    "the charset %j is refused with 415",
    async (charset) => {
      const type = `application/json; charset=${charset}`;
      expect((await post(booking("x"), { "content-type": type })).json()).toMatchObject({
        status: 415,
        code: "unsupported_media_type",
      });
    },
  );

  it.each(["utf-8", "UTF-8", '"utf-8"', "utf8"])("the charset %j is read", async (charset) => {
    const type = `application/json; charset=${charset}`;
    expect((await post(booking("x"), { "content-type": type })).statusCode).toBe(201);
  });

  it.each(["gzip", "br", "deflate", "identity, gzip", "x-unheard-of"])(
    "the content coding %j is refused with 415, and the answer names the one that is taken",
    async (coding) => {
      const answer = await post(booking("x"), { "content-encoding": coding });
      expect(answer.json()).toMatchObject({ status: 415, code: "unsupported_media_type" });
      expect(answer.headers["accept-encoding"]).toBe("identity");
    },
  );

  it.each([
    ["half a pair", "%ED%A0%80"],
    ["an overlong slash", "%C0%AF"],
    ["Latin-1", "%E4"],
    ["a percent sign by itself", "%"],
    ["bytes that are not encoded", "\u00c3\u00a4"],
  ])("in a URL: %s is refused in the query and the path", async (_what, text) => {
    for (const path of [`/v1/bookings?search=${text}`, `/v1/bookings/${text}`]) {
      expect(await getRaw(path)).toMatchObject({ status: 400, code: "malformed_request" });
    }
  });
});
