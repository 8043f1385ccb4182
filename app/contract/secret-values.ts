import * as z from "zod";

/** Printable ASCII without spaces: what every server, client and AWS call takes as it is. */
const password = z.string().regex(/^[!-~]{16,128}$/, "must be 16 to 128 printable ASCII characters");

/** A MySQL user: the field names AWS's own rotation functions use. */
export const databaseCredentials = z.strictObject({
  engine: z.literal("mysql"),
  host: z.string().min(1),
  port: z.number().int().positive(),
  dbname: z.string().min(1),
  /** MySQL user names are at most 32 characters. */
  username: z.string().min(1).max(32),
  password,
});
export type DatabaseCredentials = z.infer<typeof databaseCredentials>;

/** The password of the RDS-managed master user: RDS writes exactly these two fields. */
export const masterCredentials = z.object({ username: z.string().min(1), password: z.string().min(1) });

/** A Redis ACL user. `password` is the newest; the server accepts the one before it as well until the next rotation. */
export const cacheCredentials = z.strictObject({
  username: z.string().min(1),
  password,
});
export type CacheCredentials = z.infer<typeof cacheCredentials>;

/**
 * A random value with the ones before it. All of them are accepted; which one makes new signatures, `overlap.ts` says.
 * `current` is the newest; it makes new ones from `from` on (at once when absent), `previous` until then, so that every
 * process has read the new value before it meets anything made with it.
 */
export const rotatingValue = z.strictObject({
  current: z.string().min(32),
  from: z.iso.datetime().optional(),
  previous: z.string().min(32).optional(),
  /** Values before `previous` that are still needed: until the given time, or as long as they are listed. */
  older: z
    .array(z.strictObject({ value: z.string().min(32), until: z.iso.datetime().optional() }))
    .optional(),
});
export type RotatingValue = z.infer<typeof rotatingValue>;

/**
 * pending: published, not yet signing. signing: new tokens use it. verifying: old tokens only. The state is the one at the
 * moment of writing: from then on the times decide (`overlap.ts`), so that a key starts and stops without a further write.
 */
const signingKeyState = z.enum(["pending", "signing", "verifying"]);

/** A key pair of the set that signs access tokens (RFC 7517 members; `privateJwk` never leaves the API's memory). */
const signingKey = z.strictObject({
  kid: z.string().min(8),
  alg: z.literal("EdDSA"),
  state: signingKeyState,
  publicJwk: z.record(z.string(), z.unknown()),
  privateJwk: z.record(z.string(), z.unknown()),
  /** ISO 8601, UTC: when the key was made, when it may sign first, when its last token has expired. */
  createdAt: z.iso.datetime(),
  signsFrom: z.iso.datetime(),
  verifiesUntil: z.iso.datetime().optional(),
});
export type SigningKey = z.infer<typeof signingKey>;
export const jwtKeySet = z.strictObject({ keys: z.array(signingKey).min(1) });
export type JwtKeySet = z.infer<typeof jwtKeySet>;

/** Twilio's credentials: supplied by a person, not rotated by the stack. `null` until then. */
export const twilioCredentials = z
  .strictObject({
    accountSid: z.string().regex(/^AC[0-9a-f]{32}$/),
    authToken: z.string().min(32),
    from: z.string().regex(/^\+[1-9]\d{1,14}$/),
  })
  .nullable();
