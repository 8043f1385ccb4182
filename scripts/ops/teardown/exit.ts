/** What the command answers to the shell. */
export const exit = {
  /** Nothing is left (or, with --dry-run, nothing stands in the way). */
  done: 0,
  /** Something is left, or a step failed: what was done stays done. */
  left: 1,
  /** Refused before anything was touched: protected, not confirmed, wrong account, wrong command line. */
  refused: 2,
  /** There is no Pulumi CLI. */
  noEngine: 3,
  /** Stopped by Ctrl-C. */
  stopped: 130,
} as const;
