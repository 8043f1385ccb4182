import { setTimeout as pause } from "node:timers/promises";
import closeWithGrace from "close-with-grace";
import type { ErrorReports } from "../platform/error-reports/reports.ts";
import type { HealthMonitor } from "../platform/health.ts";
import type { Logging } from "../platform/logging.ts";
import type { Metrics } from "../platform/metrics.ts";

export interface ShutdownOptions {
  health: HealthMonitor;
  logging: Logging;
  metrics: Metrics;
  /** Default: errors are only logged. */
  errors?: ErrorReports | undefined;
  /** Goes on answering this long after the signal. */
  drainMs: number;
  /** Forced exit this long after the signal. */
  timeoutMs: number;
  /** Steps in order; each closes something and waits for its work to end. */
  steps: readonly { name: string; close: () => Promise<unknown> }[];
}

/** Node cannot run JavaScript after these: a handler would keep a broken process spinning. */
const crashes = ["SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGSEGV"] as const;

/**
 * Ends the process on SIGTERM, SIGINT or an uncaught exception: it becomes not ready, runs every step in turn, and exits 0 (1 after
 * an exception, or when it takes too long). It logs and counts an unhandled promise rejection, and the process continues,
 * because no request in flight depends on it (A21).
 */
export function shutDownGracefully(options: ShutdownOptions): void {
  const { health, logging, metrics, errors, drainMs, timeoutMs, steps } = options;
  const { logger } = logging;
  let doing = "drain";

  process.on("unhandledRejection", (error) => {
    metrics.unhandledRejections.inc();
    logger.error({ err: error }, "unhandled rejection");
    errors?.report(error);
  });

  closeWithGrace(
    {
      delay: timeoutMs,
      logger: { error: (error) => logger.error({ err: error }, "shutdown failed") },
      skip: ["unhandledRejection", "beforeExit", ...crashes],
      onTimeout: () => {
        logger.fatal({ step: doing, timeoutMs }, "shutdown took too long: exiting now");
        logging.flush();
      },
    },
    async ({ signal, err }) => {
      if (err) {
        logger.fatal({ err }, "uncaught exception: shutting down");
        errors?.report(err);
      } else logger.info({ signal }, "shutting down");
      health.stop();
      // An exception can have broken anything: exit at once, without waiting for more traffic.
      if (!err) await pause(drainMs);
      for (const { name, close } of steps) {
        doing = name;
        await close().catch((error: unknown) => logger.error({ err: error, step: name }, "could not close"));
      }
      logger.info("shut down");
      logging.flush();
    },
  );
}
