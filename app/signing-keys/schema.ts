import * as z from "zod";

/** A public key by RFC 7517 and RFC 8037, with exactly these members, so that it holds no private one. */
export const publicKey = z.object({
  kid: z.string(),
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  alg: z.literal("EdDSA"),
  use: z.literal("sig"),
  x: z.string(),
});
export type PublicKey = z.infer<typeof publicKey>;

export const publicKeySet = z.object({ keys: z.array(publicKey) });

/** The empty answer to clients that have the current keys. */
export const unchanged = z.undefined();

/** It takes no parameters: with any, every cache on the way would be passed by. */
export const noParameters = z.strictObject({});
