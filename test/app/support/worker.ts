import { afterAll, inject } from "vitest";
import { type WorkerEnvInput, workerEnv } from "../../../app/contract/env.ts";
import { defaultOrganisation } from "../../../app/organisations/table.ts";
import { idToBytes } from "../../../app/platform/ids.ts";
import { createMetrics } from "../../../app/platform/metrics.ts";
import { createTrust } from "../../../app/platform/trust.ts";
import { createWorkerProcess } from "../../../app/worker-process.ts";
import { type LocalTwilio, startTwilio } from "../../../scripts/local/twilio.ts";
import { type ApiFixture, silent } from "./fixture.ts";

export const twilioLogin = {
  accountSid: `AC${"0".repeat(32)}`,
  authToken: "token-of-the-local-twilio-0123456789",
  from: "+15005550006",
};
export const publicHost = "api.example.com";

export type TestWorker = Awaited<ReturnType<typeof createWorkerProcess>> & {
  /** Looks for what is due, and does what the queue would. */
  turn(): Promise<void>;
};

/** A Twilio of this file's own, whose login is in the secret. */
export const withTwilio = async (fixture: ApiFixture): Promise<LocalTwilio> => {
  const { cert, key } = inject("servers");
  const twilio = await startTwilio({ tls: { cert, key }, authToken: twilioLogin.authToken });
  afterAll(() => twilio.close());
  await fixture.putSecret(fixture.env.TWILIO_SECRET_ID, twilioLogin);
  return twilio;
};

/** A worker in this process, whose queue is not begun with. */
export const startWorker = async (
  fixture: ApiFixture,
  changes: Partial<WorkerEnvInput>,
): Promise<TestWorker> => {
  const env = workerEnv.parse({ ...fixture.env, PUBLIC_HOST: publicHost, ...changes });
  const trust = createTrust([inject("servers").ca]);
  const worker = await createWorkerProcess({ env, logger: silent(), metrics: createMetrics(), trust });
  afterAll(async () => {
    for (const { close } of worker.closing) await close();
  });
  const turn = async () => {
    const found: string[] = [];
    await worker.reminders.scan({
      add: async (jobs) => void found.push(...jobs.map(({ data }) => data.booking)),
    });
    await Promise.all(found.map((booking) => worker.reminders.send(booking)));
  };
  return { ...worker, turn };
};

/** The organisation of the tests reminds its clients a day before, at any hour. */
export const switchOn = (fixture: ApiFixture) =>
  fixture.mysql.query(
    `REPLACE INTO ${fixture.login.dbname}.reminder_settings VALUES (?, 'Europe/Berlin', 1440, 0, 0)`,
    [idToBytes(defaultOrganisation)],
  );

/** Every reminder, in the order of its making. */
export const remindersIn = (fixture: ApiFixture) =>
  fixture.mysql.query(
    `SELECT phone, state, attempts, error FROM ${fixture.login.dbname}.reminders ORDER BY id`,
  );
