import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT } from "jose";
import { signingKeyAt, verifyingKeysAt } from "../../../app/contract/overlap.ts";
import { type JwtKeySet, jwtKeySet, type SigningKey } from "../../../app/contract/secret-values.ts";
import { Failure } from "../shared/failure.ts";
import { firstUse, lastTrace, type OverlapTimes, refuseStale } from "./overlap.ts";
import type { Strategy } from "./strategy.ts";

/** A secret holds 64 KiB and a key takes half of one; so many keys mean a rotation loop. */
const mostKeys = 40;

/** The first set: one key, which signs at once, because no other exists. */
export const firstKeySet = async (clock: () => number = Date.now): Promise<JwtKeySet> => {
  const now = clock();
  return asOf({ keys: [await makeKey(now, new Date(now).toISOString())] }, now);
};

/**
 * Rotates the keys that sign access tokens (R4). A new key is pending until every process has read it, then signs; the previous
 * one verifies until its last token has expired, then leaves the set at the next rotation. No user is signed out, however
 * fast rotations follow.
 * @param times `lifeSeconds` is the longest life of an access token. @param clock milliseconds since 1970.
 */
export const signingKeys = (times: OverlapTimes, clock: () => number = Date.now): Strategy<JwtKeySet> => ({
  schema: jwtKeySet,
  next: async (current) => {
    const now = clock();
    // Always after a key that waits already, or that one would sign past its own end.
    const signsFrom = later(firstUse(now, times), Date.parse(newest(current).signsFrom) + 1_000);
    const kept = verifyingKeysAt(current, now).map((key) =>
      key.verifiesUntil === undefined ? { ...key, verifiesUntil: lastTrace(signsFrom, times) } : key,
    );
    if (kept.length >= mostKeys) {
      const message = `${kept.length} keys are still in use: wait until the tokens of the older ones have expired`;
      throw new Failure("too-many-keys", message);
    }
    return asOf({ keys: [...kept, await makeKey(now, signsFrom)] }, now);
  },
  check: (pending, current) => {
    const now = clock();
    const kids = new Set(pending.keys.map((key) => key.kid));
    const lost = verifyingKeysAt(current, now).find((key) => !kids.has(key.kid));
    if (lost)
      throw new Failure("mismatched-value", `key ${lost.kid}, still in use, is missing in the pending set`);
    refuseStale(newest(pending).signsFrom, now, times);
  },
  set: async () => {}, // The API is the service, and reads the set from the secret itself.
  test: async (value) => {
    signingKeyAt(value, clock());
    for (const key of value.keys) await proveKey(key);
  },
});

const newest = (set: JwtKeySet): SigningKey =>
  set.keys.reduce((a, b) => (Date.parse(b.signsFrom) > Date.parse(a.signsFrom) ? b : a));

const later = (time: string, other: number): string =>
  new Date(Math.max(Date.parse(time), other)).toISOString();

const makeKey = async (now: number, signsFrom: string): Promise<SigningKey> => {
  const { publicKey, privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const [publicJwk, privateJwk] = await Promise.all([exportJWK(publicKey), exportJWK(privateKey)]);
  const kid = await calculateJwkThumbprint(publicJwk);
  const createdAt = new Date(now).toISOString();
  return { kid, alg: "EdDSA", state: "pending", publicJwk, privateJwk, createdAt, signsFrom };
};

/** Writes each key's state at this moment down. */
const asOf = (set: JwtKeySet, now: number): JwtKeySet => {
  const { kid } = signingKeyAt(set, now);
  const state = (key: SigningKey): SigningKey["state"] =>
    key.kid === kid ? "signing" : Date.parse(key.signsFrom) > now ? "pending" : "verifying";
  return { keys: set.keys.map((key) => ({ ...key, state: state(key) })) };
};

/** A token signed with the private half verifies with the public half, under the key's own id and no other algorithm. */
const proveKey = async (key: SigningKey): Promise<void> => {
  try {
    const header = { alg: key.alg, kid: key.kid };
    const token = await new SignJWT({ sub: "rotation" })
      .setProtectedHeader(header)
      .setExpirationTime("1m")
      .sign(await importJWK(key.privateJwk, key.alg));
    await jwtVerify(token, await importJWK(key.publicJwk, key.alg), { algorithms: [key.alg] });
  } catch {
    throw new Failure("key-broken", `a token signed with key ${key.kid} does not verify`);
  }
};
