/** What the commands answer to the shell. 0, 1, 2 and 130 mean the same everywhere; `--help` of a command names its others. */
export const exitCodes = {
  /** The command did what was asked. */
  done: 0,
  /** A step failed, or what was checked is not as it must be. What was done stays done. */
  failure: 1,
  /** Refused before anything was touched: command line, configuration, protection, or no confirmation. */
  refused: 2,
  /** What the command works with is not there: no running sandbox, no Pulumi CLI. */
  missing: 3,
  /** preview: the plan breaks a guardrail that no exception allows. It still shows the plan. */
  guardrail: 3,
  /** sandbox: one runs in this folder already. */
  alreadyRunning: 4,
  /** preview --against: the change loses data, or what holds data. It still shows the change. */
  dataLoss: 4,
  /** Ctrl-C broke the command off. */
  stopped: 130,
} as const;
