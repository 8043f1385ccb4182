import {
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  type RetryPolicy,
  retry,
} from "cockatiel";
import type { Metrics } from "./metrics.ts";

export { isBrokenCircuitError } from "cockatiel";

/** Runs calls to one dependency, and refuses them at once while the dependency is known to be down. */
export interface Breaker {
  execute<T>(call: () => Promise<T>): Promise<T>;
  /** Refuses every call until the function it returns is called. */
  hold(): () => void;
  /** "closed" passes calls. "open" refuses them. "half-open" lets one try. */
  readonly state: "closed" | "open" | "half-open";
}

/**
 * A breaker that opens after five failures in a row and lets one call try a second later.
 * @param isFailure whether an error means that the dependency is down, rather than an answer.
 */
export function createBreaker(
  dependency: string,
  metrics: Metrics,
  isFailure: (error: unknown) => boolean,
): Breaker {
  const breaker = new ConsecutiveBreaker(5);
  const policy = circuitBreaker(handleWhen(isFailure), { halfOpenAfter: 1_000, breaker });
  const gauge = metrics.breakerOpen.labels({ dependency });
  gauge.set(0);
  const refuses = (state: CircuitState) => state === CircuitState.Open || state === CircuitState.Isolated;
  policy.onStateChange((state) => gauge.set(refuses(state) ? 1 : 0));
  return {
    execute: (call) => {
      if (policy.state !== CircuitState.Closed) return policy.execute(call);
      // The policy learns only what failed: it makes three promises for each call.
      return call().then(
        (result) => {
          breaker.success();
          return result;
        },
        (error: unknown) => policy.execute(() => Promise.reject(error)),
      );
    },
    hold: () => {
      const held = policy.isolate();
      return () => held.dispose();
    },
    get state() {
      if (refuses(policy.state)) return "open";
      return policy.state === CircuitState.HalfOpen ? "half-open" : "closed";
    },
  };
}

/** Tries again after errors of a kind, with growing, jittered pauses (milliseconds). */
export function retryWhen(
  isTransient: (error: unknown) => boolean,
  options: { attempts: number; firstPause: number; longestPause: number },
): RetryPolicy {
  return retry(handleWhen(isTransient), {
    maxAttempts: options.attempts,
    backoff: new ExponentialBackoff({
      initialDelay: options.firstPause,
      maxDelay: options.longestPause,
    }),
  });
}

/** Fails with `error()` when the promise takes longer than `milliseconds`. The work itself is not stopped. */
export async function withDeadline<T>(
  promise: Promise<T>,
  timeoutMs: number,
  error: () => Error,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(error()), timeoutMs);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
