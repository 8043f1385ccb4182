import { z } from "zod";

/** What the schedule sends so that a function is called now and then: no function does anything at it. */
export const keepWarm = { keepWarm: true } as const;

const keepWarmEvent = z.strictObject({ keepWarm: z.literal(true) });

export const isKeepWarm = (event: unknown): boolean => keepWarmEvent.safeParse(event).success;
