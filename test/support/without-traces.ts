const usualTraceLimit = Error.stackTraceLimit;
let running = 0;

/**
 * Runs something without stack traces: the Pulumi SDK takes thousands of them, which is half the time of a plan under the
 * test runner's source maps. Where the program fails in a test, `npm run preview` says where.
 */
export async function withoutTraces<T>(run: () => Promise<T>): Promise<T> {
  running += 1;
  Error.stackTraceLimit = 0;
  try {
    return await run();
  } finally {
    running -= 1;
    if (running === 0) Error.stackTraceLimit = usualTraceLimit;
  }
}
