import { describe, expect, it } from "vitest";
import { secretPurposes } from "../../../../app/contract/secrets.ts";
import { bootstrapEnv } from "../../../../infra/functions/bootstrap/env.ts";
import { rotateJwtEnv } from "../../../../infra/functions/rotate-jwt/env.ts";
import { rotateMysqlEnv } from "../../../../infra/functions/rotate-mysql/env.ts";
import { readEnvironment } from "../../../../infra/functions/shared/environment.ts";

const arn = (name: string) =>
  `arn:aws:secretsmanager:eu-central-1:123456789012:secret:bulwark/staging/${name}-AbCdEf`;

describe("S7 environment of a function", () => {
  it("every missing or wrong variable is named at once", () => {
    const wrong = { DB_HOST: "", DB_PORT: "33O6", DB_APP_SECRET_ARN: "bulwark/staging/db-app" };
    expect(() => readEnvironment(rotateMysqlEnv, wrong)).toThrow(
      /DB_HOST.*DB_PORT: must be a whole number.*DB_MASTER_SECRET_ARN.*DB_APP_SECRET_ARN: must be the ARN of a secret.*DB_MONITOR_SECRET_ARN/,
    );
  });

  it("strings become numbers, defaults fill in", () => {
    expect(
      readEnvironment(rotateJwtEnv, { JWT_SECRET_ARN: arn("jwt"), SECRETS_REFRESH_SECONDS: "60" }),
    ).toEqual({
      JWT_SECRET_ARN: arn("jwt"),
      SECRETS_REFRESH_SECONDS: 60,
      ROTATION_SLACK_SECONDS: 300,
      ACCESS_TOKEN_SECONDS: 900,
    });
  });

  it("the bootstrap knows every secret", () => {
    const secrets = Object.keys(bootstrapEnv.shape).filter((key) => key.endsWith("_SECRET_ARN"));
    expect(secrets).toHaveLength(secretPurposes.length + 1); // and the master's
  });
});
