import { randomUUID } from "node:crypto";
import { RotateSecretCommand } from "@aws-sdk/client-secrets-manager";
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { rotationFunction } from "../../../../infra/functions/rotation/function.ts";
import { stepsFor } from "../../../../infra/functions/rotation/machine.ts";
import type { Strategy } from "../../../../infra/functions/rotation/strategy.ts";
import { Failure } from "../../../../infra/functions/shared/failure.ts";
import type { SecretStore } from "../../../../infra/functions/shared/secret-store.ts";
import { stepEvent, steps, withSecrets } from "../secrets.ts";

/** A service that accepts a set of passwords; what it was asked to do is counted. */
const schema = z.strictObject({ password: z.string().min(16) });
type Value = z.infer<typeof schema>;
const accepted = new Set<string>();
const strategy = {
  schema,
  next: vi.fn(async (): Promise<Value> => ({ password: `password-${randomUUID()}` })),
  check: vi.fn((): void => {}),
  set: vi.fn(async (pending: Value): Promise<void> => void accepted.add(pending.password)),
  test: vi.fn(async (value: Value): Promise<void> => {
    if (!accepted.has(value.password)) throw new Failure("pending-refused", "refused");
  }),
} satisfies Strategy<Value>;

const secrets = await withSecrets();
const first = { password: "password-of-the-first-version" };
let secret: string;
let run: (token: string, step: string) => Promise<void>;

beforeEach(async () => {
  vi.clearAllMocks();
  accepted.clear();
  accepted.add(first.password);
  secret = await secrets.create("machine", first);
  const rotate = rotationFunction(
    new Map([[secret, stepsFor(secret, strategy, secrets.store)]]),
    secrets.store,
    secrets.log,
  );
  secrets.functions.set(secrets.functionArn("machine"), rotate);
  run = (token, step) => rotate(stepEvent(secret, token, step));
});

const refusal = (reason: string) => expect.objectContaining({ name: "Failure", reason });

describe("R1 checks before any step", () => {
  it("a secret that is not this function's is refused, whatever IAM allows", async () => {
    const other = await secrets.create("other", first);
    const token = await secrets.open(other);
    const rotate = rotationFunction(new Map(), secrets.store, secrets.log);
    await expect(rotate(stepEvent(other, token, "createSecret"))).rejects.toEqual(refusal("foreign-secret"));
  });

  it("a secret without rotation is refused", async () => {
    await expect(run(randomUUID(), "createSecret")).rejects.toEqual(refusal("rotation-disabled"));
    const token = await secrets.open(secret);
    await secrets.aws.secrets.CancelRotateSecret({ SecretId: secret });
    await expect(run(token, "createSecret")).rejects.toEqual(refusal("rotation-disabled"));
  });

  it("a token that is no version of the secret is refused", async () => {
    await secrets.open(secret);
    await expect(run(randomUUID(), "createSecret")).rejects.toEqual(refusal("unknown-token"));
  });

  it("a token of an old version is refused: a replayed event changes nothing", async () => {
    const before = await secrets.labels(secret);
    await secrets.rotate(secret, "machine");
    const after = await secrets.labels(secret);
    expect(after.AWSPREVIOUS).toBe(before.AWSCURRENT);
    for (const step of steps) {
      await expect(run(String(after.AWSPREVIOUS), step)).rejects.toEqual(refusal("not-pending"));
    }
    expect(await secrets.labels(secret)).toEqual(after);
  });

  it("a token that is current already returns at once, whatever the step", async () => {
    const token = await secrets.rotate(secret, "machine");
    vi.clearAllMocks();
    for (const step of [...steps, "nonsense"]) await run(token, step);
    expect(strategy.next).not.toHaveBeenCalled();
    expect(strategy.set).not.toHaveBeenCalled();
    expect(strategy.test).not.toHaveBeenCalled();
  });

  it.each(["nonsense", "toString", "__proto__"])("an unknown step (%s) is refused", async (step) => {
    const token = await secrets.open(secret);
    await expect(run(token, step)).rejects.toEqual(refusal("unknown-step"));
  });

  it("an event that is none is refused by name", async () => {
    const rotate = rotationFunction(new Map(), secrets.store, secrets.log);
    await expect(rotate({ SecretId: secret })).rejects.toEqual(refusal("bad-event"));
  });
});

describe("R1 the four steps", () => {
  it("a whole rotation makes the new version current and the old one previous", async () => {
    const token = await secrets.rotate(secret, "machine");
    expect(await secrets.labels(secret)).toMatchObject({ AWSCURRENT: token });
    expect(await secrets.value(secret, "AWSPREVIOUS")).toEqual(first);
    expect(secrets.aws.rotationFailure(secret)).toBeUndefined();
  });

  it("every step may be repeated at any time after its first run", async () => {
    const token = await secrets.open(secret);
    const done: string[] = [];
    for (const step of steps.slice(0, 3)) {
      done.push(step);
      for (const again of done) await run(token, again);
    }
    const value = await secrets.value(secret, "AWSPENDING");
    expect(strategy.next).toHaveBeenCalledTimes(1);
    await run(token, "finishSecret");
    for (const again of steps) await run(token, again);
    expect(await secrets.value(secret)).toEqual(value);
  });

  it.each(["setSecret", "testSecret", "finishSecret"])("%s before createSecret is refused", async (step) => {
    const before = await secrets.labels(secret);
    const token = await secrets.open(secret);
    await expect(run(token, step)).rejects.toEqual(refusal("out-of-order"));
    expect((await secrets.labels(secret)).AWSCURRENT).toBe(before.AWSCURRENT);
    expect(strategy.set).not.toHaveBeenCalled();
  });

  it("finishSecret before setSecret is refused: a value that does not work never becomes current", async () => {
    const before = await secrets.labels(secret);
    const token = await secrets.open(secret);
    await run(token, "createSecret");
    await expect(run(token, "testSecret")).rejects.toEqual(refusal("pending-refused"));
    await expect(run(token, "finishSecret")).rejects.toEqual(refusal("pending-refused"));
    expect((await secrets.labels(secret)).AWSCURRENT).toBe(before.AWSCURRENT);
  });

  it("two createSecret at once agree on one value", async () => {
    const token = await secrets.open(secret);
    await Promise.all([run(token, "createSecret"), run(token, "createSecret")]);
    await run(token, "setSecret");
    await run(token, "finishSecret");
    expect((await secrets.labels(secret)).AWSCURRENT).toBe(token);
  });

  it("finishSecret whose answer gets lost after the label has moved is done all the same", async () => {
    const lossy: SecretStore = {
      ...secrets.store,
      makeCurrent: async (...move) => {
        await secrets.store.makeCurrent(...move);
        throw new Error("the answer is lost");
      },
    };
    const rotate = rotationFunction(
      new Map([[secret, stepsFor(secret, strategy, lossy)]]),
      lossy,
      secrets.log,
    );
    const token = await secrets.open(secret);
    for (const step of steps) await rotate(stepEvent(secret, token, step));
    expect((await secrets.labels(secret)).AWSCURRENT).toBe(token);
  });

  it("a secret without a current value says what to do", async () => {
    const empty = await secrets.create("empty");
    const rotate = rotationFunction(
      new Map([[empty, stepsFor(empty, strategy, secrets.store)]]),
      secrets.store,
      secrets.log,
    );
    const token = await secrets.open(empty);
    await expect(rotate(stepEvent(empty, token, "createSecret"))).rejects.toThrow(
      /run the bootstrap function/,
    );
  });

  it("setting a schedule tries testSecret out on the current value, and changes nothing", async () => {
    const before = await secrets.labels(secret);
    strategy.check.mockImplementation(() => {
      throw new Failure("mismatched-value", "follows nothing");
    });
    await secrets.client.send(
      new RotateSecretCommand({
        SecretId: secret,
        ClientRequestToken: randomUUID(),
        RotationLambdaARN: secrets.functionArn("machine"),
        RotationRules: { ScheduleExpression: "cron(0 3 1 * ? *)" },
        RotateImmediately: false,
      }),
    );
    await secrets.aws.settled();
    strategy.check.mockReset();
    expect(secrets.aws.rotationFailure(secret)).toBeUndefined();
    expect(strategy.test).toHaveBeenCalledExactlyOnceWith(first, first);
    expect(await secrets.labels(secret)).toEqual(before);
    expect(secrets.lines.at(-1)).toContain("tried out: the current value works");
  });
});

describe("R1 a half-done rotation", () => {
  it.each(steps)("that broke off in %s is taken up again with its own value", async (broken) => {
    let fail = true;
    const rotate = secrets.functions.get(secrets.functionArn("machine"));
    secrets.functions.set(secrets.functionArn("machine"), async (event) => {
      if (fail && JSON.stringify(event).includes(broken)) throw new Error("broken off");
      await rotate?.(event);
    });
    const token = await secrets.rotate(secret, "machine");
    expect(secrets.aws.rotationFailure(secret)).toMatchObject({ step: broken });
    fail = false;
    await expect(secrets.rotate(secret, "machine")).rejects.toThrow(/That rotation will be reattempted/);
    await secrets.aws.settled();
    expect((await secrets.labels(secret)).AWSCURRENT).toBe(token);
    expect(strategy.next).toHaveBeenCalledTimes(1);
  });

  it("with a value that can never be finished is dropped, so that the next rotation starts anew", async () => {
    const token = await secrets.open(secret);
    await run(token, "createSecret");
    strategy.check.mockImplementation(() => {
      throw new Failure("stale-pending", "too late");
    });
    await expect(run(token, "setSecret")).rejects.toThrow(/too late; the pending version has been dropped/);
    strategy.check.mockReset();
    expect((await secrets.labels(secret)).AWSPENDING).toBeUndefined();
    const next = await secrets.rotate(secret, "machine");
    expect((await secrets.labels(secret)).AWSCURRENT).toBe(next);
  });

  it("with the current value once more is dropped: it would look like a rotation and be none", async () => {
    const token = await secrets.open(secret);
    await secrets.store.write(secret, first, { stage: "AWSPENDING", token });
    await run(token, "testSecret"); // as when Secrets Manager tries the function out
    await expect(run(token, "finishSecret")).rejects.toEqual(refusal("mismatched-value"));
    expect((await secrets.labels(secret)).AWSPENDING).toBeUndefined();
  });

  it("with a value of another shape is dropped as well, and the message names members, not values", async () => {
    const token = await secrets.open(secret);
    const odd = { password: "password-that-is-long-enough", surplus: "surplus-value-of-a-stranger" };
    await secrets.store.write(secret, odd, { stage: "AWSPENDING", token });
    const failure = await run(token, "setSecret").catch((error: unknown) => error);
    expect(failure).toEqual(refusal("malformed-value"));
    expect(String(failure)).not.toContain("stranger");
    expect((await secrets.labels(secret)).AWSPENDING).toBeUndefined();
  });
});

describe("R1 a pending value that can never be finished", () => {
  it.each([
    ["setSecret", "value-refused", "set"],
    ["testSecret", "key-broken", "test"],
    ["finishSecret", "key-broken", "test"],
  ] as const)("is dropped when %s finds out (%s)", async (step, reason, method) => {
    const token = await secrets.open(secret);
    for (const before of steps.slice(0, steps.indexOf(step))) await run(token, before);
    strategy[method].mockRejectedValueOnce(new Failure(reason, "unfit"));
    await expect(run(token, step)).rejects.toEqual(refusal(reason));
    expect((await secrets.labels(secret)).AWSPENDING).toBeUndefined();
    const next = await secrets.rotate(secret, "machine");
    expect((await secrets.labels(secret)).AWSCURRENT).toBe(next);
  });

  it("is kept where a repetition may finish it", async () => {
    const token = await secrets.open(secret);
    await run(token, "createSecret");
    strategy.set.mockRejectedValueOnce(new Failure("unreachable", "gone for a moment"));
    await expect(run(token, "setSecret")).rejects.toEqual(refusal("unreachable"));
    expect((await secrets.labels(secret)).AWSPENDING).toBe(token);
  });
});

describe("R10 a check of current values", () => {
  const check = (event: object = { Check: "current" }) => {
    const rotate = secrets.functions.get(secrets.functionArn("machine"));
    if (!rotate) throw new Error("there is no function");
    return rotate(event);
  };

  it("says that they work, and changes nothing", async () => {
    const before = await secrets.labels(secret);
    await check();
    expect(strategy.test).toHaveBeenCalledExactlyOnceWith(first, first);
    expect(strategy.set).not.toHaveBeenCalled();
    expect(await secrets.labels(secret)).toEqual(before);
  });

  it("fails when one was changed behind the stack's back, and names it", async () => {
    strategy.test.mockRejectedValueOnce(new Failure("current-refused", "refused"));
    await expect(check()).rejects.toMatchObject({ reason: "current-refused", secret });
    expect(JSON.parse(secrets.lines.at(-1) ?? "")).toMatchObject({
      level: "ERROR",
      reason: "current-refused",
      secret,
    });
  });

  it("is no step of a rotation, and a rotation's event is no check", async () => {
    const token = await secrets.open(secret);
    await expect(run(token, "check")).rejects.toEqual(refusal("unknown-step"));
    await expect(check({ Check: "everything" })).rejects.toEqual(refusal("bad-event"));
  });
});

describe("R9 a failure", () => {
  it("names secret, step and reason, in the error and in one log line", async () => {
    const token = await secrets.open(secret);
    await run(token, "createSecret");
    const failure = await run(token, "testSecret").catch((error: unknown) => error);
    expect(failure).toMatchObject({ secret, step: "testSecret", reason: "pending-refused" });
    expect(String(failure)).toContain(`testSecret of ${secret} failed (pending-refused): refused`);
    expect(JSON.parse(secrets.lines.at(-1) ?? "")).toMatchObject({
      level: "ERROR",
      message: "rotation step failed",
      secret,
      token,
      step: "testSecret",
      reason: "pending-refused",
    });
  });

  it("of a driver never carries its message, where the statement and the password would be", async () => {
    const token = await secrets.open(secret);
    await run(token, "createSecret");
    const { password } = schema.parse(await secrets.value(secret, "AWSPENDING"));
    const driver = Object.assign(new Error(`near 'BY "${password}"'`), {
      code: "ER_PARSE_ERROR",
      errno: 1064,
      sql: `ALTER USER x IDENTIFIED BY '${password}'`,
    });
    strategy.set.mockRejectedValueOnce(driver);
    const failure = await run(token, "setSecret").catch((error: unknown) => error);
    expect(failure).toEqual(refusal("database-error"));
    expect(String(failure)).toContain("MySQL answered ER_PARSE_ERROR (1064)");
    secrets.expectNoLeak(String(failure), JSON.stringify(failure), (failure as Error).stack ?? "");
  });

  it("leaks nothing over all the cases above", () => secrets.expectNoLeak());
});
