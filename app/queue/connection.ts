import { Redis } from "ioredis";
import { type CacheOptions, connectionOptions, remember, reportConnection } from "../platform/cache.ts";

/** Longest wait for the server's answer, milliseconds: longer than the ten seconds for which BullMQ waits for a job. */
const answerWithinMs = 15_000;

/** Connections of one process to the queue: BullMQ makes more of the first, and all of them know rotated credentials. */
export function openQueueConnections(options: CacheOptions): { first: Redis; close(): void } {
  const { secret, logger } = options;
  const opened = new Set<Redis>();
  secret.onChange(async (credentials) => {
    for (const connection of opened) remember(connection, credentials);
  });
  const open = (): Redis => {
    const connection = new Redis({
      ...connectionOptions(options),
      // BullMQ waits until the connection is back.
      maxRetriesPerRequest: null,
      socketTimeout: answerWithinMs,
    });
    opened.add(connection);
    connection.once("end", () => opened.delete(connection));
    reportConnection(connection, secret, logger, "the queue");
    // BullMQ would give it a name, for which CLIENT is needed: more than the application's user may do.
    return Object.assign(connection, { duplicate: open });
  };
  return {
    first: open(),
    close: () => {
      for (const connection of opened) connection.disconnect();
    },
  };
}
