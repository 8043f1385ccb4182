/**
 * Ends a process that cannot start: the reason in plain words on standard error, exit 1. Nothing is running yet, so there is
 * nothing to close. A reason with a listing (ConfigurationError) keeps its lines; a stack would tell the reader nothing.
 */
export function failStart(error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`bulwark: cannot start: ${reason}\n`);
  process.exit(1);
}
