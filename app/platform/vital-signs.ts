import { logEvents, type QueueSigns, type VitalSigns } from "../contract/log-events.ts";
import type { HealthMonitor } from "./health.ts";
import type { Logger } from "./logging.ts";
import type { Metrics } from "./metrics.ts";

/** Between two lines: CloudWatch keeps metrics by the minute. */
const everyMs = 60_000;

interface VitalSignsOptions {
  health: HealthMonitor;
  metrics: Metrics;
  logger: Logger;
  /** Jobs by queue; undefined while Redis does not answer. Default: the process has no queues. */
  queues?: { state(): Promise<Record<string, QueueSigns | undefined>> };
}

/**
 * Writes a line of vital signs now and each minute, whatever LOG_LEVEL says: alarms read figures from it, and notice by its
 * absence that no lines arrive. The rest of the metrics is for Prometheus.
 * @returns ends it.
 */
export function logVitalSigns({ health, metrics, logger, queues }: VitalSignsOptions): () => void {
  const lines = logger.child({}, { level: "info" });
  const write = async (): Promise<void> => {
    const [{ checks }, { values }] = await Promise.all([health.check(), metrics.webSockets.get()]);
    const signs: VitalSigns = {
      databaseAway: checks.database.status === "down" ? 1 : 0,
      webSockets: values[0]?.value ?? 0,
    };
    lines.info({ ...logEvents.vitalSigns, ...signs }, "vital signs");
    const counts = Object.values((await queues?.state()) ?? {});
    const known = counts.filter((count) => count !== undefined);
    if (queues === undefined || known.length < counts.length) return;
    const waiting = known.reduce((sum, count) => sum + count.waiting, 0);
    const queueSigns: QueueSigns = { waiting };
    lines.info({ ...logEvents.queueSigns, ...queueSigns }, "queue signs");
  };
  // A failed check is a sign, not an error: neither promise fails.
  const timer = setInterval(() => void write(), everyMs).unref();
  void write();
  return () => clearInterval(timer);
}
