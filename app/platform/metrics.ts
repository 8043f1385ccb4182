import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { LatencyHistogram } from "./latency-histogram.ts";

/** Everything /metrics shows, in one list (A17). Each process has its own; Prometheus adds them up. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const beforeScrape: (() => void | Promise<void>)[] = [];
  return {
    registry,
    /** Registers a function that updates gauges before each read. */
    onScrape(update: () => void | Promise<void>) {
      beforeScrape.push(update);
    },
    /** All metrics in Prometheus's text format. */
    async text() {
      await Promise.all(beforeScrape.map((update) => update()));
      return registry.metrics();
    },
    requestDuration: new LatencyHistogram({
      name: "http_request_duration_seconds",
      help: "Time from the first byte of a request to the last byte of its response",
      labelNames: ["method", "route", "status"] as const,
      registers,
    }),
    rateLimited: new Counter({
      name: "rate_limit_refused_total",
      help: "Requests answered with 429",
      labelNames: ["limit"] as const,
      registers,
    }),
    signInFailures: new Counter({
      name: "sign_in_failures_total",
      help: "Passwords that were refused, also for accounts that do not exist or are locked",
      registers,
    }),
    rateLimitStoreUp: new Gauge({
      name: "rate_limit_store_up",
      help: "1: limits are shared through Redis. 0: Redis does not answer, each process limits by itself",
      registers,
    }),
    rateLimitFallbacks: new Counter({
      name: "rate_limit_fallback_total",
      help: "Requests that were limited by this process alone because Redis did not answer",
      registers,
    }),
    queryDuration: new LatencyHistogram({
      name: "db_query_duration_seconds",
      help: "Time of one statement on the wire, by its first word",
      labelNames: ["statement"] as const,
      registers,
    }),
    poolConnections: new Gauge({
      name: "db_pool_connections",
      help: "Connections of this process: in use, waited for",
      labelNames: ["state"] as const,
      registers,
    }),
    poolSwaps: new Counter({
      name: "db_pool_swaps_total",
      help: "Changes of the database login without restart",
      labelNames: ["outcome"] as const,
      registers,
    }),
    secretAge: new Gauge({
      name: "secret_age_seconds",
      help: "Time since the secret was last read successfully",
      labelNames: ["secret"] as const,
      registers,
    }),
    secretVersionAge: new Gauge({
      name: "secret_version_age_seconds",
      help: "Time since the version in use was made: more than the rotation period means that rotation does not reach this process",
      labelNames: ["secret"] as const,
      registers,
    }),
    secretSwitches: new Counter({
      name: "secret_switches_total",
      help: "New versions of a secret that were taken into use without restart",
      labelNames: ["secret"] as const,
      registers,
    }),
    secretRefreshFailures: new Counter({
      name: "secret_refresh_failures_total",
      help: "Failed reads of a secret after start-up; the API goes on with the value it has",
      labelNames: ["secret"] as const,
      registers,
    }),
    secretRefused: new Counter({
      name: "secret_refused_total",
      help: "Logins that a server refused though they are what the secret says: changed behind the stack's back",
      labelNames: ["secret"] as const,
      registers,
    }),
    breakerOpen: new Gauge({
      name: "circuit_breaker_open",
      help: "1: calls to the dependency are refused at once, 0: they go through",
      labelNames: ["dependency"] as const,
      registers,
    }),
    webSockets: new Gauge({
      name: "websocket_connections",
      help: "WebSockets that are open",
      registers,
    }),
    webSocketsClosed: new Counter({
      name: "websocket_closed_total",
      help: "WebSockets that have ended, by close code; 1006 is one without a goodbye: lost, dead, or too slow a reader",
      labelNames: ["code"] as const,
      registers,
    }),
    livePublishFailures: new Counter({
      name: "live_publish_failures_total",
      help: "Changes that Redis did not take for live updates: the clients are told to load anew",
      registers,
    }),
    webhookAttempts: new Counter({
      name: "webhook_attempts_total",
      help: "Attempts to deliver to a webhook, by whether its receiver took it",
      labelNames: ["outcome"] as const,
      registers,
    }),
    smsAttempts: new Counter({
      name: "sms_attempts_total",
      help: "Attempts to send an SMS: sent, unsent, or unknown, which is not repeated",
      labelNames: ["outcome"] as const,
      registers,
    }),
    reminders: new Gauge({
      name: "reminders",
      help: "Reminders of the last day by state, of all processes",
      labelNames: ["state"] as const,
      registers,
    }),
    smsDeliveryRate: new Gauge({
      name: "sms_delivery_rate",
      help: "Part of the last day's SMS with a known end that was delivered: 0 to 1, NaN without any",
      registers,
    }),
    jobDuration: new LatencyHistogram({
      name: "job_duration_seconds",
      help: "Time of one job of the worker",
      labelNames: ["queue", "outcome"] as const,
      registers,
    }),
    queueJobs: new Gauge({
      name: "queue_jobs",
      help: "Jobs in Redis, of all processes: waiting, delayed, active",
      labelNames: ["queue", "state"] as const,
      registers,
    }),
    unhandledRejections: new Counter({
      name: "unhandled_rejections_total",
      help: "Promises that failed with nobody listening: each one is a defect",
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

/** Memory, garbage collection and event-loop lag: once per process, by its entry. */
export function collectProcessMetrics(metrics: Metrics): void {
  collectDefaultMetrics({ register: metrics.registry });
}
