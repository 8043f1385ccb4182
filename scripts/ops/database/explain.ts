import { CommandError, codeOf } from "../../cli/errors.ts";

const noSpace = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
const serverFull = new Set([
  "ER_RECORD_FILE_FULL",
  "ER_DISK_FULL",
  "ER_DISK_FULL_NOWAIT",
  "ER_ENGINE_OUT_OF_MEMORY",
]);
const unreachable =
  /ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN|PROTOCOL_CONNECTION_LOST|TimeoutError/;

/** Errors of the network, the file system, MySQL and the AWS SDK in words that say what to do. Others stay what they are. */
export const inWords = (error: unknown): unknown => {
  if (error instanceof CommandError || !(error instanceof Error)) return error;
  const words = wordsFor(codeOf(error) ?? error.name, error.message);
  return words === undefined ? error : new CommandError(words, { cause: error });
};

const wordsFor = (code: string, message: string): string | undefined => {
  if (noSpace.has(code))
    return `The disk is full (${message}). Nothing was kept; make room, or write to another disk.`;
  if (serverFull.has(code)) {
    return `The server's disk is full (${message}). Nothing was kept there; a larger disk: docs/runbooks/disk-full.md`;
  }
  if (code === "EACCES" || code === "EROFS") return `Not allowed: ${message}`;
  if (code === "ENOENT") return `No such file or folder: ${message}`;
  if (code === "ER_ACCESS_DENIED_ERROR") {
    return `The database refuses the login in the secret (${message}). A rotation may be under way: try again in a minute.`;
  }
  if (/^ER_.*ACCESS_DENIED/.test(code)) return `The database user may not do that: ${message}`;
  if (code === "ER_TABLE_DEF_CHANGED") {
    return "A table was altered while it was being backed up: a migration ran at the same time. Run the backup again.";
  }
  if (code === "HANDSHAKE_SSL_ERROR" || /certificate|altname/i.test(`${code} ${message}`)) {
    return `The database's certificate is not to be trusted: ${message}. A tunnel is given with --via, so that the certificate is still checked against the database's own name.`;
  }
  if (code === "CredentialsProviderError")
    return "There are no AWS credentials: aws sso login, or set AWS_PROFILE.";
  if (unreachable.test(`${code} ${message}`)) {
    return `Nobody answers (${message}). The database has no public address: work from within the network, or through a tunnel with --via HOST:PORT. Sandbox: npm run sandbox -- --status`;
  }
  return undefined;
};
