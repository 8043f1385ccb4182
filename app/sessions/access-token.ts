import { hash } from "node:crypto";
import { errors, type JWTVerifyGetKey, jwtVerify, SignJWT } from "jose";
import * as z from "zod";
import { accessTokenSeconds } from "../contract/lifetimes.ts";
import { tiers } from "../contract/limits.ts";
import { roles } from "../http/access.ts";
import { RefusedCredential, type UserActor } from "../http/actor.ts";
import type { KeySet } from "../signing-keys/key-set.ts";

/** RFC 9068 section 2.1: no other JWT that these keys may sign some day passes for an access token. */
const type = "at+jwt";
const algorithm = "EdDSA";
/** Characters; one of ours has half of it. */
const longestToken = 2_048;
/** Verified tokens that are remembered: about 5 MiB. */
const mostKnown = 10_000;

const claims = z.object({
  sub: z.uuid(),
  sid: z.uuid(),
  org: z.uuid(),
  role: z.enum(roles),
  tier: z.enum(tiers),
  exp: z.number(),
});

interface Known {
  actor: UserActor;
  /** As `Date.now()`. */
  expiresAt: number;
}

/**
 * Access tokens (RFC 9068). jose instead of node:crypto, because the checks around the signature (type, critical headers, claims,
 * encoding) are where such code goes wrong. A token's signature is checked once: its actor is remembered by its hash, so that no
 * token stands in memory.
 */
export class AccessTokens {
  readonly #keys: KeySet;
  readonly #issuer: string;
  #known = new Map<string, Known>();
  /** Signatures that are being checked: requests that bring the same new token at once share that. */
  #underway = new Map<string, Promise<UserActor>>();

  /** @param environment its name is in issuer and audience: another environment's tokens do not count here. */
  constructor(keys: KeySet, environment: string) {
    this.#keys = keys;
    this.#issuer = `urn:bulwark:${environment}`;
  }

  async sign({ userId, sessionId, organisationId, role, tier }: Omit<UserActor, "kind" | "name">) {
    const { kid, privateKey } = this.#keys.signing();
    return new SignJWT({ sid: sessionId, org: organisationId, role, tier })
      .setProtectedHeader({ alg: algorithm, typ: type, kid })
      .setIssuer(this.#issuer)
      .setAudience(this.#issuer)
      .setSubject(userId)
      .setIssuedAt()
      .setExpirationTime(`${accessTokenSeconds}s`)
      .sign(privateKey);
  }

  /** The actor of a token that was verified before and has not expired. */
  known(token: string): UserActor | undefined {
    const known = this.#known.get(keyOf(token));
    return known !== undefined && Date.now() < known.expiresAt ? known.actor : undefined;
  }

  /** Has every signature checked again: the keys have changed, and one of them may have been thrown out. */
  forget(): void {
    // Other maps: a check that is under way with the former keys remembers its token in the old one, and is joined no more.
    this.#known = new Map();
    this.#underway = new Map();
  }

  /** @throws RefusedCredential for a token that does not count. */
  verify(token: string): Promise<UserActor> {
    const key = keyOf(token);
    const underway = this.#underway;
    const joined = underway.get(key);
    if (joined !== undefined) return joined;
    const answer = this.#verify(token).finally(() => underway.delete(key));
    underway.set(key, answer);
    return answer;
  }

  async #verify(token: string): Promise<UserActor> {
    if (token.length > longestToken) throw new RefusedCredential("malformed");
    const known = this.#known;
    try {
      const { payload } = await jwtVerify(token, this.#keyOf, {
        algorithms: [algorithm],
        typ: type,
        issuer: this.#issuer,
        audience: this.#issuer,
        requiredClaims: ["iat", "exp"],
      });
      const { sub, sid, org, role, tier, exp } = claims.parse(payload);
      const actor: UserActor = Object.freeze({
        kind: "user",
        name: `user:${sub}`,
        userId: sub,
        sessionId: sid,
        organisationId: org,
        role,
        tier,
      });
      remember(known, token, { actor, expiresAt: exp * 1_000 });
      return actor;
    } catch (error) {
      throw refused(error);
    }
  }

  readonly #keyOf: JWTVerifyGetKey = async ({ kid }) => {
    const pair = typeof kid === "string" ? await this.#keys.verifying(kid) : undefined;
    if (pair === undefined) throw new RefusedCredential("unknown");
    return pair.publicKey;
  };
}

/** Tokens live equally long, so the one that came first is the first to expire. */
function remember(known: Map<string, Known>, token: string, entry: Known): void {
  if (known.size >= mostKnown) {
    for (const first of known.keys()) {
      known.delete(first);
      break;
    }
  }
  known.set(keyOf(token), entry);
}

const keyOf = (token: string): string => hash("sha256", token, "base64");

function refused(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return new RefusedCredential("expired");
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid) {
    return new RefusedCredential("malformed");
  }
  if (error instanceof errors.JOSEError || error instanceof z.ZodError) {
    return new RefusedCredential("not_genuine");
  }
  return error;
}
