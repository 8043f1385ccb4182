/** Why a function gave up: stable words for alarms, runbooks and tests. */
export type FailureReason =
  /** The function's environment or event is not what it must be. */
  | "bad-environment"
  | "bad-event"
  /** The event names a secret that this function has no business with. */
  | "foreign-secret"
  | "rotation-disabled"
  /** The token is not a version of the secret, or not its AWSPENDING version. */
  | "unknown-token"
  | "not-pending"
  | "unknown-step"
  /** A step came before the one it builds on. */
  | "out-of-order"
  | "no-current-value"
  | "malformed-value"
  /** The pending value does not belong to the current one (another user, host, …). */
  | "mismatched-value"
  /** The service takes the credentials for unfit: a rule for passwords, a character. */
  | "value-refused"
  /** A half-done rotation is too old to be finished; it has been dropped. */
  | "stale-pending"
  /** The current credentials do not log in: the rotation must not change anything. */
  | "current-refused"
  | "pending-refused"
  | "master-refused"
  | "grants-differ"
  /** RDS did not take the retention of binlogs. */
  | "binlog-retention"
  | "tls-missing"
  | "user-name-too-long"
  | "cache-user-stuck"
  /** The cluster's API refused what the function asked. */
  | "cluster-refused"
  | "too-many-keys"
  | "key-broken"
  | "rotation-incomplete"
  /** A service answered with an error, or did not answer. */
  | "aws-error"
  | "database-error"
  /** MySQL's disk has no room for the write. */
  | "disk-full"
  | "unreachable"
  | "unexpected";

/**
 * The only error that leaves a function: Lambda writes it to the log and to the caller, so this composes its message, and never
 * uses a database driver's, which carries the statement and with it the password.
 */
export class Failure extends Error {
  readonly reason: FailureReason;
  /** ARN of the secret it is about. */
  secret: string | undefined;
  /** Rotation step it happened in. */
  step: string | undefined;

  constructor(reason: FailureReason, message: string) {
    super(message);
    this.name = "Failure";
    this.reason = reason;
    this.secret = undefined;
    this.step = undefined;
  }

  /** The same failure with what it is about, named in the message as well, for those who read only that. */
  about(secret: string, step: string): Failure {
    if (this.secret !== undefined) return this;
    this.message = `${step} of ${secret} failed (${this.reason}): ${this.message}`;
    this.secret = secret;
    this.step = step;
    return this;
  }
}

interface Described {
  code?: unknown;
  errno?: unknown;
  name?: unknown;
  message?: unknown;
  $metadata?: unknown;
}

const networkCodes = /^(E[A-Z]+|PROTOCOL_.*|HANDSHAKE_.*|ERR_TLS_.*|ERR_SSL_.*|UNABLE_TO_.*|.*CERT.*)$/;

/**
 * Turns any thrown value into a Failure without secrets: it keeps an AWS error's name and message (they name actions and
 * resources), and only the code of a driver's or network error.
 */
export const asFailure = (error: unknown): Failure => {
  if (error instanceof Failure) return error;
  const { code, errno, name, message, $metadata }: Described = error instanceof Error ? error : {};
  if (typeof code === "string" && networkCodes.test(code)) {
    return new Failure("unreachable", `the connection failed with ${code}`);
  }
  if (typeof code === "string" && isDiskFull(code, String(message))) {
    return new Failure(
      "disk-full",
      `the database server's disk is full, it answered ${code} (${String(errno)})`,
    );
  }
  if (typeof code === "string" && code.startsWith("ER_")) {
    return new Failure("database-error", `MySQL answered ${code} (${String(errno)})`);
  }
  if ($metadata !== undefined || name === "TimeoutError") {
    return new Failure("aws-error", `AWS answered ${String(name)}: ${String(message)}`);
  }
  const origin = error instanceof Error ? frames(error) : "a value that is not an Error was thrown";
  return new Failure("unexpected", `${String(name ?? typeof error)} ${origin}`);
};

/** Errors of a full disk: no space (28) or a full table file (135), wrapped for account statements. */
const isDiskFull = (code: string, message: string): boolean =>
  code.startsWith("ER_DISK_FULL") ||
  code === "ER_RECORD_FILE_FULL" ||
  (code === "ER_ACL_OPERATION_FAILED" && /errcode (28|135)\b/.test(message));

/** Where it happened: stack frames hold no values, unlike the message above them. */
const frames = (error: Error): string =>
  (error.stack ?? "")
    .split("\n")
    .filter((line) => line.startsWith("    at "))
    .slice(0, 3)
    .map((line) => line.trim())
    .join(" ");
