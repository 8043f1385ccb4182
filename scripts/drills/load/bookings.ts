import type { Call } from "./call.ts";
import { isBooking, type Known } from "./mix.ts";

/** What became of the bookings that a load made. */
export interface Cancelled {
  made: number;
  cancelled: number;
}

interface CancelOptions {
  /** Sends a call. @returns the answer; undefined for any other than the expected one */
  ask(call: Call): Promise<unknown>;
  /** Gives up. */
  signal: AbortSignal;
  progress?(done: number): void;
}

/** Cancellations under way at any time. */
const lanes = 16;

/** Cancels bookings, which frees their times. */
export const cancelBookings = async (
  made: readonly Known[],
  { ask, signal, progress }: CancelOptions,
): Promise<Cancelled> => {
  const cancel = async ({ id, version }: Known): Promise<boolean> =>
    (await ask({ ...cancellation, path: `/v1/bookings/${id}/cancel`, body: { version } })) !== undefined;
  /** A change whose answer never came has given it another version. */
  const cancelAsItIs = async ({ id }: Known): Promise<boolean> => {
    const answer = await ask({ ...reading, path: `/v1/bookings/${id}` });
    return isBooking(answer) && (await cancel(answer));
  };
  const left = [...made];
  let [done, cancelled] = [0, 0];
  const lane = async (): Promise<void> => {
    for (let one = left.pop(); one !== undefined && !signal.aborted; one = left.pop()) {
      if ((await cancel(one)) || (await cancelAsItIs(one))) cancelled += 1;
      progress?.(++done);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { made: made.length, cancelled };
};

const cancellation = { name: "cancel booking", method: "POST", expected: [200] } as const;
const reading = { name: "GET booking", method: "GET", expected: [200] } as const;
