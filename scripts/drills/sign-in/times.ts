/** Times of sign-ins in a process of their own, with a pod's environment: `node times.ts ATTEMPTS`. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { createApplication } from "../../../app/application.ts";
import { apiEnv } from "../../../app/contract/env.ts";
import { defaultOrganisation } from "../../../app/organisations/table.ts";
import { readEnvironment } from "../../../app/platform/config.ts";
import { createLogging } from "../../../app/platform/logging.ts";
import { createMetrics } from "../../../app/platform/metrics.ts";
import { createTrust } from "../../../app/platform/trust.ts";
import { CommandError } from "../../cli/errors.ts";
import type { Times } from "./comparison.ts";

/** Attempts whose times do not count: code that has not been compiled, connections that are being made. */
const warmUp = 50;
/** The account is unlocked after so many failures, which is not timed. */
const failures = 50;

export const timesOf = async (environment: Record<string, string>, attempts: number): Promise<Times> => {
  const limits = { LOG_LEVEL: "silent", LOCKOUT_FAILURES: "100", RATE_LIMIT_SIGN_IN_MAX: "1000000" };
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), String(attempts)], {
    env: { ...environment, ...limits },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const answer = await text(child.stdout);
  if (answer === "") throw new CommandError("The API of the drill failed.");
  return JSON.parse(answer);
};

async function measure(attempts: number): Promise<Times> {
  const env = readEnvironment(apiEnv);
  const { logger } = createLogging({ level: "silent", service: "drill", environment: "drill", version: "0" });
  const api = await createApplication({ env, logger, metrics: createMetrics(), trust: createTrust() });
  await api.app.ready();
  const attempt = async (email: string, password: string, status: number): Promise<number> => {
    const started = performance.now();
    const answer = await api.app.inject({
      method: "POST",
      url: "/v1/auth/sign-in",
      headers: { "content-type": "application/json", "x-forwarded-proto": "https", "user-agent": "drill/1" },
      payload: JSON.stringify({ email, password }),
    });
    if (answer.statusCode !== status) throw new Error(answer.body);
    return performance.now() - started;
  };
  const email = `${randomUUID()}@example.org`;
  const password = randomUUID();
  const origin = { organisationId: defaultOrganisation, actor: "drill", requestId: "drill" };
  const person = { email, name: "Ann Example", role: "member" } as const;
  const { user, invitation } = await api.identity.accounts.create(origin, person);
  const visit = { requestId: "drill", userAgent: "", device: undefined, log: logger };
  await api.identity.passwords.accept(invitation.token, password, visit);
  await attempt(email, password, 200);

  const times = { known: [] as number[], unknown: [] as number[] };
  for (let index = -warmUp; index < attempts; index++) {
    if (index % failures === 0) await api.identity.accounts.unlock(origin, user.id);
    const pair = {
      known: () => attempt(email, "a bad password", 401),
      unknown: () => attempt(`${randomUUID()}@example.org`, "a bad password", 401),
    };
    // Each goes first in every other round: what the one before leaves behind slows down both alike.
    const order = index % 2 === 0 ? (["known", "unknown"] as const) : (["unknown", "known"] as const);
    for (const kind of order) {
      const time = await pair[kind]();
      if (index >= 0) times[kind].push(time);
    }
  }
  for (const { close } of api.closing) await close();
  return times;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(JSON.stringify(await measure(Number(process.argv[2]))));
}
