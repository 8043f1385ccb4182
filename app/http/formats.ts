import * as z from "zod";

/**
 * Values in answers. What they are is told to readers of the OpenAPI document and not checked: the API made them itself, and a check
 * would cost each answer a pattern for each of them.
 */
export const moment = z.string().meta({ format: "date-time" });
export const uuid = z.string().meta({ format: "uuid" });
export const integer = z.number().meta({ type: "integer" });
