import { workerEnv } from "./contract/env.ts";
import { shutDownGracefully } from "./http/shutdown.ts";
import { readEnvironment } from "./platform/config.ts";
import { failStart } from "./platform/fail-start.ts";
import { createLogging } from "./platform/logging.ts";
import { collectProcessMetrics, createMetrics } from "./platform/metrics.ts";
import { createTrust } from "./platform/trust.ts";
import { createWorkerProcess } from "./worker-process.ts";

/** The worker's process: what is done without a request. Everything it needs to know is in its environment (contract/env.ts). */
async function main(): Promise<void> {
  const env = readEnvironment(workerEnv);
  const logging = createLogging({
    level: env.LOG_LEVEL,
    service: "bulwark-worker",
    environment: env.ENVIRONMENT,
    version: env.SERVICE_VERSION,
  });
  const { logger } = logging;
  const metrics = createMetrics();
  collectProcessMetrics(metrics);
  const worker = await createWorkerProcess({ env, logger, metrics, trust: createTrust() });
  shutDownGracefully({
    health: worker.health,
    logging,
    metrics,
    errors: worker.errors,
    drainMs: env.SHUTDOWN_DRAIN_MS,
    timeoutMs: env.SHUTDOWN_TIMEOUT_MS,
    steps: worker.closing,
  });
  await worker.start();
}

main().catch(failStart);
