import * as z from "zod";
import { roles } from "../http/access.ts";
import { integer, moment, uuid } from "../http/formats.ts";

/** An address as it is kept: small letters, because no mail service in use tells them from capital ones. */
export const emailAddress = z
  .string()
  .max(254)
  .transform((text) => text.trim().toLowerCase())
  .pipe(z.email())
  .meta({ format: "email", pattern: z.regexes.email.source });

const personName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^\P{Cc}*$/u, "must not contain control characters");

const userStatuses = ["invited", "active", "disabled"] as const;

export const user = z.object({
  id: uuid,
  email: z.string(),
  name: z.string(),
  role: z.enum(roles),
  /** invited: has no password yet. */
  status: z.enum(userStatuses),
  lastSignedInAt: moment.nullable(),
  version: integer,
  createdAt: moment,
  updatedAt: moment,
});
export type User = z.output<typeof user>;

/** Lets a person choose a password, once. It is shown to the inviting admin only: the product sends no mail. */
export const invitation = z.object({ token: z.string(), expiresAt: moment });
export type Invitation = z.output<typeof invitation>;

export const createUser = z.strictObject({ email: emailAddress, name: personName, role: z.enum(roles) });
export type UserInput = z.output<typeof createUser>;
export const createdUser = z.object({ user, invitation });

export const updateUser = z
  .strictObject({
    /** The version of the user that the caller has seen. */
    version: z.number().int().positive(),
    name: personName.optional(),
    role: z.enum(roles).optional(),
    disabled: z.boolean().optional(),
  })
  .refine((change) => Object.keys(change).length > 1, { error: "names no field to change" })
  .meta({ minProperties: 2 });
export type UserChange = Omit<z.output<typeof updateUser>, "version">;

export const userId = z.strictObject({ id: z.uuid() });

/** Query parameters of the list. */
export const listUsers = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, "must be a whole number")
    .transform(Number)
    .pipe(z.number().min(1).max(100))
    .default(50),
  /** The last user of the page before. */
  after: z.uuid().optional(),
});
export type UserFilter = z.output<typeof listUsers>;
export const userPage = z.object({ items: z.array(user), nextAfter: uuid.nullable() });
export type UserPage = z.output<typeof userPage>;
