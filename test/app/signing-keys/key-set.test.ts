import { jwtVerify, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import type { JwtKeySet } from "../../../app/contract/secret-values.ts";
import type { Secret } from "../../../app/platform/secrets.ts";
import { KeySet } from "../../../app/signing-keys/key-set.ts";
import { firstKeySet, signingKeys } from "../../../infra/functions/rotation/signing-keys.ts";

const times = { refreshSeconds: 300, slackSeconds: 300, lifeSeconds: 900 };
/** From a rotation to the first token that its key signs: slack and spread of the times above. */
const waits = 300 + 335;

/** A secret whose newest version is read when the test says so. */
const secretOf = (first: JwtKeySet) => {
  let [current, newest] = [first, first];
  let reads = 0;
  let apply = async (_set: JwtKeySet): Promise<void> => {};
  const secret: Secret<JwtKeySet> = {
    get current() {
      return current;
    },
    refresh: async () => {
      reads += 1;
      const isNew = newest !== current;
      if (isNew) await apply(newest);
      current = newest;
      return isNew;
    },
    refused: () => undefined,
    onChange: (given) => {
      apply = given;
    },
  };
  const publish = (set: JwtKeySet) => {
    newest = set;
  };
  return { secret, publish, reads: () => reads };
};

/** A clock that stands until it is moved, a set made at its start, and a reader of it. */
const world = async () => {
  let now = Date.UTC(2030, 0, 1);
  const clock = () => now;
  const first = await firstKeySet(clock);
  const source = secretOf(first);
  const keys = new KeySet(source.secret, clock);
  const rotate = async () => {
    const next = await signingKeys(times, clock).next(source.secret.current);
    source.publish(next);
    return next.keys.at(-1)?.kid ?? "";
  };
  const pass = (seconds: number) => {
    now += seconds * 1_000;
  };
  return { first, keys, rotate, pass, clock, ...source };
};

const kids = (keys: KeySet) => keys.published().map(({ kid }) => kid);

describe("R4 the keys of a process", () => {
  it("a new key is published before it signs, signs when its time has come, and the old one verifies on", async () => {
    const { first, keys, rotate, pass, secret } = await world();
    const old = first.keys[0]?.kid ?? "";
    const token = new SignJWT({ sub: "somebody" }).setProtectedHeader({
      alg: "EdDSA",
      kid: keys.signing().kid,
    });
    const signed = await token.sign(keys.signing().privateKey);
    const next = await rotate();
    await secret.refresh();
    expect([keys.signing().kid, kids(keys)]).toEqual([old, [old, next]]);
    pass(waits + 1);
    expect([keys.signing().kid, kids(keys)]).toEqual([next, [old, next]]);
    const verifier = await keys.verifying(old);
    const { payload } = await jwtVerify(signed, verifier?.publicKey ?? new Uint8Array());
    expect(payload.sub).toBe("somebody");
    pass(times.lifeSeconds + 61);
    expect(kids(keys)).toEqual([next]);
    expect(await keys.verifying(old)).toBeUndefined();
  });

  it("an unknown key makes the secret be read again: once for all who ask, and then it counts", async () => {
    const { keys, rotate, reads } = await world();
    const next = await rotate();
    const found = await Promise.all(Array.from({ length: 20 }, () => keys.verifying(next)));
    expect(new Set(found.map((pair) => pair?.kid))).toEqual(new Set([next]));
    expect(reads()).toBe(1);
  });

  it("keys that are made up are refused, and ask Secrets Manager twice a minute at most", async () => {
    const { keys, pass, reads, first } = await world();
    for (const made of ["first", "second", "third"]) expect(await keys.verifying(made)).toBeUndefined();
    expect(reads()).toBe(1);
    expect((await keys.verifying(first.keys[0]?.kid ?? ""))?.kid).toBe(first.keys[0]?.kid);
    pass(31);
    expect(await keys.verifying("fourth")).toBeUndefined();
    expect(reads()).toBe(2);
  });

  it("what is published has no private member", async () => {
    const { keys } = await world();
    expect(keys.published().map((key) => Object.keys(key).sort())).toEqual([
      ["alg", "crv", "kid", "kty", "use", "x"],
    ]);
  });

  it("a set with a key that does not work is not taken: the one in use stays, and no message quotes a key", async () => {
    const { first, keys, publish, secret, clock } = await world();
    const other = await firstKeySet(clock);
    const [mine, theirs] = [first.keys[0], other.keys[0]];
    if (!mine || !theirs) throw new Error("a set has no key");
    const broken = { ...theirs, privateJwk: mine.privateJwk };
    publish({ keys: [mine, broken] });
    const refused = await secret.refresh().catch(String);
    expect(refused).toContain(`key ${theirs.kid} of the set does not work`);
    expect(refused).not.toContain(String(mine.privateJwk.d));
    expect(kids(keys)).toEqual([mine.kid]);
    expect(() => new KeySet(secretOf({ keys: [broken] }).secret, clock)).toThrow("does not work");
  });
});
