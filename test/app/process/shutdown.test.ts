import { describe, expect, it } from "vitest";
import { eventually } from "../../support/index.ts";
import { bookingBody } from "../support/bookings.ts";
import { keyed } from "../support/client.ts";
import { withApiFixture } from "../support/fixture.ts";
import { connect, present } from "../support/live.ts";
import { type Running, runServer, withImage } from "../support/process.ts";

const fixture = await withApiFixture();
const image = await withImage();
const table = `${fixture.login.dbname}.bookings`;

/** A request that stays in flight for as long as the table is locked. */
const inFlight = async (server: Running) => {
  const payload = {
    method: "POST",
    headers: { ...keyed, "content-type": "application/json" },
    body: JSON.stringify(bookingBody()),
  };
  const holder = await fixture.mysql.connect(fixture.mysql.admin);
  await holder.query(`LOCK TABLES ${table} WRITE`);
  const answer = fetch(`${server.url}/v1/bookings`, payload);
  answer.catch(() => undefined);
  await eventually(async () => {
    const waiting = await fixture.mysql.query(
      "SELECT id FROM information_schema.processlist WHERE user = ? AND state LIKE 'Waiting for table%'",
      [fixture.login.username],
    );
    expect(waiting).toHaveLength(1);
  });
  return { answer, release: () => holder.query("UNLOCK TABLES") };
};
const connections = () =>
  fixture.mysql.query("SELECT id FROM information_schema.processlist WHERE user = ?", [
    fixture.login.username,
  ]);

describe("A21 graceful shutdown", () => {
  it.each(["SIGTERM", "SIGINT"] as const)(
    "%s: not ready first, the request in flight is answered, then everything is closed and the exit code is 0",
    async (signal) => {
      const server = await runServer(image.server, fixture, { SHUTDOWN_DRAIN_MS: "700" });
      const { answer, release } = await inFlight(server);
      server.process.kill(signal);
      await eventually(async () => {
        const ready = await fetch(`${server.url}/health/ready`);
        expect(ready.status).toBe(503);
        expect(await ready.json()).toMatchObject({ code: "unavailable" });
        expect(ready.headers.get("connection")).toBe("close");
      });
      await eventually(() => expect(fetch(`${server.url}/health`)).rejects.toThrow());
      expect(server.process.exitCode).toBeNull();
      await release();
      expect((await answer).status).toBe(201);
      expect(await server.ended).toBe(0);
      expect(await connections()).toEqual([]);
      const messages = server.lines().map(({ msg }) => msg);
      expect(messages.slice(-3)).toEqual(["shutting down", "request", "shut down"]);
    },
  );

  it("a request that hangs does not keep it: exit 1 after SHUTDOWN_TIMEOUT_MS, and the log says at which step", async () => {
    const server = await runServer(image.server, fixture, { SHUTDOWN_TIMEOUT_MS: "1000" });
    const { release } = await inFlight(server);
    const started = performance.now();
    server.process.kill("SIGTERM");
    expect(await server.ended).toBe(1);
    expect(performance.now() - started).toBeLessThan(5_000);
    await release();
    expect(server.lines().at(-1)).toMatchObject({ level: "fatal", step: "http", timeoutMs: 1_000 });
  });

  it("connections that wait for the next request don't keep it", async () => {
    const server = await runServer(image.server, fixture);
    await Promise.all(
      Array.from({ length: 5 }, () => fetch(`${server.url}/health`).then((answer) => answer.text())),
    );
    const started = performance.now();
    server.process.kill("SIGTERM");
    expect(await server.ended).toBe(0);
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it("A15 sends WebSockets away with 1001, each at a time of its own, and does not wait for one that is silent", async () => {
    const server = await runServer(image.server, fixture);
    const port = Number(new URL(server.url).port);
    const clients = [await present(port), await present(port)];
    const silent = await connect(port);
    silent.socket.pause();
    server.process.kill("SIGTERM");
    expect(await server.ended).toBe(0);
    for (const { ended } of clients) {
      expect(ended).toEqual({ code: 1001, reason: expect.stringMatching(/^reconnect-after-ms=\d+$/) });
    }
    expect(clients[0]?.ended?.reason).not.toBe(clients[1]?.ended?.reason);
    expect(server.lines().at(-1)).toMatchObject({ msg: "shut down" });
  });

  it("an uncaught exception is logged, requests are finished, and the exit code is 1", async () => {
    const server = await runServer(image.server, fixture, {
      NODE_OPTIONS: `--import ${saboteur("throw new Error('broken part')")}`,
    });
    server.process.kill("SIGUSR1");
    expect(await server.ended).toBe(1);
    const lines = server.lines();
    expect(lines).toContainEqual(
      expect.objectContaining({ level: "fatal", err: expect.objectContaining({ message: "broken part" }) }),
    );
    expect(lines.at(-1)).toMatchObject({ msg: "shut down" });
  });

  it("an unhandled rejection is logged and counted, and the process goes on", async () => {
    const server = await runServer(image.server, fixture, {
      NODE_OPTIONS: `--import ${saboteur("Promise.reject(new Error('forgotten'))")}`,
    });
    server.process.kill("SIGUSR1");
    await eventually(async () => {
      expect(await (await fetch(`${server.management}/metrics`)).text()).toContain(
        "unhandled_rejections_total 1",
      );
    });
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    server.process.kill("SIGTERM");
    expect(await server.ended).toBe(0);
    expect(server.lines()).toContainEqual(
      expect.objectContaining({
        level: "error",
        msg: "unhandled rejection",
        err: expect.objectContaining({ message: "forgotten" }),
      }),
    );
  });
});

/** A module that does something bad when it is told to by a signal. */
const saboteur = (code: string): string =>
  `data:text/javascript,${encodeURIComponent(`process.on("SIGUSR1", () => { ${code} });`)}`;
