import { once } from "node:events";
import { createServer } from "node:http";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type AwsAccess, awsAccess } from "../../../scripts/ops/aws-access.ts";

const region = { "aws:region": "eu-west-1" };
const roleArn = "arn:aws:iam::111122223333:role/deploy";

/** Who asked STS for which role. */
const asked: { by: string | undefined; role: string | null }[] = [];
/** STS, as far as a role is assumed: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const sts = createServer(async (request, response) => {
  const body = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
  const by = /Credential=(\w+)/.exec(request.headers.authorization ?? "")?.[1];
  asked.push({ by, role: body.get("RoleArn") });
  response.setHeader("content-type", "text/xml").end(
    `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
    <SessionToken>t</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
  );
});

const identityOf = async ({ credentials }: AwsAccess) =>
  typeof credentials === "function" ? (await credentials()).accessKeyId : undefined;

beforeEach(async () => {
  await once(sts.listen(0, "127.0.0.1"), "listening");
  const address = sts.address();
  vi.stubEnv("AWS_REGION", undefined);
  vi.stubEnv("AWS_ENDPOINT_URL_STS", `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAPERSON");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
});
afterEach(async () => {
  sts.closeAllConnections();
  await once(sts.close(), "close");
  asked.length = 0;
});

describe("R8 commands act in AWS as the deployment does", () => {
  it("as the role of aws:assumeRoles, which the environment's credentials take on", async () => {
    const access = awsAccess({ ...region, "aws:assumeRoles": JSON.stringify([{ roleArn }]) }, "staging");
    expect(await identityOf(access)).toBe("ASIAROLE");
    expect(asked).toEqual([{ by: "AKIAPERSON", role: roleArn }]);
    expect(access.region).toBe("eu-west-1");
  });

  it("as whom the environment says, where the configuration names nobody", () => {
    expect(awsAccess(region, "staging")).toEqual({ region: "eu-west-1", maxAttempts: 5 });
  });

  it("not by part of a chain of roles", () => {
    const chain = JSON.stringify([{ roleArn }, { roleArn }]);
    expect(() => awsAccess({ ...region, "aws:assumeRoles": chain }, "staging")).toThrow(/aws:profile/);
  });

  it("not without a region", () => {
    expect(() => awsAccess({}, "staging")).toThrow(/pulumi config set --stack staging aws:region/);
  });
});
