import { Queue, Worker } from "bullmq";
import type * as z from "zod";
import { cacheKeys } from "../contract/cache-access.ts";
import { recordOf } from "../contract/records.ts";
import type { CacheOptions } from "../platform/cache.ts";
import { databaseFailure } from "../platform/database/failures.ts";
import type { ErrorReports } from "../platform/error-reports/reports.ts";
import type { Metrics } from "../platform/metrics.ts";
import { withDeadline } from "../platform/resilience.ts";
import { openQueueConnections } from "./connection.ts";

/** What does the jobs of one kind. */
export interface Processor<Data> {
  /** Name of the queue: letters and hyphens. */
  name: string;
  /** What a job says: the id of a row, which is what is true. */
  data: z.ZodType<Data>;
  /** Jobs at a time in this process. Default 1. */
  concurrency?: number;
  /** Adds a job by itself so often, without data; all processes together. */
  everyMs?: number;
  /**
   * Does one job. It may be called more than once for the same one, in two processes at a time, or never, when Redis loses its data: the
   * database decides what is to be done. What it throws is logged and counted; the job is not tried again.
   */
  work(data: Data): Promise<void>;
}

/** Adds jobs of one kind. */
export interface Jobs<Data> {
  /** @param id what has the same id as a job that waits or is worked on is not added: letters, digits, hyphens. */
  add(jobs: readonly { id: string; data: Data }[]): Promise<void>;
}

export interface Queues {
  /** The one door for features: says what does the jobs of a kind, and begins with it. */
  register<Data>(processor: Processor<Data>): Jobs<Data>;
  /** Jobs by queue and state, for /status; undefined while Redis does not answer. */
  state(): Promise<Record<string, Counts | undefined>>;
  /** Takes no further jobs and waits for those that are worked on, at most so many milliseconds. */
  close(waitMs: number): Promise<void>;
}

export interface QueuesOptions extends CacheOptions {
  metrics: Metrics;
  /** Default: errors are only logged. */
  errors?: ErrorReports | undefined;
}

const states = ["waiting", "delayed", "active"] as const;
type Counts = Record<(typeof states)[number], number>;

/** Longest that /status and /metrics wait for Redis, milliseconds. */
const countWithinMs = 1_000;

/** Job schedulers are in Redis, which can lose them: one whose job did not come for so many of its intervals is written again. */
const missedIntervals = 3;

/** Jobs between processes, by BullMQ: they say when to look at the database, and lose nothing that is not in there (docs/reminders.md). */
export function openQueues(options: QueuesOptions): Queues {
  const { logger, metrics, tracing, errors } = options;
  const connections = openQueueConnections(options);
  const shared = {
    connection: connections.first,
    prefix: cacheKeys.queue.slice(0, -1),
    // Else it asks for INFO, which is more than the application's user may do.
    skipVersionCheck: true,
  };
  const queues = new Map<string, Queue>();
  const workers: Worker[] = [];
  const timers: NodeJS.Timeout[] = [];

  /** connection.ts tells of lost connections. */
  const report = (name: string) => (error: Error) => logger.debug({ err: error, queue: name }, "queue");

  const repeat = (queue: Queue, everyMs: number): { ran(): void } => {
    const schedule = () =>
      queue.upsertJobScheduler(queue.name, { every: everyMs }, { data: {} }).catch(report(queue.name));
    let ranAt = performance.now();
    let writing = schedule();
    const look = async () => {
      await writing;
      if (performance.now() - ranAt > missedIntervals * everyMs) writing = schedule();
    };
    timers.push(setInterval(() => void look(), everyMs).unref());
    return {
      ran: () => {
        ranAt = performance.now();
      },
    };
  };

  const register = <Data>({ name, data, concurrency = 1, everyMs, work }: Processor<Data>): Jobs<Data> => {
    const queue = new Queue(name, {
      ...shared,
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    queue.on("error", report(name));
    queues.set(name, queue);
    const repeated = everyMs === undefined ? undefined : repeat(queue, everyMs);
    const worker = new Worker(
      name,
      async (job) => {
        repeated?.ran();
        const started = performance.now();
        const span = tracing?.start(
          {
            name: `process ${name}`,
            kind: "consumer",
            attributes: { "messaging.system": "bullmq", "messaging.destination.name": name },
          },
          { traceparent: job.opts.telemetry?.metadata },
        );
        const measure = (outcome: "done" | "failed") =>
          metrics.jobDuration.observe({ queue: name, outcome }, (performance.now() - started) / 1_000);
        try {
          const given = data.parse(job.data);
          await (span?.within(() => work(given)) ?? work(given));
          measure("done");
          span?.end();
        } catch (error) {
          span?.end({ error: error instanceof Error ? error.name : "unknown" });
          measure("failed");
          logger.error({ err: error, queue: name, job: job.id }, "job failed");
          if (databaseFailure(error) === undefined) errors?.report(error, { queue: name });
          throw error;
        }
      },
      { ...shared, concurrency, removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } },
    );
    worker.on("error", report(name));
    workers.push(worker);
    return {
      add: async (jobs) => {
        const metadata = tracing?.traceparent();
        const telemetry = metadata === undefined ? {} : { telemetry: { metadata } };
        await queue.addBulk(
          jobs.map((job) => ({ name, data: job.data, opts: { jobId: job.id, ...telemetry } })),
        );
      },
    };
  };

  const state = async () => {
    const counts = [...queues].map(async ([name, queue]) => [name, await countsOf(queue)] as const);
    return Object.fromEntries(await Promise.all(counts));
  };
  metrics.onScrape(async () => {
    for (const [queue, counts] of Object.entries(await state()))
      for (const counted of states)
        metrics.queueJobs.set({ queue, state: counted }, counts?.[counted] ?? Number.NaN);
  });

  return {
    register,
    state,
    close: async (waitMs) => {
      for (const timer of timers) clearInterval(timer);
      const closing = Promise.all(workers.map((worker) => worker.close()));
      // Without Redis it would wait for ever.
      const late = setTimeout(() => connections.close(), waitMs);
      await closing.finally(() => clearTimeout(late));
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      connections.close();
    },
  };
}

/** Undefined while Redis does not answer. */
async function countsOf(queue: Queue): Promise<Counts | undefined> {
  try {
    const counting = queue.getJobCounts(...states);
    const counts = await withDeadline(counting, countWithinMs, () => new Error("no answer"));
    return recordOf(states, (name) => counts[name] ?? 0);
  } catch {
    return undefined;
  }
}
