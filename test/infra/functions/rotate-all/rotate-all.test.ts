import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { type RotatedPurpose, rotatedPurposes } from "../../../../app/contract/secrets.ts";
import { rotateAll } from "../../../../infra/functions/rotate-all/rotate-all.ts";
import { rotateAndWait } from "../../../../infra/functions/rotate-all/rotation-service.ts";
import { rotationFunction } from "../../../../infra/functions/rotation/function.ts";
import { stepsFor } from "../../../../infra/functions/rotation/machine.ts";
import { firstValues, randomValues } from "../../../../infra/functions/rotation/random-values.ts";
import { stepEvent, withSecrets } from "../secrets.ts";

const secrets = await withSecrets();
const strategy = randomValues({ value: 60 }, { refreshSeconds: 1, slackSeconds: 60 });
const refusal = (reason: string) => expect.objectContaining({ name: "Failure", reason });

/** Secrets whose rotation has been set up, as the stack does it. */
let arns: Record<RotatedPurpose, string>;
/** Which secret was being rotated while which other was. */
let atOnce: number;
beforeEach(async () => {
  let running = 0;
  atOnce = 0;
  const make = async (purpose: RotatedPurpose) => {
    const secret = await secrets.create(purpose, firstValues(["value"]));
    const run = rotationFunction(
      new Map([[secret, stepsFor(secret, strategy, secrets.store)]]),
      secrets.store,
      secrets.log,
    );
    secrets.functions.set(secrets.functionArn(purpose), async (event) => {
      running += 1;
      atOnce = Math.max(atOnce, running);
      await run(event).finally(() => {
        running -= 1;
      });
    });
    await secrets.aws.secrets.RotateSecret({
      SecretId: secret,
      ClientRequestToken: randomUUID(),
      RotationLambdaARN: secrets.functionArn(purpose),
      RotateImmediately: false,
    });
    await secrets.aws.settled();
    return [purpose, secret] as const;
  };
  const pairs: (readonly [RotatedPurpose, string])[] = [];
  for (const purpose of rotatedPurposes) pairs.push(await make(purpose));
  arns = Object.fromEntries(pairs) as Record<RotatedPurpose, string>;
});

const run = (event: unknown, timeoutMs = 60_000) =>
  rotateAll(
    event,
    (purpose, ms) => rotateAndWait(secrets.client, arns[purpose], ms, 20),
    secrets.log,
    timeoutMs,
  );
const versions = async () => {
  const pairs = rotatedPurposes.map(
    async (one) => [one, (await secrets.labels(arns[one])).AWSCURRENT] as const,
  );
  return Object.fromEntries(await Promise.all(pairs));
};

describe("R8 rotation on demand", () => {
  it("generation 1, the first deployment, rotates nothing and says why", async () => {
    const before = await versions();
    expect(await run({ generation: 1 })).toEqual({
      generation: 1,
      rotated: [],
      skipped: "generation 1 is the first deployment",
    });
    expect(await versions()).toEqual(before);
  });

  it("a raised generation rotates every secret, one after the other, and reports old and new versions", async () => {
    const before = await versions();
    const summary = await run({ generation: 2 });
    const after = await versions();
    expect(summary.rotated).toEqual(
      rotatedPurposes.map((secret) => ({
        secret,
        change: expect.stringMatching(/\bnew |further signing key/),
        from: before[secret],
        to: after[secret],
        seconds: expect.any(Number),
      })),
    );
    for (const purpose of rotatedPurposes) expect(after[purpose]).not.toBe(before[purpose]);
    expect(atOnce).toBe(1);
    secrets.expectNoLeak(JSON.stringify(summary));
  });

  it("only the named secrets are rotated", async () => {
    const before = await versions();
    const { rotated } = await run({ secrets: ["jwt", "db-app"] });
    expect(rotated.map(({ secret }) => secret)).toEqual(["db-app", "jwt"]);
    const after = await versions();
    const changed = rotatedPurposes.filter((purpose) => after[purpose] !== before[purpose]);
    expect(changed).toEqual(["db-app", "jwt"]);
  });

  it.each([
    [{ secrets: ["twilio"] }, /secrets\.0/],
    [{ secrets: [] }, /secrets/],
    [{ generation: 0 }, /generation/],
    [{ generation: "2" }, /generation/],
  ])("an event such as %j is refused by its member", async (event, message) => {
    await expect(run(event)).rejects.toThrow(message);
  });

  it("members that the stack's invocation adds are of no matter", async () => {
    expect(await run({ generation: 1, tf: { action: "create" } })).toMatchObject({ rotated: [] });
  });
});

describe("R8 a rotation that fails", () => {
  it("is reported with its secret; the others are rotated all the same", async () => {
    const works = secrets.functions.get(secrets.functionArn("cache"));
    secrets.functions.set(secrets.functionArn("cache"), () => Promise.reject(new Error("no way to Redis")));
    const before = await versions();
    const others = rotatedPurposes.filter((purpose) => purpose !== "cache");
    await expect(run({}, 15_000)).rejects.toThrow(
      new RegExp(`not rotated: cache \\(rotation-incomplete\\).*Rotated: ${others.join(", ")}$`),
    );
    const after = await versions();
    expect(rotatedPurposes.filter((purpose) => after[purpose] === before[purpose])).toEqual(["cache"]);

    // The next one takes the half-done rotation up again and reports its version.
    const { AWSPENDING: pending } = await secrets.labels(arns.cache);
    if (works) secrets.functions.set(secrets.functionArn("cache"), works);
    const { rotated } = await run({ secrets: ["cache"] });
    expect(rotated).toMatchObject([{ secret: "cache", from: before.cache, to: pending }]);
  });

  it("for good (its version was dropped) is reported at once, not after the whole time", async () => {
    const run5 = secrets.functions.get(secrets.functionArn("jwt"));
    secrets.functions.set(secrets.functionArn("jwt"), async (event) => {
      if (JSON.stringify(event).includes("createSecret")) {
        await run5?.(event);
        // Seen as pending once, then dropped as too old.
        await expect.poll(() => secrets.aws.requests().at(-1)?.action).toBe("DescribeSecret");
      }
      await secrets.close(arns.jwt);
    });
    const started = Date.now();
    await expect(run({ secrets: ["jwt"] }, 60_000)).rejects.toThrow(/was given up.*goes on working/);
    expect(Date.now() - started).toBeLessThan(30_000);
  });

  it("because there is no value yet says what to do", async () => {
    const empty = await secrets.create("empty");
    await expect(rotateAndWait(secrets.client, empty, 1_000)).rejects.toEqual(refusal("no-current-value"));
  });

  it("an old token, replayed after all that, is refused", async () => {
    const before = await secrets.labels(arns.webhooks);
    await run({ secrets: ["webhooks"] });
    const replay = secrets.functions.get(secrets.functionArn("webhooks"));
    const event = stepEvent(arns.webhooks, String(before.AWSCURRENT), "finishSecret");
    await expect(replay?.(event)).rejects.toEqual(refusal("not-pending"));
  });
});
