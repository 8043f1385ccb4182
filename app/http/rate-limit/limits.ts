import type { ApiEnv } from "../../contract/env.ts";
import { type LimitName, type LimitPurpose, limits as limitTable } from "../../contract/limits.ts";
import { keysOf, recordOf } from "../../contract/records.ts";
import type { Metrics } from "../../platform/metrics.ts";
import { type CounterStore, Limiter, type LimiterOptions } from "./limiter.ts";

/**
 * How old a client's shared count may be before Redis is asked again, where a limit need not be exact. An organisation's is large and
 * counted beside an address's: it may be older, so that it costs Redis and the API next to nothing.
 */
const freshnessMs = {
  address: 250,
  caller: 250,
  organisation: 2_500,
  account: 250,
  number: 250,
  everybody: 250,
} as const;

/** The variables of the limits and of their windows. */
export type LimitEnv = Pick<ApiEnv, (typeof limitTable)[LimitName]["variable" | "window"]>;

export type Limits = Readonly<Record<LimitName, Limiter>>;

/** A limiter for each line of the table. */
export function createLimits(env: LimitEnv, store: CounterStore, metrics: Metrics): Limits {
  return recordOf(keysOf(limitTable), (name) => {
    const { variable, window } = limitTable[name];
    return createLimit(name, { max: env[variable], windowSeconds: env[window] }, store, metrics);
  });
}

/** A limiter for one line. */
export function createLimit(
  name: LimitName,
  size: Pick<LimiterOptions, "max" | "windowSeconds">,
  store: CounterStore,
  metrics: Metrics,
): Limiter {
  const { by, ...rest } = limitTable[name];
  return new Limiter({
    name,
    ...size,
    freshnessMs: "exact" in rest ? 0 : freshnessMs[by],
    restarts: "restarts" in rest,
    store,
    metrics,
  });
}

/** The limit that a route has by address or by caller, if any. */
export const limitOfRoute = (by: LimitPurpose["by"], route: string): LimitName | undefined =>
  keysOf(limitTable).find((name) => {
    const limit: LimitPurpose = limitTable[name];
    return limit.by === by && limit.routes?.includes(route);
  });
