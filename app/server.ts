import { createApplication } from "./application.ts";
import { apiEnv } from "./contract/env.ts";
import { shutDownGracefully } from "./http/shutdown.ts";
import { readEnvironment } from "./platform/config.ts";
import { failStart } from "./platform/fail-start.ts";
import { createLogging } from "./platform/logging.ts";
import { collectProcessMetrics, createMetrics } from "./platform/metrics.ts";
import { createTrust } from "./platform/trust.ts";

/** The API's process. Everything it needs to know is in its environment (contract/env.ts). */
async function main(): Promise<void> {
  const env = readEnvironment(apiEnv);
  const logging = createLogging({
    level: env.LOG_LEVEL,
    service: "bulwark-api",
    environment: env.ENVIRONMENT,
    version: env.SERVICE_VERSION,
  });
  const { logger } = logging;
  const metrics = createMetrics();
  collectProcessMetrics(metrics);
  const application = await createApplication({ env, logger, metrics, trust: createTrust() });
  shutDownGracefully({
    health: application.health,
    logging,
    metrics,
    errors: application.errors,
    drainMs: env.SHUTDOWN_DRAIN_MS,
    timeoutMs: env.SHUTDOWN_TIMEOUT_MS,
    steps: application.closing,
  });
  await application.listen();
}

main().catch(failStart);
