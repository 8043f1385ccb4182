import { randomUUID } from "node:crypto";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { rotatedPurposes, secretsReadBy } from "../../../../app/contract/secrets.ts";
import { type Audited, auditSecrets } from "../../../../infra/functions/audit-secrets/audit.ts";
import { handler, lifeOf } from "../../../../infra/functions/audit-secrets/handler.ts";
import { rotationFunction } from "../../../../infra/functions/rotation/function.ts";
import { stepsFor } from "../../../../infra/functions/rotation/machine.ts";
import { firstValues, randomValues } from "../../../../infra/functions/rotation/random-values.ts";
import type { MetricFigures } from "../../../../infra/functions/shared/metrics.ts";
import { withSecrets } from "../secrets.ts";

const dayMs = 86_400_000;
const secrets = await withSecrets();
const strategy = randomValues({ value: 60 }, { refreshSeconds: 1, slackSeconds: 60 });
const apiSecrets = rotatedPurposes.filter((purpose) => new Set<string>(secretsReadBy("api")).has(purpose));
const limits = { rotationDays: 30, unusedAfterDays: 14 };
const audited = [...rotatedPurposes, "db-master"] as const;
const arns = new Map<Audited, string>();
const arnOf = (purpose: Audited): string => arns.get(purpose) ?? "";

/** The secrets with their rotation set up, as the stack does it, and RDS's own; the API's have been fetched today. */
beforeAll(async () => {
  for (const purpose of rotatedPurposes) {
    const secret = await secrets.create(purpose, firstValues(["value"]));
    const steps = new Map([[secret, stepsFor(secret, strategy, secrets.store)]]);
    secrets.functions.set(secrets.functionArn(purpose), rotationFunction(steps, secrets.store, secrets.log));
    await secrets.aws.secrets.RotateSecret({
      SecretId: secret,
      ClientRequestToken: randomUUID(),
      RotationLambdaARN: secrets.functionArn(purpose),
      RotationRules: { ScheduleExpression: "cron(0 13 ? * MON *)" },
      RotateImmediately: false,
    });
    await secrets.aws.settled();
    arns.set(purpose, secret);
  }
  const value = JSON.stringify({ username: "bulwark_admin", password: "of RDS" });
  const master = secrets.aws.putManagedSecret({ name: "rds!db-1", owningService: "rds", value });
  arns.set("db-master", master.ARN);
  for (const purpose of apiSecrets) {
    await secrets.client.send(new GetSecretValueCommand({ SecretId: arnOf(purpose) }));
  }
});

/** The audit of so many days ahead, with what it measured. */
const auditIn = async (days: number) => {
  const measured: MetricFigures[] = [];
  const summary = await auditSecrets(audited, (one) => lifeOf(secrets.client, arnOf(one)), limits, {
    log: secrets.log,
    measure: (figures) => measured.push(figures),
    now: new Date(Date.now() + days * dayMs),
  });
  return { ...summary, measured };
};

describe("R9 S11 the audit of the secrets", () => {
  it("finds nothing where all is well, and says so in numbers: silence would be trouble", async () => {
    expect(await auditIn(0)).toEqual({
      checked: audited.length,
      overdue: [],
      unused: [],
      measured: [{ SecretsOverdue: 0, SecretsUnused: 0 }],
    });
  });

  it("counts only those as unused that the API should be reading", async () => {
    const { unused, measured } = await auditIn(16);
    expect(unused.toSorted()).toEqual([...apiSecrets].toSorted());
    expect(measured).toEqual([{ SecretsOverdue: 1, SecretsUnused: apiSecrets.length }]);
  });

  it("counts the master user's as overdue once RDS has twice not rotated it, and says that it may be impaired", async () => {
    expect((await auditIn(13)).overdue).toEqual([]);
    const { overdue, measured } = await auditIn(16);
    expect(overdue).toEqual(["db-master"]);
    expect(measured[0]?.SecretsOverdue).toBe(1);
    expect(secrets.lines.join("\n")).toMatch(/"purpose":"db-master".*its status may be .*impaired/);
  });

  it("counts as overdue what has not rotated in time, or no longer rotates", async () => {
    expect((await auditIn(32)).overdue).toEqual([...audited]);
    await secrets.aws.secrets.CancelRotateSecret({ SecretId: arnOf("webhooks") });
    const { overdue, measured } = await auditIn(0);
    expect(overdue).toEqual(["webhooks"]);
    expect(measured).toEqual([{ SecretsOverdue: 1, SecretsUnused: 0 }]);
  });

  it("S6 tells names and reasons in the log, and no value", async () => {
    await auditIn(200);
    expect(secrets.lines.join("\n")).toMatch(
      /"message":"secret overdue","purpose":"db-app","reason":"overdue","detail":"/,
    );
    expect(secrets.lines.join("\n")).toMatch(/"message":"secret unused","purpose":"cache"/);
    secrets.expectNoLeak();
  });

  it("fails when a secret is not there, and gives no numbers then", async () => {
    const measured: MetricFigures[] = [];
    const audit = auditSecrets(["db-app"], () => lifeOf(secrets.client, "nowhere"), limits, {
      log: secrets.log,
      measure: (figures) => measured.push(figures),
      now: new Date(),
    });
    await expect(audit).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    expect(measured).toEqual([]);
  });
});

describe("S7 S11 the function", () => {
  it("reads dates only, and writes its metrics as a line of log that CloudWatch reads", async () => {
    const { env } = secrets.aws;
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    for (const purpose of audited) {
      vi.stubEnv(`${purpose.toUpperCase().replaceAll("-", "_")}_SECRET_ARN`, arnOf(purpose));
    }
    vi.stubEnv("ROTATION_DAYS", "30");
    vi.stubEnv("UNUSED_AFTER_DAYS", "14");
    vi.stubEnv("METRIC_NAMESPACE", "Bulwark/test");
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const before = secrets.aws.requests().length;
    const summary = await handler({});
    const lines = write.mock.calls.map(([text]) => String(text));
    write.mockRestore();
    vi.unstubAllEnvs();
    expect(summary).toEqual({ checked: audited.length, overdue: ["webhooks"], unused: [] });
    const called = secrets.aws
      .requests()
      .slice(before)
      .map(({ action }) => action);
    expect(new Set(called)).toEqual(new Set(["DescribeSecret"]));
    const metrics = lines.find((line) => line.includes('"_aws"')) ?? "";
    expect(JSON.parse(metrics)).toEqual({
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [
          {
            Namespace: "Bulwark/test",
            Dimensions: [[]],
            Metrics: [
              { Name: "SecretsOverdue", Unit: "Count" },
              { Name: "SecretsUnused", Unit: "Count" },
            ],
          },
        ],
      },
      SecretsOverdue: 1,
      SecretsUnused: 0,
    });
  });
});
