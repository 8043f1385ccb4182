import { describe, expect, it } from "vitest";
import { logEvents } from "../../app/contract/log-events.ts";
import type { DatabaseCredentials } from "../../app/contract/secret-values.ts";
import { createLogging } from "../../app/platform/logging.ts";
import { logVitalSigns } from "../../app/platform/vital-signs.ts";
import { eventPattern } from "../../infra/workload/event-pattern.ts";
import { freePort } from "../../scripts/local/servers/index.ts";
import { collected, filterPattern, metricValue } from "../support/filter-pattern.ts";
import { eventually } from "../support/index.ts";
import { signals } from "../support/signals.ts";
import { collect, type TestApi, withApiFixture } from "./support/fixture.ts";

const fixture = await withApiFixture();

/** An API that can be brought to write each line that alarms count, with the database user that is its own. */
async function listening(): Promise<{ api: TestApi; id: string; login: DatabaseCredentials }> {
  const login = await fixture.addUser("signals");
  const id = "bulwark/test/signals";
  await fixture.putSecret(id, login);
  const api = await fixture.create({
    DB_SECRET_ID: id,
    SECRETS_REFRESH_SECONDS: "1",
    RATE_LIMIT_MAX: "1",
    PORT: String(await freePort()),
    MANAGEMENT_PORT: String(await freePort()),
  });
  await api.listen();
  return { api, id, login };
}

/** The database's password is changed behind the API's back, its connections end, and its secret breaks. */
async function everyTrouble({ api, id, login }: Awaited<ReturnType<typeof listening>>): Promise<void> {
  const payload = { email: "nobody@example.org", password: "not the password" };
  await api.app.inject({ method: "POST", url: "/v1/auth/sign-in", payload });
  for (let turn = 0; turn < 2; turn++) await api.app.inject({ url: "/v1/bookings" });
  const own = await fixture.mysql.connect(login);
  await fixture.mysql.query("ALTER USER ?@'%' IDENTIFIED BY 'somebody-elses-password'", [login.username]);
  await api.database.warm();
  await fixture.putSecret(id, { username: "half a secret" });
  const open = await fixture.mysql.query(
    "SELECT id FROM information_schema.processlist WHERE user = ? AND id <> ?",
    [login.username, own.threadId],
  );
  for (const connection of open) await own.query(`KILL ${Number(connection.id)}`);
  const { health, metrics } = api;
  const destination = collect(api.lines);
  const { logger } = createLogging({
    level: "error",
    service: "s",
    environment: "t",
    version: "0",
    destination,
  });
  await eventually(() => {
    logVitalSigns({ health, metrics, logger })();
    const written = new Set(api.lines.map(({ event }) => event));
    expect(signals.filter((signal) => !written.has(logEvents[signal].event))).toEqual([]);
    expect(api.lines.some(({ databaseAway }) => databaseAway === 1)).toBe(true);
  });
}

describe("S11 signals that exist", () => {
  it("S11 each filter of an alarm finds the lines of its event among the real API's, and nothing else", async () => {
    const running = await listening();
    await everyTrouble(running);
    const { lines } = running.api;
    for (const signal of signals) {
      const matches = filterPattern(eventPattern(logEvents[signal]));
      const { event } = logEvents[signal];
      for (const line of lines)
        expect(matches(collected(line)), JSON.stringify(line)).toBe(line.event === event);
      expect(lines.some((line) => matches(collected(line, "another")))).toBe(false);
    }
    const signs = lines
      .filter(({ event }) => event === logEvents.vitalSigns.event)
      .map((line) => collected(line));
    const figures = (sign: string) => signs.map((line) => metricValue(`$.log_processed.${sign}`, line));
    expect(new Set(figures("databaseAway"))).toEqual(new Set([0, 1]));
    expect(new Set(figures("webSockets"))).toEqual(new Set([0]));
  });
});
