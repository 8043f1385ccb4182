import * as z from "zod";
import { moment, uuid } from "../http/formats.ts";
import { typedPassword } from "../passwords/schema.ts";

const session = z.object({
  id: uuid,
  /** What the browser or client called itself when it signed in. */
  userAgent: z.string(),
  /** Whether it is the one that asks. */
  current: z.boolean(),
  createdAt: moment,
  refreshedAt: moment,
  expiresAt: moment,
});
export type Session = z.output<typeof session>;
export const sessionList = z.object({ items: z.array(session) });
export const sessionId = z.strictObject({ id: z.uuid() });
/** Ending a session takes the password again (ASVS 7.5.2). */
export const revocation = z.strictObject({ currentPassword: typedPassword });
export const noContent = z.undefined();
