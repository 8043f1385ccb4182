import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { signingKeyAt, verifyingKeysAt } from "../contract/overlap.ts";
import type { JwtKeySet, SigningKey } from "../contract/secret-values.ts";
import type { Secret } from "../platform/secrets.ts";
import { type PublicKey, publicKey } from "./schema.ts";

/** A key pair in the form in which it is used. */
export interface KeyPair {
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** What others may see of it. */
  published: PublicKey;
}

/** Shortest time between reads of Secrets Manager for an unknown key, milliseconds: anyone can invent such tokens. */
const pauseBetweenLookupsMs = 30_000;

/**
 * The keys of access tokens (R4). Which of them signs and which still verify follows from the set's times at the moment of
 * asking, so a key starts and retires without a read. A set whose keys do not work is not taken into use.
 */
export class KeySet {
  readonly #secret: Secret<JwtKeySet>;
  readonly #now: () => number;
  #set: JwtKeySet;
  #pairs: ReadonlyMap<string, KeyPair>;
  #nextLookup = 0;
  #lookup: Promise<unknown> | undefined;

  /**
   * @param now milliseconds since 1970.
   * @throws when a key of the set is invalid, or none can sign.
   */
  constructor(secret: Secret<JwtKeySet>, now: () => number = Date.now) {
    this.#secret = secret;
    this.#now = now;
    this.#set = secret.current;
    this.#pairs = proven(this.#set, now());
    secret.onChange(async (set) => {
      this.#pairs = proven(set, now());
      this.#set = set;
    });
  }

  /** The pair that signs new tokens now. */
  signing(): KeyPair {
    return this.#pair(signingKeyAt(this.#set, this.#now()));
  }

  /**
   * The key pair that a token names, if its tokens count now. An unknown one can be newer than our set: this reads the secret
   * again, at most twice a minute, and then refuses an unknown key (undefined).
   */
  async verifying(kid: string): Promise<KeyPair | undefined> {
    const known = this.#find(kid);
    if (known || !this.#mayLookUp()) return known;
    this.#lookup ??= this.#secret.refresh().finally(() => {
      this.#lookup = undefined;
    });
    await this.#lookup;
    return this.#find(kid);
  }

  /** The public halves of every key whose tokens count, and of those that will sign soon, which verifiers cache early. */
  published(): PublicKey[] {
    return this.#verifying().map(({ published }) => published);
  }

  #mayLookUp(): boolean {
    if (this.#lookup) return true;
    if (this.#now() < this.#nextLookup) return false;
    this.#nextLookup = this.#now() + pauseBetweenLookupsMs;
    return true;
  }

  #find(kid: string): KeyPair | undefined {
    return this.#verifying().find((pair) => pair.kid === kid);
  }

  #verifying(): KeyPair[] {
    return verifyingKeysAt(this.#set, this.#now()).map((key) => this.#pair(key));
  }

  #pair({ kid }: SigningKey): KeyPair {
    const pair = this.#pairs.get(kid);
    if (!pair) throw new Error(`the key set has no key ${kid}`);
    return pair;
  }
}

/** Every pair of a set by its id, each tried out: a broken one is found before a token needs it. */
function proven(set: JwtKeySet, now: number): ReadonlyMap<string, KeyPair> {
  const pairs = new Map(set.keys.map((key) => [key.kid, provenPair(key)]));
  signingKeyAt(set, now);
  return pairs;
}

function provenPair(key: SigningKey): KeyPair {
  const { kid } = key;
  try {
    const privateKey = createPrivateKey({ key: key.privateJwk, format: "jwk" });
    const published = publicKey.parse({ ...key.publicJwk, kid, alg: key.alg, use: "sig" });
    const pair = {
      kid,
      privateKey,
      publicKey: createPublicKey({ key: published, format: "jwk" }),
      published,
    };
    const probe = Buffer.from(kid);
    if (verify(null, probe, pair.publicKey, sign(null, probe, privateKey))) return pair;
  } catch {
    // What the library says may quote the key.
  }
  throw new Error(
    `key ${kid} of the set does not work: rotate the secret, or restore an earlier version of it`,
  );
}
