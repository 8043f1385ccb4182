import { z } from "zod";

/** A public key as RFC 7517 and RFC 8037 write it: exactly these members, so that no private one is among them. */
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

/** The answer to somebody who has the current keys: nothing. */
export const unchanged = z.undefined();

/** It takes no parameters: with any, every cache on the way would be passed by. */
export const noParameters = z.strictObject({});
