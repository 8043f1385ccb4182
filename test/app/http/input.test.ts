import { once } from "node:events";
import { get } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { largestJson, parseJson } from "../../../app/http/json-body.ts";
import { agent, bookingBody } from "../support/bookings.ts";
import { withPlace } from "../support/place.ts";

const place = await withPlace();
const { app } = await place.start({ BODY_LIMIT_BYTES: "2048" });
const post = (payload: string | Buffer, headers: Record<string, string> = {}) =>
  app.inject({
    method: "POST",
    url: "/v1/bookings",
    headers: { ...agent, "content-type": "application/json", ...headers },
    payload,
  });
const read = (text: string) => parseJson(Buffer.from(text));
/** A request over a real connection: `inject` and `fetch` would tidy the path up. */
const getRaw = async (path: string): Promise<unknown> => {
  if (!app.server.listening) await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const request = get({ host: "127.0.0.1", port, path, headers: agent });
  const [answer] = await once(request, "response");
  return json(answer);
};
const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

describe("A6 input", () => {
  test("a member that nobody asked for is refused, by name", async () => {
    const answer = await post(JSON.stringify(bookingBody({ admin: true })));
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: "validation_failed", errors: [{ in: "body" }] });
    expect(answer.body).toContain("admin");
  });

  test("ten levels of JSON are read, eleven are refused", async () => {
    expect(read(nested(largestJson.depth))).toHaveLength(1);
    const answer = await post(nested(largestJson.depth + 1));
    expect(answer.json()).toMatchObject({
      status: 400,
      code: "malformed_request",
      detail: expect.stringContaining("10 levels"),
    });
  });

  test("levels, values and members are counted outside of strings only", () => {
    const text = `"${nested(40)}${"a:1,".repeat(2_000)}\\"`;
    expect(read(JSON.stringify({ text }))).toEqual({ text });
  });

  test("A26 as many values and members as are allowed are read, one more is refused", () => {
    const values = (count: number) => `[${Array.from({ length: count - 1 }, () => 0).join()}]`;
    const members = (count: number) =>
      `{${Array.from({ length: count }, (_, index) => `"${index}":0`).join()}}`;
    expect(read(values(largestJson.values))).toHaveLength(largestJson.values - 1);
    expect(() => read(values(largestJson.values + 2))).toThrow("more than 1000 values");
    expect(Object.keys(Object(read(members(largestJson.keys))))).toHaveLength(largestJson.keys);
    expect(() => read(members(largestJson.keys + 1))).toThrow("more than 250 members");
  });

  test("A26 an answer does not grow with the request: few mistakes are told, each in short", async () => {
    const { app: roomy } = await place.start();
    const keys = Array.from({ length: 200 }, (_, index) => [`${"k".repeat(200)}${index}`, 0]);
    const answer = await roomy.inject({
      method: "POST",
      url: "/v1/bookings",
      headers: agent,
      payload: Object.fromEntries(keys),
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.body.length).toBeLessThan(4_096);
  });

  test.each([
    '{"__proto__":{"admin":true}}',
    '{"a":{"constructor":{}}}',
    '{"list":[{"prototype":1}]}',
    '{"\\u005f_proto__":1}',
  ])("%s is refused, and changes no prototype", async (text) => {
    const answer = await post(text);
    expect(answer.json()).toMatchObject({ status: 400, code: "malformed_request" });
    expect({}).not.toHaveProperty("admin");
  });

  test("a null byte is refused in a value, a key and the URL", async () => {
    expect((await post(JSON.stringify(bookingBody({ notes: "a\0b" })))).json()).toMatchObject({
      code: "malformed_request",
    });
    expect((await post('{"a\\u0000b":1}')).json()).toMatchObject({ code: "malformed_request" });
    const answer = await app.inject({ url: "/v1/bookings?search=a%00b", headers: agent });
    expect(answer.json()).toMatchObject({ status: 400, code: "malformed_request" });
  });

  test.each([
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

  test("two dots that climb nowhere pass", async () => {
    const answer = await app.inject({ url: "/v1/bookings?search=a..b", headers: agent });
    expect(answer.statusCode).toBe(200);
  });

  test.each([
    ["no", undefined],
    ["an empty", "  "],
    ["an endless", "x".repeat(513)],
  ])("%s User-Agent is refused", async (_what, userAgent) => {
    const headers = userAgent === undefined ? { "user-agent": "" } : { "user-agent": userAgent };
    const answer = await app.inject({ url: "/v1/bookings", headers });
    expect(answer.json()).toMatchObject({ status: 400, detail: expect.stringContaining("User-Agent") });
  });

  test("a body over the limit is 413, one at the limit is read", async () => {
    const tooLarge = await post(JSON.stringify({ notes: "x".repeat(2_048) }));
    expect(tooLarge.json()).toMatchObject({ status: 413, code: "payload_too_large" });
    const text = JSON.stringify(bookingBody({ notes: "x".repeat(400) }));
    expect((await post(text)).statusCode).toBe(201);
  });
});
