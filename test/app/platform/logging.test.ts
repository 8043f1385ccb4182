import { describe, expect, it } from "vitest";
import { createLogging } from "../../../app/platform/logging.ts";
import { bookingBody } from "../support/bookings.ts";
import { keyActor, keyed } from "../support/client.ts";
import { collect, type Line, withApiFixture } from "../support/fixture.ts";

const fixture = await withApiFixture();

describe("A18 logs", () => {
  it("one line a response, with the request's id, route, status, duration and client; no query", async () => {
    const api = await fixture.start();
    const { headers } = await api.app.inject({ url: "/v1/bookings?search=ann@example.org", headers: keyed });
    expect(api.lines).toEqual([
      expect.objectContaining({
        level: "info",
        type: "request",
        service: "bulwark-api",
        environment: "test",
        requestId: headers["x-request-id"],
        method: "GET",
        path: "/v1/bookings",
        route: "/v1/bookings",
        status: 200,
        durationMs: expect.any(Number),
        client: "127.0.0.1",
        actor: keyActor,
        userAgent: keyed["user-agent"],
      }),
    ]);
  });

  it("what the client sends is text in its line, whatever characters it holds", async () => {
    const api = await fixture.start();
    const odd = 'a "quoted" \\ agent: \u00e9", "status": 200';
    await api.app.inject({ url: "/v1/bookings", headers: { ...keyed, "user-agent": odd } });
    await api.app.inject({ url: "/nowhere", headers: { "user-agent": "" } });
    expect(api.lines).toEqual([
      expect.objectContaining({ userAgent: odd, status: 200 }),
      expect.objectContaining({ path: "/nowhere", status: 404, msg: "request" }),
    ]);
  });

  it("the probes leave none", async () => {
    const api = await fixture.start();
    for (const url of ["/health", "/health/ready", "/readiness", "/health/startup"])
      await api.app.inject({ url });
    api.health.stop();
    await api.app.inject({ url: "/health/ready" });
    expect(api.lines).toEqual([]);
  });

  it("LOG_LEVEL decides what is written", async () => {
    const api = await fixture.start({ LOG_LEVEL: "error" });
    await api.app.inject({ url: "/v1/bookings", headers: keyed });
    expect(api.lines).toEqual([]);
  });

  it("neither a secret nor a client's data is in any line, whatever goes wrong", async () => {
    const api = await fixture.start({ LOG_LEVEL: "trace" });
    const log = `${fixture.login.dbname}_audit.audit_log`;
    await api.app.inject({ method: "POST", url: "/v1/bookings", headers: keyed, payload: bookingBody() });
    await fixture.mysql.query(`RENAME TABLE ${log} TO ${log}_away`);
    const withCookie = { ...keyed, cookie: "session=cookie-of-ann" };
    // A request whose credential is refused does not come to the table.
    const secretive = { ...withCookie, authorization: "Bearer token-of-ann" };
    await api.app.inject({
      method: "POST",
      url: "/v1/bookings",
      headers: withCookie,
      payload: bookingBody(),
    });
    await fixture.mysql.query(`RENAME TABLE ${log}_away TO ${log}`);
    await api.app.inject({
      method: "POST",
      url: "/v1/bookings",
      headers: secretive,
      payload: bookingBody({ startsAt: "never" }),
    });
    const text = JSON.stringify(api.lines);
    expect(text).toContain("ER_NO_SUCH_TABLE");
    for (const secret of [
      fixture.login.password,
      fixture.cacheLogin.password,
      "token-of-ann",
      "cookie-of-ann",
      "Ann Example",
      "ann@example.org",
      "+4915112345678",
      "by the window",
    ]) {
      expect(text).not.toContain(secret);
    }
  });
});

describe("A18 redaction", () => {
  const log = (write: (logger: ReturnType<typeof createLogging>["logger"]) => void): Line => {
    const lines: Line[] = [];
    write(
      createLogging({
        level: "info",
        service: "t",
        environment: "t",
        version: "0",
        destination: collect(lines),
      }).logger,
    );
    return lines[0] ?? {};
  };

  it("known names are masked at the top, one and two levels down", () => {
    const line = log((logger) =>
      logger.info({
        password: "hidden-1",
        user: { email: "hidden-2", name: "shown" },
        request: { headers: { authorization: "hidden-3", "set-cookie": "hidden-4" } },
      }),
    );
    expect(JSON.stringify(line)).not.toContain("hidden");
    expect(line).toMatchObject({ user: { name: "shown" }, password: "[redacted]" });
  });

  it("an error loses the statement, its values and the command that it carries", () => {
    const error = Object.assign(new Error("Duplicate entry 'ann@example.org' for key 'users.email'"), {
      code: "ER_DUP_ENTRY",
      sql: "INSERT … hidden-1",
      sqlMessage: "hidden-2",
      parameters: ["hidden-3"],
      command: { name: "auth", args: ["hidden-4"] },
    });
    const line = log((logger) => logger.error({ err: error }));
    expect(line).toMatchObject({
      err: { code: "ER_DUP_ENTRY", message: "Duplicate entry '[redacted]' for key 'users.email'" },
    });
    expect(JSON.stringify(line)).not.toMatch(/hidden|ann@/);
  });
});
