import { describe, expect, it } from "vitest";
import { acceptedValues, spreadSeconds, valueInForce } from "../../../../app/contract/overlap.ts";
import { recordOf } from "../../../../app/contract/records.ts";
import type { RotatingValue } from "../../../../app/contract/secret-values.ts";
import { secretCatalogue, secretsRotatedBy } from "../../../../app/contract/secrets.ts";
import { rotationFunction } from "../../../../infra/functions/rotation/function.ts";
import { stepsFor } from "../../../../infra/functions/rotation/machine.ts";
import { firstValues, livesOf, randomValues } from "../../../../infra/functions/rotation/random-values.ts";
import { stepEvent, withSecrets } from "../secrets.ts";

const times = { refreshSeconds: 300, slackSeconds: 300 };
const spread = spreadSeconds(times.refreshSeconds);
const session = 3_600;
const { schema: appKeys } = secretCatalogue["app-keys"];
const lives = recordOf(secretsRotatedBy("random-values"), (purpose) =>
  livesOf(secretCatalogue[purpose].rotation.values, session),
);
const day = 86_400;
const refusal = (reason: string) => expect.objectContaining({ name: "Failure", reason });
const secrets = await withSecrets();

const atClock = () => {
  let now = Date.parse("2026-11-21T12:00:00.000Z");
  const start = now;
  return {
    strategy: randomValues(lives["app-keys"], times, () => now),
    now: () => now,
    at: (seconds: number) => {
      now = start + seconds * 1_000;
    },
  };
};
const first = () => appKeys.parse(firstValues(["cookie", "csrf", "pepper"]));

describe("R5 current and previous", () => {
  it("the previous value stays in force until every process knows the new one; both are accepted", async () => {
    const clock = atClock();
    const before = first();
    const after = appKeys.parse(await clock.strategy.next(before));
    expect(after.cookie.previous).toBe(before.cookie.current);
    expect(acceptedValues(after.cookie, clock.now())).toEqual([after.cookie.current, before.cookie.current]);
    clock.at(times.slackSeconds + spread - 1);
    expect(valueInForce(after.cookie, clock.now())).toBe(before.cookie.current);
    clock.at(times.slackSeconds + spread);
    expect(valueInForce(after.cookie, clock.now())).toBe(after.cookie.current);
  });

  it("at the usual pace only current and previous are kept", async () => {
    const clock = atClock();
    let values = first();
    for (const days of [90, 180, 270]) {
      clock.at(days * day);
      values = appKeys.parse(await clock.strategy.next(values));
    }
    expect(values.cookie.older).toBeUndefined();
    expect(acceptedValues(values.cookie, clock.now())).toHaveLength(2);
  });

  it("a pepper is never forgotten: a password of years ago still verifies", async () => {
    const clock = atClock();
    let values = first();
    const oldest = values.pepper.current;
    for (let days = 90; days <= 900; days += 90) {
      clock.at(days * day);
      values = appKeys.parse(await clock.strategy.next(values));
    }
    expect(acceptedValues(values.pepper, clock.now())).toHaveLength(11);
    expect(acceptedValues(values.pepper, clock.now())).toContain(oldest);
  });

  it("any process accepts what any other makes, however late each reads, over rotations in quick succession", async () => {
    const clock = atClock();
    const published: { at: number; value: RotatingValue }[] = [{ at: -1, value: first().cookie }];
    let values = { ...first(), cookie: published[0]?.value ?? first().cookie };
    for (const at of [100, 130, 700, 5_000]) {
      clock.at(at);
      values = appKeys.parse(await clock.strategy.next(values));
      published.push({ at: at + times.slackSeconds - 1, value: values.cookie });
    }
    const known = (second: number, offset: number): RotatingValue => {
      const read = second - ((second + offset) % Math.floor(times.refreshSeconds * 1.1));
      return published.filter(({ at }) => at <= read).at(-1)?.value ?? published[0]?.value ?? first().cookie;
    };
    const made: { value: string; until: number }[] = [];
    for (let second = 0; second < 12_000; second += 60) {
      clock.at(second);
      for (const offset of [0, 90, 180, 329]) {
        made.push({ value: valueInForce(known(second, offset), clock.now()), until: second + session });
      }
      for (const offset of [0, 90, 180, 329]) {
        const accepted = acceptedValues(known(second, offset), clock.now());
        const refused = made.filter(({ value, until }) => until > second && !accepted.includes(value));
        expect(refused).toEqual([]);
      }
    }
    expect(new Set(made.map(({ value }) => value)).size).toBeGreaterThan(3);
  });

  it("somebody who rotates in a loop is stopped before the secret overflows", async () => {
    const clock = atClock();
    let values: Record<string, RotatingValue> = first();
    const rotateMany = async () => {
      for (let count = 0; count < 200; count += 1) values = await clock.strategy.next(values);
    };
    await expect(rotateMany()).rejects.toEqual(refusal("too-many-keys"));
    expect(JSON.stringify(values).length).toBeLessThan(65_536);
  });
});

describe("R5 rotation", () => {
  it("by the four steps, of every such secret, in the shape that is read", async () => {
    for (const purpose of secretsRotatedBy("random-values")) {
      const secret = await secrets.create(purpose, firstValues(Object.keys(lives[purpose])));
      const steps = stepsFor(secret, randomValues(lives[purpose], times), secrets.store);
      const run = rotationFunction(new Map([[secret, steps]]), secrets.store, secrets.log);
      secrets.functions.set(secrets.functionArn(purpose), run);
      await secrets.rotate(secret, purpose);
      await secrets.rotate(secret, purpose);
      expect(secrets.aws.rotationFailure(secret)).toBeUndefined();
      secretCatalogue[purpose].schema.parse(await secrets.value(secret));
    }
  });

  it("a value that the product has come to need since is added", async () => {
    const clock = atClock();
    const { cookie, csrf } = first();
    const after = appKeys.parse(await clock.strategy.next({ cookie, csrf }));
    expect(after.pepper.previous).toBeUndefined();
    clock.strategy.check(after, { cookie, csrf });
  });

  it("a pending value that does not accept the one in use is refused, a late one is dropped", async () => {
    const clock = atClock();
    const before = first();
    expect(() => clock.strategy.check(first(), before)).toThrow(refusal("mismatched-value"));
    const after = await clock.strategy.next(before);
    clock.at(times.slackSeconds);
    clock.strategy.check(after, before);
    clock.at(times.slackSeconds + 1);
    expect(() => clock.strategy.check(after, before)).toThrow(refusal("stale-pending"));
  });

  it("testSecret refuses a value that is missing or has not changed", async () => {
    const clock = atClock();
    const { cookie, csrf, pepper } = first();
    await expect(clock.strategy.test({ cookie, csrf }, {})).rejects.toEqual(refusal("key-broken"));
    const same = { ...cookie, previous: cookie.current };
    await expect(clock.strategy.test({ cookie: same, csrf, pepper }, {})).rejects.toEqual(
      refusal("key-broken"),
    );
  });

  it("a rotation that nobody finishes leaves the current values as they were", async () => {
    const secret = await secrets.create("webhooks", firstValues(["signing"]));
    const before = await secrets.value(secret);
    const run = rotationFunction(
      new Map([[secret, stepsFor(secret, randomValues(lives.webhooks, times), secrets.store)]]),
      secrets.store,
      secrets.log,
    );
    const token = await secrets.open(secret);
    for (const step of ["createSecret", "setSecret", "testSecret"]) await run(stepEvent(secret, token, step));
    expect(await secrets.value(secret)).toEqual(before);
    secrets.expectNoLeak();
  });
});
