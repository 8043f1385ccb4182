import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { problems } from "../../../app/http/errors/catalogue.ts";
import { Problem } from "../../../app/http/errors/problem.ts";
import { translate } from "../../../app/http/errors/translate.ts";
import { bookingBody } from "../support/bookings.ts";
import { keyed } from "../support/client.ts";
import { withApiFixture } from "../support/fixture.ts";

const fixture = await withApiFixture();
const api = await fixture.start({ REQUEST_TIMEOUT_MS: "1000" });
const { app } = api;

/** What every problem document has. */
const document = (code: keyof typeof problems) => ({
  type: `urn:bulwark:problem:${code}`,
  title: problems[code].title,
  status: problems[code].status,
  code,
  detail: expect.any(String),
  requestId: expect.stringMatching(/^[\w.-]{8,64}$/),
  timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
});
const json = "application/json";

describe("A7 every refusal is a problem document", () => {
  it.each([
    ["an unknown path", "GET", "/nowhere", {}, undefined, "not_found"],
    ["a method that is not there", "DELETE", "/v1/bookings", {}, undefined, "method_not_allowed"],
    [
      "a body that is no JSON",
      "POST",
      "/v1/bookings",
      { "content-type": json },
      "{oops",
      "malformed_request",
    ],
    ["an empty body", "POST", "/v1/bookings", { "content-type": json }, "", "malformed_request"],
    [
      "another content type",
      "POST",
      "/v1/bookings",
      { "content-type": "text/xml" },
      "<a/>",
      "unsupported_media_type",
    ],
    ["a body without a type", "POST", "/v1/bookings", { "content-type": "" }, "{}", "unsupported_media_type"],
    ["a wrong member", "POST", "/v1/bookings", { "content-type": json }, "{}", "validation_failed"],
    ["a URL that is none", "GET", "/v1/bookings/%zz", {}, undefined, "malformed_request"],
  ] as const)("%s", async (_what, method, url, headers, payload, code) => {
    const answer = await app.inject({
      method,
      url,
      headers: { ...keyed, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
    expect(answer.statusCode).toBe(problems[code].status);
    expect(answer.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
    expect(answer.json()).toMatchObject(document(code));
  });

  it("405 says what is allowed", async () => {
    const list = await app.inject({ method: "DELETE", url: "/v1/bookings?x=1", headers: keyed });
    expect(list.headers.allow).toBe("GET, HEAD, OPTIONS, POST");
    const one = await app.inject({ method: "PUT", url: "/v1/bookings/abc", headers: keyed, payload: {} });
    expect(one.headers.allow).toBe("GET, HEAD, OPTIONS, PATCH");
  });

  it.each([
    ["a body that nobody reads", "QUERY", "/v1/bookings", {}],
    ["a body on GET, which another method takes", "GET", "/v1/auth/sign-in", { payload: "{}" }],
    ["a path of its own, which is another route's parameter", "GET", "/v1/bookings/import", {}],
    ["the same, with a body of another type", "PATCH", "/v1/bookings/import", { payload: "x" }],
  ] as const)(
    "405 comes before all that a body or a parameter could be refused for: %s",
    async (_what, method, url, more) => {
      const headers = { ...keyed, "content-type": "text/csv" };
      const { statusCode, headers: answered } = await app.inject({ method, url, headers, ...more });
      expect([statusCode, answered.allow]).toEqual([405, expect.not.stringContaining(method)]);
    },
  );

  it("an error of ours tells the client its request id and the log what happened", async () => {
    const log = `${fixture.login.dbname}_audit.audit_log`;
    await fixture.mysql.query(`RENAME TABLE ${log} TO ${log}_away`);
    const answer = await app.inject({
      method: "POST",
      url: "/v1/bookings",
      headers: keyed,
      payload: bookingBody(),
    });
    await fixture.mysql.query(`RENAME TABLE ${log}_away TO ${log}`);
    expect(answer.json()).toMatchObject(document("internal"));
    expect(answer.body).not.toMatch(/audit|table|ER_|stack|sql/i);
    const line = api.lines.find(
      ({ msg, requestId }) => msg === "request failed" && requestId === answer.json().requestId,
    );
    expect(line).toMatchObject({ level: "error", err: { type: "Error", code: "ER_NO_SUCH_TABLE" } });
  });

  it("a request that takes too long is 504", async () => {
    const table = `${fixture.login.dbname}.bookings`;
    const holder = await fixture.mysql.connect(fixture.mysql.admin);
    const made = await app.inject({
      method: "POST",
      url: "/v1/bookings",
      headers: keyed,
      payload: bookingBody(),
    });
    await holder.query(`LOCK TABLES ${table} WRITE`);
    const started = performance.now();
    const answer = await app.inject({ url: `/v1/bookings/${made.json().id}`, headers: keyed });
    await holder.query("UNLOCK TABLES");
    expect(answer.json()).toMatchObject(document("timeout"));
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it.each([
    [Object.assign(new Error("x"), { code: "ECONNREFUSED" }), "unavailable"],
    [Object.assign(new Error("x"), { code: "PROTOCOL_CONNECTION_LOST" }), "unavailable"],
    [Object.assign(new Error("x"), { code: "ER_ACCESS_DENIED_ERROR" }), "unavailable"],
    [Object.assign(new Error("x"), { code: "ER_QUERY_TIMEOUT" }), "timeout"],
    [Object.assign(new Error("x"), { code: "ER_LOCK_DEADLOCK" }), "unavailable"],
    [new Error("password=hunter2"), "internal"],
    ["a thrown string", "internal"],
    [new Problem("bad_gateway", "x"), "bad_gateway"],
  ])("%o becomes %s", (error, code) => {
    const problem = translate(error);
    expect(problem.code).toBe(code);
    expect(problem.message).not.toContain("hunter2");
    if (problem.statusCode === 503) expect(problem.headers).toHaveProperty("retry-after");
  });
});

describe("A7 what never becomes a request", () => {
  const talk = async (text: string): Promise<string> => {
    if (!app.server.listening) await app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const socket = connect(port, "127.0.0.1");
    socket.write(text);
    const parts: Buffer[] = [];
    for await (const part of socket) parts.push(part);
    return Buffer.concat(parts).toString();
  };
  const parse = (answer: string) => ({
    head: answer.slice(0, answer.indexOf("\r\n\r\n")),
    body: JSON.parse(answer.slice(answer.indexOf("\r\n\r\n"))),
  });

  it("bytes that are not HTTP get 400, with all headers, and the connection ends", async () => {
    const { head, body } = parse(await talk("this is not http\r\n\r\n"));
    expect(head).toMatch(/^HTTP\/1\.1 400 /);
    expect(head).toContain("content-type: application/problem+json");
    expect(head).toContain("x-content-type-options: nosniff");
    expect(body).toMatchObject(document("malformed_request"));
  });

  it("headers without end get 431", async () => {
    const { body } = parse(await talk(`GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${"x".repeat(20_000)}\r\n\r\n`));
    expect(body).toMatchObject(document("headers_too_large"));
  });

  const line = "GET /v1/bookings HTTP/1.1\r\n";
  it.each([
    ["no Host", `${line}Connection: close\r\n\r\n`, "malformed_request"],
    [
      "two credentials",
      `${line}Host: a\r\nAuthorization: Bearer a\r\nauthorization: Bearer b\r\nConnection: close\r\n\r\n`,
      "malformed_request",
    ],
    ["two Hosts", `${line}Host: a\r\nhost: b\r\nConnection: close\r\n\r\n`, "malformed_request"],
    [
      "an expectation",
      `${line}Host: a\r\nExpect: the-best\r\nConnection: close\r\n\r\n`,
      "expectation_failed",
    ],
    [
      "a body with GET",
      `${line}Host: a\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx`,
      "malformed_request",
    ],
    ["CONNECT", "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n", "method_not_allowed"],
    ["a method that HTTP does not have", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "method_not_allowed"],
    [
      "a method that only others have",
      "PROPFIND /v1/bookings HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
      "method_not_allowed",
    ],
    ["TRACE", "TRACE /v1/bookings HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "method_not_allowed"],
  ] as const)("%s is refused with a problem document", async (_what, text, code) => {
    const { head, body } = parse(await talk(text));
    expect(head).toContain(`HTTP/1.1 ${problems[code].status} `);
    expect(head).toContain("content-type: application/problem+json");
    expect(body).toMatchObject(document(code));
    if (code === "method_not_allowed") expect(head).toMatch(/^allow: (DELETE, )?GET, HEAD, OPTIONS/m);
  });

  it("OPTIONS says what a path offers, and the whole server for *", async () => {
    const ask = (target: string) =>
      talk(`OPTIONS ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(await ask("/v1/bookings")).toMatch(/^HTTP\/1\.1 204 [\s\S]*^allow: GET, HEAD, OPTIONS, POST\r$/m);
    expect(await ask("*")).toMatch(
      /^HTTP\/1\.1 204 [\s\S]*^allow: DELETE, GET, HEAD, OPTIONS, PATCH, POST\r$/m,
    );
    expect(await ask("/nowhere")).toMatch(/^HTTP\/1\.1 404 /);
  });

  it("headers have 20 s to arrive, an import 120 s, and both are looked after every 5 s", async () => {
    const { server } = (await fixture.start()).app;
    expect(server).toMatchObject({ headersTimeout: 20_000, requestTimeout: 120_000 });
    expect(Reflect.get(server, "connectionsCheckingInterval")).toBe(5_000);
  });

  const unfinishedBody = `POST /v1/bookings HTTP/1.1\r\nHost: x\r\nAuthorization: ${keyed.authorization}\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{`;
  it.each([
    ["a body", unfinishedBody],
    ["headers", "GET /v1/bookings HTTP/1.1\r\nHost: x\r\nUser-A"],
  ])("%s that never come to an end get 408, and the connection ends", async (_what, text) => {
    const { body } = parse(await talk(text));
    expect(body).toMatchObject(document("request_timeout"));
  });
});
