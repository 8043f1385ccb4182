import mysql, { type Connection } from "mysql2";
import type { DatabaseCredentials } from "../../contract/secret-values.ts";
import type { Metrics } from "../metrics.ts";
import { withDeadline } from "../resilience.ts";
import type { Trust } from "../trust.ts";
import { connectionOptions } from "./client.ts";
import { PoolError } from "./failures.ts";

/** Longest a server that works takes to answer `SELECT 1`, logging in included, milliseconds. */
const answerTime = 1_000;
/** A question without an answer stays open so long, since a server that goes on answers it; then it is asked anew, milliseconds. */
const patience = 10_000;

/**
 * Asks the server `SELECT 1` on a connection of its own, beside the pool: a full pool or a slow statement says nothing about
 * whether the server answers, this does.
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
   * Those who ask at the same time share one question.
   * @throws PoolError `SERVER_SILENT` when no answer comes within a second; the client's error when the server refuses.
   */
  async ask(): Promise<void> {
    this.#question ??= this.#send();
    const { answer, sentAt } = this.#question;
    await withDeadline(answer, answerTime, () => {
      if (performance.now() - sentAt > patience) this.close();
      return new PoolError("SERVER_SILENT", `the database did not answer within ${answerTime} ms`);
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
        this.#metrics.queryDuration
          .labels({ statement: "SELECT" })
          .observe((performance.now() - sentAt) / 1_000);
        if (this.#question === question) this.#question = undefined;
      })
      .catch(() => {
        if (this.#question === question) this.close();
      });
    return question;
  }

  #connect(): Connection {
    const connection = mysql.createConnection(connectionOptions(this.#credentials, this.#trust));
    // A connection that breaks between two questions tells nobody otherwise, which ends the process; the next question fails.
    return connection.on("error", () => undefined);
  }
}

const selectOne = (connection: Connection): Promise<void> =>
  new Promise((resolve, reject) => {
    connection.query("SELECT 1", (error) => (error ? reject(error) : resolve()));
  });
