/** Fields of a line besides its message: a closed list, of which none ever holds a secret. */
interface LogFields {
  secret?: string;
  purpose?: string;
  step?: string;
  token?: string;
  user?: string;
  host?: string;
  reason?: string;
  outcome?: string;
  detail?: string;
  count?: number;
  milliseconds?: number;
}

export interface Log {
  info(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** From now on this text is masked wherever it would appear, should code below ever try to write it. */
  conceal(text: string): void;
  /** The text with everything concealed masked. */
  mask(text: string): string;
}

/** Shorter texts are too likely to be part of ordinary words; no secret of the product is that short. */
const shortest = 8;

/**
 * A logger that writes one line of JSON per event to standard output, which CloudWatch reads. Two measures keep secrets
 * out: the fields are a closed list, and it conceals every secret value as soon as a function reads or makes it.
 * @param functionName goes into every line. @param write receives a line; standard output by default.
 */
export const makeLog = (
  functionName: string,
  write: (line: string) => void = (line) => process.stdout.write(`${line}\n`),
): Log => {
  const concealed = new Set<string>();
  const mask = (text: string): string => {
    let masked = text;
    for (const value of concealed) masked = masked.replaceAll(value, "[secret]");
    return masked;
  };
  const line = (level: string, message: string, fields: LogFields): void => {
    // `timestamp` and `level` as Lambda's own log filter expects them.
    const timestamp = new Date().toISOString();
    write(mask(JSON.stringify({ timestamp, level, function: functionName, message, ...fields })));
  };
  return {
    info: (message, fields = {}) => line("INFO", message, fields),
    error: (message, fields = {}) => line("ERROR", message, fields),
    conceal: (text) => {
      if (text.length < shortest) return;
      concealed.add(text);
      concealed.add(JSON.stringify(text).slice(1, -1)); // as it would look inside a line
    },
    mask,
  };
};

/** Public members of secret values; the logger conceals any other text in a secret. */
const publicMembers = new Set([
  ...["engine", "host", "port", "dbname", "username", "accountSid"],
  ...["kid", "alg", "state", "publicJwk", "createdAt", "signsFrom", "verifiesUntil", "from", "until"],
  ...["kty", "crv"],
]);

/** Conceals every text in a parsed secret value that is not public by its name, however deep it lies. */
export const concealValue = (log: Log, value: unknown): void => {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === "string") log.conceal(next);
    if (typeof next !== "object" || next === null) continue;
    for (const [name, member] of Object.entries(next)) if (!publicMembers.has(name)) open.push(member);
  }
};
