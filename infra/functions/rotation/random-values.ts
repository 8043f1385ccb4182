import * as z from "zod";
import { acceptedValues, valueInForce } from "../../../app/contract/overlap.ts";
import { keysOf, recordOf } from "../../../app/contract/records.ts";
import { type RotatingValue, rotatingValue } from "../../../app/contract/secret-values.ts";
import type { RandomValues } from "../../../app/contract/secrets.ts";
import { Failure } from "../shared/failure.ts";
import { makeRandomValue } from "../shared/generate.ts";
import { firstUse, lastTrace, type OverlapTimes, refuseStale } from "./overlap.ts";
import type { Strategy } from "./strategy.ts";

/** Values of one secret by name; lifetime of what each one makes, seconds. `null`: for ever. */
export type ValueLives = Readonly<Record<string, number | null>>;
type Values = Record<string, RotatingValue>;

/** The lives of a secret's values, as the catalogue states them. */
export const livesOf = (values: RandomValues, sessionSeconds: number): ValueLives =>
  recordOf(keysOf(values), (name) => (values[name] === "session" ? sessionSeconds : null));

export const valuesSchema = z.record(z.string(), rotatingValue);

/** First values for a secret, in use at once, because no others exist. */
export const firstValues = (names: readonly string[]): Values =>
  Object.fromEntries(names.map((name) => [name, { current: makeRandomValue() }]));

/** A secret holds 64 KiB. Peppers, which stay for ever, reach this after 25 years of rotations every 90 days. */
const mostOlder = 100;

/**
 * Rotates random values (R5): the new one comes into use when every process has read it; until then the previous one is in use,
 * and both are accepted. Recently used values (two rotations in a row), and all peppers, stay accepted too.
 * @param lives names the values the secret must hold; it adds a missing one (the product has grown).
 */
export const randomValues = (
  lives: ValueLives,
  times: Omit<OverlapTimes, "lifeSeconds">,
  clock: () => number = Date.now,
): Strategy<Values> => ({
  schema: valuesSchema,
  next: async (current) => {
    const now = clock();
    const follow = ([name, life]: [string, number | null]): [string, RotatingValue] => {
      const before = current[name];
      return [name, before ? successor(before, life, times, now) : { current: makeRandomValue() }];
    };
    return { ...current, ...Object.fromEntries(Object.entries(lives).map(follow)) };
  },
  check: (pending, current) => {
    const now = clock();
    for (const name of Object.keys(lives)) {
      const [before, after] = [current[name], pending[name]];
      const accepted = after ? acceptedValues(after, now) : [];
      if (before && !accepted.includes(valueInForce(before, now))) {
        throw new Failure("mismatched-value", `the pending ${name} does not accept the value in use`);
      }
      if (after?.from !== undefined) refuseStale(after.from, now, { ...times, lifeSeconds: 0 });
    }
  },
  set: async () => {}, // The API is the service, and reads the values from the secret itself.
  test: async (value) => {
    for (const name of Object.keys(lives)) {
      const accepted = value[name] ? acceptedValues(value[name], clock()) : [];
      if (accepted.length === 0) throw new Failure("key-broken", `the value ${name} is missing`);
      if (new Set(accepted).size < accepted.length) {
        throw new Failure("key-broken", `the new ${name} is one of the old ones`);
      }
    }
  },
});

const successor = (
  before: RotatingValue,
  life: number | null,
  slackAndRefresh: Omit<OverlapTimes, "lifeSeconds">,
  now: number,
): RotatingValue => {
  const times = { ...slackAndRefresh, lifeSeconds: life ?? 0 };
  const from = firstUse(now, times);
  const previous = valueInForce(before, now);
  // Of the others, those that can still occur: the one that has not started yet, or the one that stopped recently.
  const leaving = [before.current, before.previous ?? previous].filter((value) => value !== previous);
  const lastUse = previous === before.current && before.from !== undefined ? before.from : from;
  const until = life === null ? undefined : lastTrace(lastUse, times);
  const older = [...leaving.map((value) => ({ value, until })), ...(before.older ?? [])].filter(
    (old) => old.until === undefined || Date.parse(old.until) > now,
  );
  if (older.length > mostOlder) {
    throw new Failure(
      "too-many-keys",
      `${older.length} older values are still in use: somebody rotates in a loop`,
    );
  }
  return { current: makeRandomValue(), from, previous, ...(older.length > 0 ? { older } : {}) };
};
