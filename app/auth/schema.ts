import * as z from "zod";
import { emailAddress, user } from "../accounts/schema.ts";
import { integer, uuid } from "../http/formats.ts";
import { typedPassword as password } from "../passwords/schema.ts";

export const signIn = z.strictObject({
  email: emailAddress,
  password,
  /** Where the tokens go: into cookies, for browsers, or into the answer, for other clients. */
  tokens: z.enum(["cookie", "body"]).default("cookie"),
});
export type Credentials = Pick<z.output<typeof signIn>, "email" | "password">;

export const acceptInvitation = z.strictObject({ token: z.string().max(200), password });
export const changePassword = z.strictObject({ currentPassword: password, newPassword: password });
export type PasswordChange = z.output<typeof changePassword>;

/** For clients that got their tokens in the answer; browsers send a cookie and no body. */
export const refreshToken = z.strictObject({ refreshToken: z.string().max(200).optional() }).nullish();

export const issued = z.object({
  accessExpiresInSeconds: integer,
  refreshExpiresInSeconds: integer,
  /** With cookies: the value that each unsafe request sends in x-csrf-token. */
  csrfToken: z.string().optional(),
  /** Without cookies. */
  accessToken: z.string().optional(),
  refreshToken: z.string().optional(),
});
export type Issued = z.output<typeof issued>;
export const signedIn = issued.extend({ user });
export const ownSession = z.object({
  user,
  organisationId: uuid,
  sessionId: uuid,
  csrfToken: z.string(),
});
