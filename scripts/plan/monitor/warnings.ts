/**
 * Runs the program, and collects its warnings: without an engine the SDK writes them to the console at once, where a long plan
 * buries them.
 */
export async function collectWarnings(program: () => Promise<void>): Promise<string[]> {
  const warnings: string[] = [];
  const { warn } = console;
  console.warn = (text: unknown) => void warnings.push(String(text).replace(/^warning: \[runtime\] /, ""));
  try {
    await program();
  } finally {
    console.warn = warn;
  }
  return warnings;
}
