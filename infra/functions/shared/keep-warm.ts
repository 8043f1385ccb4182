import * as z from "zod";

/** The schedule's event that calls a function now and then; every function ignores it. */
export const keepWarm = { keepWarm: true } as const;

const keepWarmEvent = z.strictObject({ keepWarm: z.literal(true) });

export const isKeepWarm = (event: unknown): boolean => keepWarmEvent.safeParse(event).success;
