import * as z from "zod";

/** A password as it is typed. UTF-16 units: as many as the longest can have (rules.ts), so that no request hashes more. */
export const typedPassword = z.string().min(1).max(256);
