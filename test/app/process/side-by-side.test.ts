import { setTimeout as delay } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { buildImage } from "../../../app/build.ts";
import { temporaryFolder } from "../../../scripts/local/servers/index.ts";
import { eventually } from "../../support/index.ts";
import { bookingBody } from "../support/bookings.ts";
import { keyed } from "../support/client.ts";
import { withApiFixture } from "../support/fixture.ts";
import { nextRelease } from "../support/next-release.ts";
import { podEnvironment, run, runServer, withImage } from "../support/process.ts";

const fixture = await withApiFixture();
const image = await withImage();
const folder = temporaryFolder("next-image");
afterAll(() => folder.remove());
const next = await buildImage(folder.path, [nextRelease]);
const table = `${fixture.login.dbname}.bookings`;
const bookingSchema = z.object({ id: z.string(), version: z.number() });

/** Requests, one after the other, each of which must be answered as told. */
class Client {
  readonly failures: string[] = [];
  answered = 0;
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  async ask(url: string, method: string, path: string, expected: number, body?: unknown): Promise<unknown> {
    const headers = { ...keyed, ...(body === undefined ? {} : { "content-type": "application/json" }) };
    const sent = body === undefined ? null : JSON.stringify(body);
    const answer = await fetch(`${url}${path}`, { method, headers, body: sent });
    const text = await answer.text();
    this.answered += 1;
    if (answer.status !== expected)
      this.failures.push(`${this.#name}: ${method} ${path} → ${answer.status} ${text}`);
    return answer.ok ? JSON.parse(text) : undefined;
  }

  /** A booking made at `writer`, read and changed at `other`, read and cancelled at `writer` again. */
  async round(writer: string, other: string): Promise<void> {
    const made = bookingSchema.parse(await this.ask(writer, "POST", "/v1/bookings", 201, bookingBody()));
    const path = `/v1/bookings/${made.id}`;
    await this.ask(other, "GET", path, 200);
    await this.ask(other, "PATCH", path, 200, { version: made.version, notes: "at the door" });
    await this.ask(writer, "GET", "/v1/bookings?limit=5", 200);
    await this.ask(writer, "POST", `${path}/cancel`, 200, { version: made.version + 1 });
  }
}

/** Goes round until it is told to stop. */
function load(client: Client, writer: string, other: string) {
  const ending = new AbortController();
  const running = (async () => {
    while (!ending.signal.aborted) {
      await client.round(writer, other);
      await delay(5);
    }
  })();
  return async () => {
    ending.abort();
    await running;
  };
}

const migrateToNext = async () => {
  const job = run(next.migrate, podEnvironment(fixture, { DB_SECRET_ID: fixture.secretIds.migrator }), [
    "up",
  ]);
  expect(await job.ended, job.stdout()).toBe(0);
};

const channels = async (): Promise<unknown[]> => {
  const rows = await fixture.mysql.query(
    `SELECT channel, COUNT(*) AS bookings FROM ${table} GROUP BY channel`,
  );
  return rows.map(({ channel }) => channel);
};

describe("S9 A23 two versions of the API run side by side on the migrated schema", () => {
  it("S9 A23 the one before serves while the next one's migrations run, then both serve what either wrote: no request fails", async () => {
    const before = await runServer(image.server, fixture);
    const client = new Client("before, alone");
    const stopLoad = load(client, before.url, before.url);
    await eventually(() => expect(client.answered).toBeGreaterThan(20));
    await migrateToNext();
    const during = client.answered;
    await eventually(() => expect(client.answered).toBeGreaterThan(during + 20));

    const after = await runServer(next.server, fixture, { SERVICE_VERSION: "next" });
    const [first, second] = [new Client("before → next"), new Client("next → before")];
    const stops = [load(first, before.url, after.url), load(second, after.url, before.url)];
    await eventually(() => {
      expect(first.answered).toBeGreaterThan(50);
      expect(second.answered).toBeGreaterThan(50);
    });
    for (const stop of [stopLoad, ...stops]) await stop();
    expect([...client.failures, ...first.failures, ...second.failures]).toEqual([]);
    // Both have really written, each what it knows of.
    expect(await channels()).toEqual(expect.arrayContaining([null, "web"]));
  }, 60_000);

  it("S9 A23 going back to the one before needs no migration: it starts on the next one's schema", async () => {
    const before = await runServer(image.server, fixture);
    const client = new Client("before, again");
    await client.round(before.url, before.url);
    expect(client.failures).toEqual([]);
  });

  it("S9 A23 a contraction is what they would not survive", async () => {
    const before = await runServer(image.server, fixture);
    await fixture.mysql.query(`ALTER TABLE ${table} RENAME COLUMN notes TO remarks`);
    const client = new Client("before, contracted");
    await client.ask(before.url, "POST", "/v1/bookings", 201, bookingBody());
    expect(client.failures).toEqual([expect.stringMatching(/POST \/v1\/bookings → 500/)]);
  });
});
