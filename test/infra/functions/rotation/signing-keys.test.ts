import { decodeProtectedHeader, importJWK, jwtVerify, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { signingKeyAt, spreadSeconds, verifyingKeysAt } from "../../../../app/contract/overlap.ts";
import { type JwtKeySet, jwtKeySet } from "../../../../app/contract/secret-values.ts";
import { rotationFunction } from "../../../../infra/functions/rotation/function.ts";
import { stepsFor } from "../../../../infra/functions/rotation/machine.ts";
import { firstKeySet, signingKeys } from "../../../../infra/functions/rotation/signing-keys.ts";
import { stepEvent, withSecrets } from "../secrets.ts";

const times = { refreshSeconds: 300, slackSeconds: 300, lifeSeconds: 900 };
const spread = spreadSeconds(times.refreshSeconds);
const day = 86_400;
const refusal = (reason: string) => expect.objectContaining({ name: "Failure", reason });
const secrets = await withSecrets();

/** A clock in seconds after a fixed moment, and key sets rotated by it. */
const atClock = () => {
  let now = Date.parse("2026-11-21T12:00:00.000Z");
  const start = now;
  const strategy = signingKeys(times, () => now);
  return {
    strategy,
    first: () => firstKeySet(() => now),
    now: () => now,
    at: (seconds: number) => {
      now = start + seconds * 1_000;
    },
  };
};
const states = (set: JwtKeySet) => set.keys.map((key) => key.state);
const kids = (keys: { kid: string }[]) => keys.map((key) => key.kid);

/** A process of the API: it has read one version of the set and goes by the contract's functions alone. */
const sign = async (set: JwtKeySet, now: number): Promise<string> => {
  const key = signingKeyAt(set, now);
  return new SignJWT({ sub: "someone" })
    .setProtectedHeader({ alg: key.alg, kid: key.kid })
    .setIssuedAt(now / 1_000)
    .setExpirationTime(now / 1_000 + times.lifeSeconds)
    .sign(await importJWK(key.privateJwk, key.alg));
};
const accepts = async (set: JwtKeySet, token: string, now: number): Promise<boolean> => {
  const { kid } = decodeProtectedHeader(token);
  const key = verifyingKeysAt(set, now).find((one) => one.kid === kid);
  if (!key) return false;
  await jwtVerify(token, await importJWK(key.publicJwk, key.alg), {
    algorithms: ["EdDSA"],
    currentDate: new Date(now),
  });
  return true;
};

describe("R4 the states of a key", () => {
  it("the first key signs at once", async () => {
    const clock = atClock();
    const set = await clock.first();
    expect(jwtKeySet.parse(set)).toEqual(set);
    expect(states(set)).toEqual(["signing"]);
    expect(signingKeyAt(set, clock.now()).kid).toBe(set.keys[0]?.kid);
  });

  it("pending → signing → verifying → retired, each at the time that life and refresh give", async () => {
    const clock = atClock();
    const first = await clock.first();
    const [old] = kids(first.keys);
    clock.at(90 * day);
    const second = await clock.strategy.next(first);
    const [, fresh] = kids(second.keys);
    expect(states(second)).toEqual(["signing", "pending"]);

    const start = 90 * day + times.slackSeconds + spread;
    clock.at(start - 1);
    expect(signingKeyAt(second, clock.now()).kid).toBe(old);
    clock.at(start);
    expect(signingKeyAt(second, clock.now()).kid).toBe(fresh);
    clock.at(start + times.lifeSeconds + 59);
    expect(kids(verifyingKeysAt(second, clock.now()))).toEqual([old, fresh]);
    clock.at(start + times.lifeSeconds + 60);
    expect(kids(verifyingKeysAt(second, clock.now()))).toEqual([fresh]);

    clock.at(180 * day);
    const third = await clock.strategy.next(second);
    expect(states(third)).toEqual(["signing", "pending"]);
    expect(kids(third.keys)).not.toContain(old);
  });

  it("a rotation right after another loses no key: three in a row, none used before all know it", async () => {
    const clock = atClock();
    let set = await clock.first();
    for (const second of [0, 20, 40]) {
      clock.at(second);
      const next = await clock.strategy.next(set);
      clock.strategy.check(next, set);
      set = next;
    }
    expect(states(set)).toEqual(["signing", "pending", "pending", "pending"]);
    clock.at(42 + times.slackSeconds + spread);
    expect(states(await clock.strategy.next(set))).toEqual([
      "verifying",
      "verifying",
      "verifying",
      "signing",
      "pending",
    ]);
  });

  it("a slack that is lowered while a key waits does not let the next one overtake it", async () => {
    const clock = atClock();
    const waiting = await clock.strategy.next(await clock.first());
    const quick = signingKeys({ ...times, slackSeconds: 1 }, () => clock.now());
    const set = await quick.next(waiting);
    clock.at(times.slackSeconds + spread + 1);
    const signing = signingKeyAt(set, clock.now());
    expect(signing.kid).toBe(set.keys.at(-1)?.kid);
    expect(signing.verifiesUntil).toBeUndefined();
  });

  it("somebody who rotates in a loop is stopped before the secret overflows", async () => {
    const clock = atClock();
    let set = await clock.first();
    const rotateMany = async () => {
      for (let count = 0; count < 60; count += 1) set = await clock.strategy.next(set);
    };
    await expect(rotateMany()).rejects.toEqual(refusal("too-many-keys"));
    expect(JSON.stringify(set).length).toBeLessThan(65_536);
  });
});

describe("R4 nobody is signed out", () => {
  it("any process accepts what any other signs, however late each reads the new set, over three rotations", async () => {
    const clock = atClock();
    const rotations = [100, 400, 5_000];
    const published: { at: number; set: JwtKeySet }[] = [{ at: -1, set: await clock.first() }];
    for (const at of rotations) {
      clock.at(at);
      const set = await clock.strategy.next(published.at(-1)?.set ?? { keys: [] });
      // It takes nearly all the slack until the version is current.
      published.push({ at: at + times.slackSeconds - 1, set });
    }
    /** What a process knows that reads every 300 s (and 10 % late) at its own offset. */
    const known = (second: number, offset: number): JwtKeySet => {
      const read = second - ((second + offset) % Math.floor(times.refreshSeconds * 1.1));
      return published.filter(({ at }) => at <= read).at(-1)?.set ?? published[0]?.set ?? { keys: [] };
    };
    const offsets = [0, 90, 180, 329];
    const tokens: { token: string; until: number }[] = [];
    for (let second = 0; second < 8_000; second += 130) {
      clock.at(second);
      const now = clock.now();
      for (const offset of offsets) {
        tokens.push({ token: await sign(known(second, offset), now), until: second + times.lifeSeconds });
      }
      const alive = tokens.filter(({ until }) => until > second);
      for (const offset of offsets) {
        const answers = await Promise.all(
          alive.map(({ token }) => accepts(known(second, offset), token, now)),
        );
        expect(answers).not.toContain(false);
      }
    }
    expect(tokens.length).toBeGreaterThan(200);
  });
});

describe("R4 rotation of the set", () => {
  const rotating = async (clock: ReturnType<typeof atClock>) => {
    const secret = await secrets.create("jwt", await clock.first());
    const steps = stepsFor(secret, clock.strategy, secrets.store);
    const run = rotationFunction(new Map([[secret, steps]]), secrets.store, secrets.log);
    secrets.functions.set(secrets.functionArn("jwt"), run);
    return { secret, run };
  };

  it("by the four steps, twice, leaves a set that signs and verifies", async () => {
    const clock = atClock();
    const { secret } = await rotating(clock);
    await secrets.rotate(secret, "jwt");
    clock.at(90 * day);
    await secrets.rotate(secret, "jwt");
    const set = jwtKeySet.parse(await secrets.value(secret));
    expect(states(set)).toEqual(["signing", "pending"]);
    expect(await accepts(set, await sign(set, clock.now()), clock.now())).toBe(true);
  });

  it("that broke off for longer than its slack is dropped: its key would start before all have read it", async () => {
    const clock = atClock();
    const { secret, run } = await rotating(clock);
    const token = await secrets.open(secret);
    await run(stepEvent(secret, token, "createSecret"));
    clock.at(times.slackSeconds);
    await run(stepEvent(secret, token, "testSecret"));
    clock.at(times.slackSeconds + 1);
    await expect(run(stepEvent(secret, token, "finishSecret"))).rejects.toEqual(refusal("stale-pending"));
    const next = await secrets.rotate(secret, "jwt");
    expect((await secrets.labels(secret)).AWSCURRENT).toBe(next);
  });

  it("testSecret refuses a key whose halves do not belong together", async () => {
    const clock = atClock();
    const set = await clock.strategy.next(await clock.first());
    const [one, two] = set.keys;
    const swapped = { keys: [one, { ...two, publicJwk: one?.publicJwk }] };
    await expect(clock.strategy.test(jwtKeySet.parse(swapped), set)).rejects.toEqual(refusal("key-broken"));
  });

  it("a pending set that lacks a key in use is refused", async () => {
    const clock = atClock();
    const first = await clock.first();
    const stranger = await clock.strategy.next(await clock.first());
    expect(() => clock.strategy.check(stranger, first)).toThrow(refusal("mismatched-value"));
  });

  it("no log line holds a private key", () => secrets.expectNoLeak());
});
