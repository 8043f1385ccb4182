import { positiveNumber } from "../../cli/values.ts";

/** Length of a load. A day is longer than any drill. */
export const loadSeconds = positiveNumber(86_400);

/** Requests a second: more than one process can send is asked for by mistake. */
export const loadRate = positiveNumber(10_000);
