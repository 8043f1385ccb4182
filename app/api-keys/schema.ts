import * as z from "zod";
import { scopes } from "../http/access.ts";
import { moment, uuid } from "../http/formats.ts";

const dayMs = 86_400_000;
/** Longest life of a key: one that nobody replaces stops working. */
const longestLifeMs = 366 * dayMs;

export const createApiKey = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^\P{Cc}*$/u, "must not contain control characters"),
  scopes: z
    .array(z.enum(scopes))
    .min(1)
    .refine((given) => new Set(given).size === given.length, { error: "must not name a scope twice" })
    .meta({ uniqueItems: true }),
  expiresAt: z.iso
    .datetime({ offset: true, abort: true })
    .transform((text) => new Date(text))
    .refine((at) => at.getTime() > Date.now() && at.getTime() <= Date.now() + longestLifeMs, {
      error: "must be in the future, within 366 days",
    }),
});
export type ApiKeyInput = z.output<typeof createApiKey>;

export const apiKeyId = z.strictObject({ id: z.uuid() });

/** A key as the API answers it: never its secret. */
const apiKey = z.object({
  id: uuid,
  name: z.string(),
  scopes: z.array(z.enum(scopes)),
  createdBy: uuid,
  createdAt: moment,
  expiresAt: moment,
  lastUsedAt: moment.nullable(),
});
export type ApiKey = z.output<typeof apiKey>;

export const apiKeys = z.object({ items: z.array(apiKey) });
/** The only answer that has the key itself. */
export const createdApiKey = z.object({ apiKey, key: z.string() });
export const deleted = z.undefined();
