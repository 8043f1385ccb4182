import { createApplication } from "../../../../app/application.ts";
import { type ApiEnvInput, apiEnv } from "../../../../app/contract/env.ts";
import { secretIdVariables } from "../../../../app/contract/secrets.ts";
import { createMetrics } from "../../../../app/platform/metrics.ts";
import { createTrust } from "../../../../app/platform/trust.ts";
import { bookingBody } from "../../../app/support/bookings.ts";
import { addClient, keyed } from "../../../app/support/client.ts";
import { silent } from "../../../app/support/fixture.ts";
import type { Environment, withEnvironment } from "./world.ts";

/**
 * Starts the API on an environment that the bootstrap made, signed in to the database by the given secret, and asks it for
 * everything that it does there. @returns what it answered, by request
 */
export const useApi = async (
  { database, cache, secrets }: Awaited<ReturnType<typeof withEnvironment>>,
  { arns }: Environment,
  databaseSecret: string,
): Promise<Record<string, number>> => {
  Object.assign(process.env, secrets.aws.env);
  const env = {
    NODE_ENV: "test",
    ENVIRONMENT: "test",
    AWS_REGION: secrets.aws.region,
    ...secretIdVariables("api", (purpose) => arns[purpose]),
    DB_SECRET_ID: databaseSecret,
    HOST: "127.0.0.1",
    REDIS_HOST: cache.host,
    REDIS_PORT: String(cache.port),
  } satisfies Partial<ApiEnvInput>;
  const { app, closing } = await createApplication({
    env: apiEnv.parse(env),
    logger: silent(),
    metrics: createMetrics(),
    trust: createTrust([database.ca]),
  });
  const answers: Record<string, number> = {};
  const ask = async (method: "GET" | "POST" | "PATCH", path: string, payload?: object) => {
    const options = { method, url: `/v1/bookings${path}`, headers: keyed };
    const answer = await app.inject(payload ? { ...options, payload } : options);
    answers[`${method} ${path.replace(/[0-9a-f-]{36}/, ":id")}`] = answer.statusCode;
    return answer.json();
  };
  try {
    await addClient(database, "bulwark");
    const { id } = await ask("POST", "", bookingBody());
    await ask("GET", `/${id}`);
    await ask("GET", "?search=ann&from=2027-01-01T00:00:00Z&to=2028-01-01T00:00:00Z&limit=1");
    await ask("PATCH", `/${id}`, { version: 1, notes: "by the door", startsAt: "2027-03-01T10:15:00Z" });
    await ask("POST", `/${id}/cancel`, { version: 2 });
    return answers;
  } finally {
    for (const { close } of closing) await close();
  }
};
