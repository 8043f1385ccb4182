import type * as z from "zod";

/**
 * How one kind of secret rotates: the work of the four steps, without the protocol around it (machine.ts). All of it is
 * repeatable at any time, after a crash at any point, and leaves `current` working.
 */
export interface Strategy<Value> {
  /** The shape of the secret's value. */
  schema: z.ZodType<Value>;
  /** createSecret: the value that is to follow `current`. Touches nothing outside. */
  next(current: Value): Promise<Value>;
  /**
   * Checks in every step, before any change, that `pending` can follow `current`.
   * @throws Failure `mismatched-value`, or `stale-pending` when it was right once but has waited too long.
   */
  check(pending: Value, current: Value): void;
  /** setSecret: makes the service accept `pending`, while `current` keeps working. */
  set(pending: Value, current: Value): Promise<void>;
  /** testSecret: proves that `value` works where it will be used. Changes nothing. */
  test(value: Value, current: Value): Promise<void>;
}
