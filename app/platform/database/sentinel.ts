import mysql, { type Connection } from "mysql2";
import type { DatabaseCredentials } from "../../contract/secret-values.ts";
import type { Metrics } from "../metrics.ts";
import { withDeadline } from "../resilience.ts";
import type { Trust } from "../trust.ts";
import { connectionOptions } from "./client.ts";
import { PoolError } from "./failures.ts";

/** Longest a server that works takes to answer `SELECT 1`, logging in included. */
const answerTimeMs = 1_000;
/** How long a probe waits for its answer, because a resuming server answers it, before it is sent again. */
const patienceMs = 10_000;

/**
 * Sends `SELECT 1` to the server on a separate connection, outside the pool: this shows whether the server answers; a full pool
 * or a slow statement does not.
 */
export class Sentinel {
  readonly #credentials: DatabaseCredentials;
  readonly #trust: Trust;
  readonly #metrics: Metrics;
  #connection: Connection | undefined;
  #question: { sentAt: number; answer: Promise<void> } | undefined;

  constructor(credentials: DatabaseCredentials, { trust, metrics }: { trust: Trust; metrics: Metrics }) {
    this.#credentials = credentials;
    this.#trust = trust;
    this.#metrics = metrics;
  }

  /**
   * Concurrent callers share one probe.
   * @throws PoolError `SERVER_SILENT` when no answer comes within a second; the client's error when the server refuses.
   */
  async ask(): Promise<void> {
    this.#question ??= this.#send();
    const { answer, sentAt } = this.#question;
    await withDeadline(answer, answerTimeMs, () => {
      if (performance.now() - sentAt > patienceMs) this.close();
      return new PoolError("SERVER_SILENT", `the database did not answer within ${answerTimeMs} ms`);
    });
  }

  /** Logs in once more, beside the connection that is open. @throws the client's error when the server refuses */
  async logIn(): Promise<void> {
    const connection = this.#connect();
    try {
      await selectOne(connection);
    } finally {
      connection.destroy();
    }
  }

  /** Ends its connection; the next question opens another. */
  close(): void {
    this.#connection?.destroy();
    this.#connection = undefined;
    this.#question = undefined;
  }

  #send(): { sentAt: number; answer: Promise<void> } {
    this.#connection ??= this.#connect();
    const sentAt = performance.now();
    const question = { sentAt, answer: selectOne(this.#connection) };
    question.answer
      .then(() => {
        const statement = "SELECT";
        const seconds = (performance.now() - sentAt) / 1_000;
        this.#metrics.queryDuration.count(statement, seconds, () => ({ statement }));
        if (this.#question === question) this.#question = undefined;
      })
      .catch(() => {
        if (this.#question === question) this.close();
      });
    return question;
  }

  #connect(): Connection {
    const connection = mysql.createConnection(connectionOptions(this.#credentials, this.#trust));
    // Without a listener, a connection that breaks between two probes would end the process; the next probe fails.
    return connection.on("error", () => undefined);
  }
}

const selectOne = (connection: Connection): Promise<void> =>
  new Promise((resolve, reject) => {
    connection.query("SELECT 1", (error) => (error ? reject(error) : resolve()));
  });
