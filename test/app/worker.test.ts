import { beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { logEvents } from "../../app/contract/log-events.ts";
import { defaultOrganisation } from "../../app/organisations/table.ts";
import { dueUntil } from "../../app/reminders/quiet-hours.ts";
import { eventPattern } from "../../infra/workload/event-pattern.ts";
import { freePort } from "../../scripts/local/servers/index.ts";
import { changeReminders, type ReminderAction } from "../../scripts/ops/reminders/actions.ts";
import { collected, filterPattern, metricValue } from "../support/filter-pattern.ts";
import { eventually } from "../support/index.ts";
import { workerSignal } from "../support/signals.ts";
import { bookingBody } from "./support/bookings.ts";
import { keyed } from "./support/client.ts";
import { withApiFixture } from "./support/fixture.ts";
import { podEnvironment, run, withImage } from "./support/process.ts";
import { publicHost, remindersIn, startWorker, switchOn, withTwilio } from "./support/worker.ts";

const fixture = await withApiFixture();
const image = await withImage();
const twilio = await withTwilio(fixture);
const api = await fixture.start({ PUBLIC_HOST: publicHost });
const sending = { TWILIO_API_URL: twilio.url, RATE_LIMIT_SMS_MAX: "1000", RATE_LIMIT_SMS_NUMBER_MAX: "1000" };
const worker = await startWorker(fixture, sending);

const { dbname } = fixture.login;
let phones = 0;
const inAnHour = () => new Date(Date.now() + 3_600_000);

/** A booking of tomorrow at the latest, by a client with a number of its own. */
const book = async (changes: Record<string, unknown> = {}) => {
  const clientPhone = `+4915100${String(++phones).padStart(6, "0")}`;
  const startsAt = inAnHour().toISOString();
  const endsAt = new Date(Date.now() + 7_200_000).toISOString();
  const payload = bookingBody({ clientPhone, startsAt, endsAt, ...changes });
  const answer = await api.app.inject({ method: "POST", url: "/v1/bookings", headers: keyed, payload });
  expect(answer.statusCode, answer.body).toBe(201);
  return z.object({ id: z.string(), version: z.number(), clientPhone: z.string() }).parse(answer.json());
};
const change = async (id: string, payload: object) => {
  const answer = await api.app.inject({
    method: "PATCH",
    url: `/v1/bookings/${id}`,
    headers: keyed,
    payload,
  });
  expect(answer.statusCode, answer.body).toBe(200);
};
const sentTo = (phone: string) => twilio.messages.filter(({ to }) => to === phone);
const stateOf = async (phone: string) => (await remindersIn(fixture)).find((row) => row.phone === phone);
/** Lets what is tried again be due now. */
const skipPause = () =>
  fixture.mysql.query(`UPDATE ${dbname}.reminders SET since = NOW(3) - INTERVAL 2 MINUTE`);
const tell = (url: string, parameters: Record<string, string>, changes: Record<string, string> = {}) => {
  const { headers, body } = twilio.event(`https://${publicHost}${url}`, parameters);
  return api.app.inject({ method: "POST", url, headers: { ...headers, ...changes }, payload: body });
};

const command = (action: ReminderAction, what: string) =>
  changeReminders(api.database, action, {
    what,
    timeZone: "Europe/Berlin",
    leadMinutes: 1_440,
    quiet: { from: 0, until: 0 },
  });

beforeEach(async () => {
  twilio.behave("take");
  for (const table of ["reminders", "sms_opt_outs", "reminder_settings"])
    await fixture.mysql.query(`DELETE FROM ${dbname}.${table}`);
  await fixture.mysql.query(`UPDATE ${dbname}.bookings SET status = 'cancelled'`);
  await switchOn(fixture);
});

describe("A16 reminders", () => {
  it("A16 are sent once, though several workers look at once and again", async () => {
    const { clientPhone } = await book();
    const other = await startWorker(fixture, sending);
    await Promise.all([worker.turn(), other.turn(), worker.turn()]);
    await worker.turn();
    expect(sentTo(clientPhone)).toEqual([
      expect.objectContaining({ text: expect.stringMatching(/^Reminder from .*Europe\/Berlin/) }),
    ]);
    expect(await stateOf(clientPhone)).toMatchObject({ state: "sent", attempts: 1 });
  });

  it("A16 follow the booking: none of one that is cancelled, begun or far, another of one that moves", async () => {
    const [cancelled, moved] = [await book(), await book()];
    const far = await book({ startsAt: "2027-03-01T10:00:00Z", endsAt: "2027-03-01T11:00:00Z" });
    const url = `/v1/bookings/${cancelled.id}/cancel`;
    await api.app.inject({ method: "POST", url, headers: keyed, payload: { version: cancelled.version } });
    await worker.turn();
    expect([cancelled, far].flatMap(({ clientPhone }) => sentTo(clientPhone))).toEqual([]);
    expect(sentTo(moved.clientPhone)).toHaveLength(1);
    const startsAt = new Date(Date.now() + 5_400_000).toISOString();
    await change(moved.id, { version: moved.version, startsAt });
    await worker.turn();
    await worker.turn();
    expect(sentTo(moved.clientPhone)).toHaveLength(2);
  });

  it.each(["hang up", "take and hang up", "fail"] as const)(
    "A16 whose fate nobody knows (%s) are named, and not sent again",
    async (behaviour) => {
      const { clientPhone } = await book();
      twilio.behave(behaviour);
      await worker.turn();
      expect(await stateOf(clientPhone)).toMatchObject({ state: "unknown", attempts: 1 });
      const before = sentTo(clientPhone).length;
      twilio.behave("take");
      await skipPause();
      await worker.turn();
      expect(sentTo(clientPhone)).toHaveLength(before);
      expect(await worker.reminders.state()).toMatchObject({ on: true, troubled: [{ state: "unknown" }] });
    },
  );

  it("A16 whose worker ended in the middle are unknown, until Twilio tells", async () => {
    const { clientPhone } = await book();
    await worker.turn();
    await fixture.mysql.query(`UPDATE ${dbname}.reminders SET state = 'sending', provider_id = NULL`);
    await skipPause();
    await worker.turn();
    expect(await stateOf(clientPhone)).toMatchObject({ state: "unknown", error: "worker_ended" });
    const [{ statusUrl = "", sid } = { sid: "" }] = sentTo(clientPhone);
    const { pathname, search } = new URL(statusUrl);
    await tell(pathname + search, { MessageSid: sid, MessageStatus: "delivered" });
    expect(await stateOf(clientPhone)).toMatchObject({ state: "delivered" });
  });

  it("A16 that surely did not leave are tried again after a pause, and are dead after six attempts", async () => {
    const nobody = await startWorker(fixture, {
      ...sending,
      TWILIO_API_URL: `https://localhost:${await freePort()}`,
    });
    const { clientPhone } = await book();
    await nobody.turn();
    await nobody.turn();
    expect(await stateOf(clientPhone)).toMatchObject({ state: "retry", attempts: 1, error: "ECONNREFUSED" });
    for (let attempt = 2; attempt <= 6; attempt++) {
      await skipPause();
      await nobody.turn();
    }
    expect(await stateOf(clientPhone)).toMatchObject({ state: "dead", attempts: 6 });
    expect(await nobody.reminders.state()).toMatchObject({ provider: "open" });
    await command("requeue-dead", "");
    await worker.turn();
    expect(sentTo(clientPhone)).toHaveLength(1);
  });

  it("A16 that Twilio refuses for good are dead; a number that has answered STOP gets none from then on", async () => {
    const { clientPhone } = await book();
    twilio.behave({ refuse: 21610 });
    await worker.turn();
    expect(await stateOf(clientPhone)).toMatchObject({ state: "dead", error: "21610" });
    twilio.behave("take");
    const { clientPhone: stopped } = await book();
    expect(
      (await tell("/v1/sms/events", { From: stopped, Body: " stop ", MessageSid: "SM1" })).statusCode,
    ).toBe(204);
    await book({ clientPhone });
    await worker.turn();
    expect([...sentTo(clientPhone), ...sentTo(stopped)]).toEqual([]);
  });

  it("A4 of one number, and of all, are so many an hour and no more, by all workers together", async () => {
    const limits = { TWILIO_API_URL: twilio.url, RATE_LIMIT_SMS_MAX: "4", RATE_LIMIT_SMS_NUMBER_MAX: "2" };
    const workers = [await startWorker(fixture, limits), await startWorker(fixture, limits)];
    await fixture.redis.connect(fixture.redis.admin).flushall();
    const before = twilio.messages.length;
    const one = await book();
    for (let more = 0; more < 3; more++) await book({ clientPhone: one.clientPhone });
    for (let more = 0; more < 5; more++) await book();
    await Promise.all(workers.map((each) => each.turn()));
    expect(sentTo(one.clientPhone)).toHaveLength(2);
    expect(twilio.messages.length - before).toBe(4);
    const held = (await remindersIn(fixture)).filter(({ state }) => state === "retry");
    expect(held.map(({ attempts }) => Number(attempts))).toEqual([0, 0, 0, 0, 0]);
    expect(new Set(held.map(({ error }) => error))).toEqual(new Set(["limit_number", "limit_all"]));
  });

  it("A16 are switched on and off by the command, for the organisation of a user who exists", async () => {
    const { clientPhone } = await book();
    await command("off", "client@example.org");
    await worker.turn();
    expect(sentTo(clientPhone)).toEqual([]);
    await command("on", "client@example.org");
    await worker.turn();
    expect(sentTo(clientPhone)).toHaveLength(1);
    await expect(command("on", "nobody@example.org")).rejects.toThrow("there is no user nobody@example.org");
  });

  it("A16 are off without Twilio's secret, which /status says", async () => {
    const id = "bulwark/test/no-twilio";
    await fixture.putSecret(id, null);
    const off = await startWorker(fixture, { ...sending, TWILIO_SECRET_ID: id });
    const { clientPhone } = await book();
    await off.turn();
    expect(await stateOf(clientPhone)).toBeUndefined();
    expect(await off.reminders.state()).toMatchObject({ on: false, why: expect.stringContaining("twilio") });
  });
});

describe("A16 what Twilio tells", () => {
  const fate = async (phone: string) => {
    const [{ statusUrl = "", sid } = { sid: "" }] = sentTo(phone);
    const { pathname, search } = new URL(statusUrl);
    return (MessageStatus: string, changes?: Record<string, string>) =>
      tell(pathname + search, { MessageSid: sid, MessageStatus }, changes);
  };

  it("A16 is taken when it is signed; what is repeated, or comes late, changes nothing", async () => {
    const { clientPhone } = await book();
    await worker.turn();
    const event = await fate(clientPhone);
    for (const status of ["sent", "delivered", "delivered", "sent", "failed"])
      expect((await event(status)).statusCode).toBe(204);
    expect(await stateOf(clientPhone)).toMatchObject({ state: "delivered" });
  });

  it("A16 is refused with another signature, for another URL, or with none", async () => {
    const { clientPhone } = await book();
    await worker.turn();
    const event = await fate(clientPhone);
    const { headers, body } = twilio.event(`https://${publicHost}/v1/sms/events`, {
      From: clientPhone,
      Body: "STOP",
    });
    const refused = [
      await event("delivered", { "x-twilio-signature": "AAAA" }),
      await event("delivered", { "x-twilio-signature": "" }),
      await api.app.inject({
        method: "POST",
        url: `/v1/sms/events?reminder=${defaultOrganisation}`,
        headers,
        payload: body,
      }),
      await api.app.inject({ method: "POST", url: "/v1/sms/events", headers, payload: `${body}&Body=START` }),
    ];
    expect(refused.map(({ statusCode }) => statusCode)).toEqual([403, 403, 403, 403]);
    expect(await stateOf(clientPhone)).toMatchObject({ state: "sent" });
  });
});

describe("A16 quiet hours", () => {
  const berlin = {
    time_zone: "Europe/Berlin",
    lead_minutes: 1_440,
    quiet_from: 21 * 60,
    quiet_until: 8 * 60,
  };
  const due = (now: string, changes = {}) => {
    const until = dueUntil({ ...berlin, ...changes }, Date.parse(now));
    return until && new Date(until).toISOString();
  };

  it.each([
    ["by day: a day ahead", "2026-07-01T10:00:00Z", "2026-07-02T10:00:00.000Z"],
    ["in summer from 19:00 UTC on", "2026-07-01T19:00:00Z", undefined],
    ["in winter not before 20:00 UTC", "2026-12-01T19:00:00Z", "2026-12-02T19:00:00.000Z"],
    ["in winter from 20:00 UTC on", "2026-12-01T20:00:00Z", undefined],
    ["on the day of the change to summer until 06:00 UTC", "2027-03-28T05:59:00Z", undefined],
    ["on that day from 06:00 UTC on", "2027-03-28T06:00:00Z", "2027-03-29T06:00:00.000Z"],
    ["on the day of the change to winter until 07:00 UTC", "2026-10-25T06:59:00Z", undefined],
  ])("A16 %s", (_, now, until) => {
    expect(due(now)).toBe(until);
  });

  it("A16 a reminder that would fall into them, of a booking that begins before their end, goes out before", () => {
    expect(due("2026-07-01T18:50:00Z", { lead_minutes: 60 })).toBe("2026-07-02T06:05:00.000Z");
    expect(due("2026-07-01T18:30:00Z", { lead_minutes: 60 })).toBe("2026-07-01T19:30:00.000Z");
  });
});

describe("A16 the worker's process", () => {
  it("A16 A21 S11 sends what is due by its queue, under a new password of Redis and after Redis lost its data; exit 0 at SIGTERM", async () => {
    const MANAGEMENT_PORT = String(await freePort());
    const fast = { REMINDER_SCAN_SECONDS: "1", SECRETS_REFRESH_SECONDS: "1" };
    const child = run(image.worker, podEnvironment(fixture, { ...sending, ...fast, MANAGEMENT_PORT }));
    await eventually(async () => {
      expect(child.process.exitCode, child.stderr()).toBeNull();
      expect((await fetch(`${child.management}/health/ready`)).status).toBe(200);
    }, 10_000);
    const arrives = async () => {
      const { clientPhone } = await book();
      await eventually(() => expect(sentTo(clientPhone)).toHaveLength(1), 20_000);
    };
    await arrives();
    const admin = fixture.redis.connect(fixture.redis.admin);
    await admin.flushall();
    await arrives();
    const { username } = fixture.redis.user;
    const password = "another-password-of-the-worker";
    await admin.call("ACL", "SETUSER", username, "resetpass", `>${password}`);
    await fixture.putSecret(fixture.env.CACHE_SECRET_ID, { username, password });
    await admin.call("CLIENT", "KILL", "USER", username);
    await arrives();
    expect(await (await fetch(`${child.management}/status`)).json()).toMatchObject({
      service: "bulwark-worker",
      secrets: { "db-app": {}, cache: {}, twilio: {}, webhooks: {} },
      queues: { reminders: { active: expect.any(Number) } },
      reminders: { on: true, provider: "closed" },
    });
    expect(await (await fetch(`${child.management}/metrics`)).text()).toMatch(
      /^reminders\{state="sent"\} \d+$/m,
    );
    const matches = filterPattern(eventPattern(logEvents[workerSignal]));
    const [signs = ""] = child
      .lines()
      .map((line) => collected(line))
      .filter((line) => matches(line));
    expect(metricValue("$.log_processed.waiting", signs)).toEqual(expect.any(Number));
    child.process.kill("SIGTERM");
    expect(await child.ended).toBe(0);
    expect(child.stderr()).toBe("");
  }, 60_000);
});
