/** What a database error means to a caller. */
export type DatabaseFailure = "unavailable" | "silent" | "busy" | "timeout" | "deadlock" | "denied";

const failures: Readonly<Record<string, DatabaseFailure>> = {
  ECONNREFUSED: "unavailable",
  ECONNRESET: "unavailable",
  EPIPE: "unavailable",
  ETIMEDOUT: "unavailable",
  EHOSTUNREACH: "unavailable",
  ENETUNREACH: "unavailable",
  ENOTFOUND: "unavailable",
  EAI_AGAIN: "unavailable",
  PROTOCOL_CONNECTION_LOST: "unavailable",
  HANDSHAKE_SSL_ERROR: "unavailable",
  HANDSHAKE_NO_SSL_SUPPORT: "unavailable",
  ER_CON_COUNT_ERROR: "unavailable",
  ER_SERVER_SHUTDOWN: "unavailable",
  // A failover: the old primary is read-only before it goes.
  ER_OPTION_PREVENTS_STATEMENT: "unavailable",
  ER_READ_ONLY_MODE: "unavailable",
  POOL_CLOSED: "unavailable",
  SERVER_SILENT: "silent",
  POOL_FULL: "busy",
  POOL_TIMEOUT: "busy",
  STATEMENT_TIMEOUT: "timeout",
  ER_QUERY_TIMEOUT: "timeout",
  ER_LOCK_WAIT_TIMEOUT: "timeout",
  ER_LOCK_DEADLOCK: "deadlock",
  // The login: unknown, wrong, locked, expired, or not for this schema.
  ER_ACCESS_DENIED_ERROR: "denied",
  ER_ACCESS_DENIED_NO_PASSWORD_ERROR: "denied",
  ER_ACCOUNT_HAS_BEEN_LOCKED: "denied",
  ER_MUST_CHANGE_PASSWORD_LOGIN: "denied",
  ER_DBACCESS_DENIED_ERROR: "denied",
  // A statement: the connection lacks a right that its user can have got since.
  ER_TABLEACCESS_DENIED_ERROR: "denied",
  ER_COLUMNACCESS_DENIED_ERROR: "denied",
  ER_SPECIFIC_ACCESS_DENIED_ERROR: "denied",
};

/** Classifies an error thrown by MySQL, its client or the pool; undefined for any other error. */
export function databaseFailure(error: unknown): DatabaseFailure | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return failures[error.code];
}

/** The pool could not hand out a connection, or gave up on a server that does not answer. */
export class PoolError extends Error {
  readonly code: "POOL_FULL" | "POOL_TIMEOUT" | "POOL_CLOSED" | "STATEMENT_TIMEOUT" | "SERVER_SILENT";

  constructor(code: PoolError["code"], message: string) {
    super(message);
    this.name = "PoolError";
    this.code = code;
  }
}

/** Whether a row was refused because another one has the same unique value. */
export const isDuplicate = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ER_DUP_ENTRY";
