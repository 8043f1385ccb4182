import { randomUUID } from "node:crypto";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-secrets-manager";
import { describe, expect, it } from "vitest";
import { withStandin } from "../../../support/index.ts";

const aws = await withStandin();
const client = new SecretsManagerClient(aws.client);
const newSecret = async (name = `test/${randomUUID()}`): Promise<string> =>
  (await client.send(new CreateSecretCommand({ Name: name, SecretString: "value" }))).ARN ?? "";
const read = (id: string) => client.send(new GetSecretValueCommand({ SecretId: id }));

describe("S6 stand-in for Secrets Manager: deletion", () => {
  it("keeps a deleted secret out of reach until it is restored", async () => {
    const name = `test/${randomUUID()}`;
    const id = await newSecret(name);
    const { DeletionDate } = await client.send(
      new DeleteSecretCommand({ SecretId: id, RecoveryWindowInDays: 7 }),
    );
    expect(DeletionDate?.getTime()).toBeGreaterThan(Date.now() + 6 * 86_400_000);
    await expect(read(id)).rejects.toMatchObject({ name: "InvalidRequestException" });
    await expect(newSecret(name)).rejects.toMatchObject({
      name: "InvalidRequestException",
      message:
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
    });
    await client.send(new RestoreSecretCommand({ SecretId: id }));
    expect((await read(id)).SecretString).toBe("value");
  });

  it("forgets at once when forced, as often as asked", async () => {
    const name = `test/${randomUUID()}`;
    await newSecret(name);
    const force = new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true });
    await client.send(force);
    await client.send(force);
    await expect(read(name)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    expect(await newSecret(name)).toContain(name);
  });

  it.each([
    { RecoveryWindowInDays: 6 },
    { RecoveryWindowInDays: 31 },
    { RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true },
  ])("refuses %o", async (input) => {
    const id = await newSecret();
    const deletion = client.send(new DeleteSecretCommand({ SecretId: id, ...input }));
    await expect(deletion).rejects.toMatchObject({ name: "InvalidParameterException" });
  });
});

describe("S6 stand-in for Secrets Manager: lists, tags and policies", () => {
  it("lists by name prefix and tag, in pages", async () => {
    const prefix = `list-${randomUUID()}`;
    for (const name of ["a", "b", "c"]) {
      const SecretId = await newSecret(`${prefix}/${name}`);
      await client.send(new TagResourceCommand({ SecretId, Tags: [{ Key: "letter", Value: name }] }));
    }
    const byName = { Key: "name" as const, Values: [`${prefix}/`] };
    const first = await client.send(
      new ListSecretsCommand({ Filters: [byName], MaxResults: 2, SortOrder: "asc" }),
    );
    const rest = await client.send(
      new ListSecretsCommand({ Filters: [byName], NextToken: first.NextToken, SortOrder: "asc" }),
    );
    const names = [...(first.SecretList ?? []), ...(rest.SecretList ?? [])].map((secret) => secret.Name);
    expect(first.SecretList).toHaveLength(2);
    expect(names.toSorted()).toEqual(["a", "b", "c"].map((name) => `${prefix}/${name}`));
    const byTag = { Key: "tag-value" as const, Values: ["b"] };
    const tagged = await client.send(new ListSecretsCommand({ Filters: [byName, byTag] }));
    expect(tagged.SecretList?.map((secret) => secret.Name)).toEqual([`${prefix}/b`]);
  });

  it("removes tags", async () => {
    const SecretId = await newSecret();
    await client.send(
      new TagResourceCommand({
        SecretId,
        Tags: [
          { Key: "a", Value: "1" },
          { Key: "b", Value: "2" },
        ],
      }),
    );
    await client.send(new UntagResourceCommand({ SecretId, TagKeys: ["a"] }));
    const { Tags } = await client.send(new DescribeSecretCommand({ SecretId }));
    expect(Tags).toEqual([{ Key: "b", Value: "2" }]);
  });

  it("keeps a policy, refuses a malformed one and, when asked, a public one", async () => {
    const SecretId = await newSecret();
    const policy = (Effect: string) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect, Principal: "*", Action: "*", Resource: "*" }],
      });
    const attach = (ResourcePolicy: string) =>
      client.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy, BlockPublicPolicy: true }));
    await attach(policy("Deny"));
    expect((await client.send(new GetResourcePolicyCommand({ SecretId }))).ResourcePolicy).toBe(
      policy("Deny"),
    );
    await expect(attach(policy("Allow"))).rejects.toMatchObject({ name: "PublicPolicyException" });
    await expect(attach("{")).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
  });

  it("lets a secret of another service be read, not changed", async () => {
    const { ARN } = aws.putManagedSecret({
      name: "rds!db-1234",
      owningService: "rds",
      value: '{"username":"admin"}',
    });
    expect((await read(ARN)).SecretString).toBe('{"username":"admin"}');
    expect(await client.send(new DescribeSecretCommand({ SecretId: ARN }))).toMatchObject({
      OwningService: "rds",
    });
    const change = client.send(new PutSecretValueCommand({ SecretId: ARN, SecretString: "mine" }));
    await expect(change).rejects.toMatchObject({ name: "InvalidRequestException" });
  });
});
