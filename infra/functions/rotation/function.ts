import * as z from "zod";
import { asFailure, Failure } from "../shared/failure.ts";
import { isKeepWarm } from "../shared/keep-warm.ts";
import type { Log } from "../shared/log.ts";
import type { SecretStore } from "../shared/secret-store.ts";
import type { Steps } from "./machine.ts";

/** What Secrets Manager sends; it may add members. */
const rotationEvent = z.object({
  SecretId: z.string().min(1),
  ClientRequestToken: z.string().min(1),
  Step: z.string().min(1),
});

/** The event of the stack's schedule, and of a repair: does every secret's current value work? */
const checkEvent = z.strictObject({ Check: z.literal("current") });

/** A rotation function: the checks that come before any step, then the step. */
export type RotationFunction = (event: unknown) => Promise<void>;

/**
 * @param secrets the steps of every secret this function rotates, by ARN; it refuses others, even if IAM allows them.
 * @throws Failure that names secret, step and reason; the same is logged as one line.
 */
export const rotationFunction =
  (secrets: ReadonlyMap<string, Steps>, store: SecretStore, log: Log): RotationFunction =>
  async (event) => {
    if (checkEvent.safeParse(event).success) return checkAll(secrets, log);
    const parsed = rotationEvent.safeParse(event);
    if (!parsed.success)
      throw new Failure("bad-event", "not a rotation event: SecretId, ClientRequestToken and Step");
    const { SecretId: secret, ClientRequestToken: token, Step: step } = parsed.data;
    const started = performance.now();
    const milliseconds = () => Math.round(performance.now() - started);
    try {
      const outcome = await runStep(secrets, store, { secret, token, step });
      log.info("rotation step done", { secret, step, token, outcome, milliseconds: milliseconds() });
    } catch (error) {
      const failure = asFailure(error).about(secret, step);
      failure.message = log.mask(failure.message);
      const { reason, message: detail } = failure;
      log.error("rotation step failed", {
        secret,
        step,
        token,
        reason,
        detail,
        milliseconds: milliseconds(),
      });
      throw failure;
    }
  };

/** @throws the first Failure; each is logged as one line. */
const checkAll = async (secrets: ReadonlyMap<string, Steps>, log: Log): Promise<void> => {
  const failures: Failure[] = [];
  for (const [secret, { check }] of secrets) {
    try {
      await check();
      log.info("current value works", { secret });
    } catch (error) {
      const failure = asFailure(error).about(secret, "check");
      failure.message = log.mask(failure.message);
      log.error("current value does not work", { secret, reason: failure.reason, detail: failure.message });
      failures.push(failure);
    }
  }
  if (failures[0]) throw failures[0];
};

/**
 * Ignores the event that keeps the function warm. Builds the function at its first real call, so that an import needs no
 * environment, and reports a wrong environment like any other failure. Later calls reuse it, because Lambda keeps the process.
 */
export const lazily = <Event, Result>(
  build: () => (event: Event) => Promise<Result>,
): ((event: Event) => Promise<Result | undefined>) => {
  let built: ((event: Event) => Promise<Result>) | undefined;
  return async (event) => {
    if (isKeepWarm(event)) return undefined;
    built ??= build();
    return built(event);
  };
};

/** The checks of AWS's own rotation functions, in their order. */
const runStep = async (
  secrets: ReadonlyMap<string, Steps>,
  store: SecretStore,
  { secret, token, step }: { secret: string; token: string; step: string },
): Promise<string> => {
  const steps = secrets.get(secret);
  if (!steps) throw new Failure("foreign-secret", "this function does not rotate that secret");
  const { rotationEnabled, stages } = await store.describe(secret);
  if (!rotationEnabled) throw new Failure("rotation-disabled", "rotation is not switched on for it");
  const labels = stages.get(token);
  if (!labels) throw new Failure("unknown-token", `it has no version ${token}`);
  if (labels.includes("AWSCURRENT")) return "the version is the current one already";
  if (!labels.includes("AWSPENDING")) throw new Failure("not-pending", `version ${token} is not AWSPENDING`);
  const run = Object.hasOwn(steps.rotation, step) ? steps.rotation[step] : undefined;
  if (!run)
    throw new Failure("unknown-step", "the steps are createSecret, setSecret, testSecret and finishSecret");
  return run(token);
};
