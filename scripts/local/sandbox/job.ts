import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { CommandError } from "../../cli/errors.ts";
import { tail } from "../servers/run.ts";
import type { JobSpec } from "./pod-spec.ts";
import { endingText, type RunningProcess } from "./processes.ts";

/** Pauses between the attempts of a Job: 10 s, 20 s … up to 6 minutes, as the Job controller does. */
interface JobBackoff {
  initialMs: number;
  maximumMs: number;
}
const controllerBackoff: JobBackoff = { initialMs: 10_000, maximumMs: 360_000 };

export interface JobRun {
  /** Starts the process of one attempt. */
  launch(attempt: number): Promise<RunningProcess>;
  /** Told before each pause between two attempts. */
  again(failure: string, pauseMs: number): void;
  /** Ends it early. */
  signal: AbortSignal;
  backoff?: JobBackoff;
}

/**
 * Runs a Job to its success: as many attempts as its back-off limit and its exit codes allow, within its deadline.
 * @throws CommandError with the end of the log
 */
export const runJob = async (spec: JobSpec, run: JobRun): Promise<void> => {
  const { launch, again, signal, backoff = controllerBackoff } = run;
  const { backoffLimit, activeDeadlineSeconds, podFailurePolicy } = spec.spec;
  const final = podFailurePolicy.rules.flatMap(({ onExitCodes }) => onExitCodes.values);
  const deadline = activeDeadlineSeconds ? Date.now() + activeDeadlineSeconds * 1000 : undefined;
  let pauseMs = backoff.initialMs;
  for (let attempt = 1; ; attempt += 1) {
    const container = await launch(attempt);
    const failure = await attemptFailure(container, spec, deadline, signal);
    if (failure === undefined) return;
    const late = deadline !== undefined && Date.now() >= deadline;
    const ended = late || signal.aborted || final.includes((await container.ended).code ?? 0);
    if (attempt > backoffLimit || ended) throw jobFailed(spec, container, failure, attempt);
    again(failure, pauseMs);
    await delay(pauseMs, undefined, { signal });
    pauseMs = Math.min(backoff.maximumMs, pauseMs * 2);
  }
};

/** How the attempt failed; undefined when it succeeded. */
const attemptFailure = async (
  container: RunningProcess,
  spec: JobSpec,
  deadline: number | undefined,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const graceMs = spec.spec.template.spec.terminationGracePeriodSeconds * 1000;
  let why: string | undefined;
  const stop = (reason: string) => {
    why ??= reason;
    void container.stop(graceMs);
  };
  const timer =
    deadline === undefined
      ? undefined
      : setTimeout(
          () => stop(`passed its deadline of ${spec.spec.activeDeadlineSeconds} s`),
          deadline - Date.now(),
        );
  const onAbort = () => stop("was stopped");
  signal.addEventListener("abort", onAbort, { once: true });
  const ending = await container.ended;
  clearTimeout(timer);
  signal.removeEventListener("abort", onAbort);
  return why ?? (ending.code === 0 ? undefined : `failed with ${endingText(ending)}`);
};

const jobFailed = (
  spec: JobSpec,
  container: RunningProcess,
  failure: string,
  attempts: number,
): CommandError =>
  new CommandError(
    `the Job ${spec.metadata.name} ${failure}${attempts > 1 ? `, at the last of ${attempts} attempts` : ""}.\n` +
      `  The end of its log (${container.logFile}):\n${tail(readFileSync(container.logFile, "utf8"))}`,
  );
