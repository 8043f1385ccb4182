import { randomUUID } from "node:crypto";
import { type Application, createApplication } from "../../app/application.ts";
import { apiEnv } from "../../app/contract/env.ts";
import { keysOf } from "../../app/contract/records.ts";
import {
  type SecretPurpose,
  secretIdVariables,
  secretName,
  secretOf,
  secretsReadBy,
} from "../../app/contract/secrets.ts";
import { collectRoutes, openApiDocument } from "../../app/openapi/document.ts";
import type { Route } from "../../app/openapi/problems.ts";
import { createLogging } from "../../app/platform/logging.ts";
import { createMetrics } from "../../app/platform/metrics.ts";
import { createTrust } from "../../app/platform/trust.ts";
import { firstValueOf } from "../../infra/functions/bootstrap/first-values.ts";
import { startStandin } from "./aws-standin/index.ts";

const environment = "pages";
const nowhere = { host: "localhost", port: 1, username: "pages", password: "of-nobody".repeat(4) };

/** docs/openapi.json. */
export const openApiPage = async (): Promise<string> =>
  withDetachedApi(async (routes) => `${JSON.stringify(openApiDocument(routes), null, 2)}\n`);

/** The API itself, put together as in production, and its routes. It has no MySQL and no Redis, and does not listen. */
export async function withDetachedApi<Result>(
  work: (routes: readonly Route[], app: Application["app"]) => Promise<Result>,
): Promise<Result> {
  const aws = await startStandin();
  // For the SDK in this process. What was there before comes back: other work in it may ask another one.
  const variables = {
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: environment,
    AWS_SECRET_ACCESS_KEY: environment,
  };
  const before = keysOf(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  const { logger } = createLogging({
    level: "silent",
    service: environment,
    environment,
    version: "0",
    destination: { write: () => undefined },
  });
  try {
    for (const purpose of secretsReadBy("api")) {
      await aws.secrets.CreateSecret({
        Name: secretName(environment, purpose),
        SecretString: JSON.stringify(await secretValue(purpose)),
        ClientRequestToken: randomUUID(),
      });
    }
    const env = apiEnv.parse({
      NODE_ENV: "test",
      ENVIRONMENT: environment,
      AWS_REGION: aws.region,
      ...secretIdVariables("api", (purpose) => secretName(environment, purpose)),
      REDIS_HOST: nowhere.host,
      REDIS_PORT: String(nowhere.port),
    });
    let routes: Route[] = [];
    const { app, closing } = await createApplication({
      env,
      logger,
      metrics: createMetrics(),
      trust: createTrust([]),
      prepare: (server) => {
        routes = collectRoutes(server);
      },
    });
    await app.ready();
    const result = await work(routes, app);
    for (const { close } of closing) await close();
    return result;
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await aws.stop();
  }
}

const secretValue = (purpose: SecretPurpose) => {
  const { rotation } = secretOf(purpose);
  if (rotation.strategy === "mysql-user") return { engine: "mysql", dbname: environment, ...nowhere };
  return rotation.strategy === "cache-user"
    ? { username: nowhere.username, password: nowhere.password }
    : firstValueOf(rotation);
};
