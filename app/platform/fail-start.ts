/**
 * Ends a process that cannot start, with the reason in plain words on standard error and exit 1. Nothing runs yet that needs
 * closing. A reason with a listing (ConfigurationError) keeps its lines; a stack would not help the reader.
 */
export function failStart(error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`bulwark: cannot start: ${reason}\n`);
  process.exit(1);
}
