import { type DestinationStream, type Logger, pino, stdSerializers } from "pino";
import { collectLines, timeField } from "./log-lines.ts";

export type { Logger } from "pino";

/** Keys whose value never reaches a log line, at the top level and one level down (A18). */
const secretKeys = [
  "password",
  "newPassword",
  "authorization",
  "cookie",
  "set-cookie",
  "x-api-key",
  "token",
  "accessToken",
  "refreshToken",
  "secret",
  "SecretString",
  "authToken",
  "privateJwk",
];
/** Personal data of clients: in the database, not in logs. */
const personalKeys = ["clientName", "clientEmail", "clientPhone", "notes", "email", "phone"];

const redactedPaths = [...secretKeys, ...personalKeys].flatMap((key) => {
  const name = /^[a-z_]+$/i.test(key) ? key : `["${key}"]`;
  const nested = name.startsWith("[") ? `*${name}` : `*.${name}`;
  return [name, nested, `*.${nested}`];
});

export interface LoggingOptions {
  /** Name of the process in every line. */
  service: string;
  level: string;
  environment: string;
  version: string;
  /** Where lines go; default: standard output. Tests pass their own. */
  destination?: DestinationStream & { flushSync?: () => void };
}

export interface Logging {
  logger: Logger;
  /** Writes what is buffered, at once. Called last before the process ends. */
  flush(): void;
}

/** Where a logger writes, and what is in each of its lines. */
const outputs = new WeakMap<Logger, { destination: DestinationStream; base: string }>();

/** JSON lines on standard output, which are written a little later: `flush` writes the rest. */
export function createLogging(options: LoggingOptions): Logging {
  const destination = options.destination ?? collectLines();
  const base = { service: options.service, environment: options.environment, version: options.version };
  const logger = pino(
    {
      level: options.level,
      base,
      timestamp: timeField,
      formatters: { level: (level) => ({ level }) },
      redact: { paths: redactedPaths, censor: "[redacted]" },
      serializers: { err: describeError },
      hooks: {
        // pino would take the error's own text as the line's, past the masking below.
        logMethod(args, method) {
          return method.apply(this, isOnlyAnError(args) ? [args[0], "error"] : args);
        },
      },
    },
    destination,
  );
  outputs.set(logger, { destination, base: JSON.stringify(base).slice(1, -1) });
  return { logger, flush: () => flushQuietly(destination) };
}

/**
 * Writes lines of one type with level info, as pino does, which takes several times as long: it looks for each field's serializer
 * and redaction. `fields` is JSON from its first comma on, and nothing in it is redacted.
 * @param logger one of `createLogging`.
 */
export function lineWriter(logger: Logger, type: string): (fields: string) => void {
  const output = outputs.get(logger);
  if (output === undefined) throw new Error("lines are written to a logger of createLogging only");
  const { destination, base } = output;
  const name = JSON.stringify(type);
  const [start, end] = [`,${base},"type":${name}`, `,"msg":${name}}\n`];
  return (fields) => {
    if (logger.isLevelEnabled("info")) {
      destination.write(`{"level":"info"${timeField()}${start}${fields}${end}`);
    }
  };
}

function isOnlyAnError(args: readonly unknown[]): boolean {
  const [first] = args;
  if (args.length > 1 || typeof first !== "object" || first === null) return false;
  return first instanceof Error || ("err" in first && first.err instanceof Error);
}

/** A stream that has not opened yet has nothing to lose, and throws. */
function flushQuietly(destination: { flushSync?: () => void }): void {
  try {
    destination.flushSync?.();
  } catch {
    return;
  }
}

/** Libraries attach the statement, its values, the command or the whole request to their errors; the log must omit them. */
const privateErrorFields = new Set([
  "sql",
  "parameters",
  "sqlMessage",
  "command",
  "request",
  "response",
  "$response",
  "input",
]);

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, message, stack, ...rest } = stdSerializers.err(error);
  const fields = Object.entries(rest).filter(([key]) => !privateErrorFields.has(key) && key !== "raw");
  return { type, message: masked(message), stack: masked(stack), ...Object.fromEntries(fields) };
}

/** MySQL quotes the offending value: "Duplicate entry 'ann@example.org' for key …". The value is user data. */
function masked(text: string): string {
  return text.replace(
    /(Duplicate entry|Incorrect \w+ value:|Data truncated for value) '(?:[^']|'(?! for ))*'/g,
    "$1 '[redacted]'",
  );
}
