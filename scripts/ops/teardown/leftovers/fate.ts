import { DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeInstancesCommand, DescribeNatGatewaysCommand } from "@aws-sdk/client-ec2";
import { DescribeKeyCommand } from "@aws-sdk/client-kms";
import { DescribeDBSnapshotsCommand } from "@aws-sdk/client-rds";
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import { type Clients, isError } from "../clients.ts";

/** What has become of something that AWS lists under the environment's tag. */
export type Fate =
  /** It is gone; the list still shows it. */
  | { is: "gone" }
  /** It ends by itself; there is nothing to do. */
  | { is: "ending"; how: string }
  /** Its own service says that it is there. */
  | { is: "there" }
  /** Only the list speaks of it, and that list forgets slowly. */
  | { is: "listed" };

const gone: Fate = { is: "gone" };
const there: Fate = { is: "there" };
const listed: Fate = { is: "listed" };

/** `arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-1` → `ec2:vpc`, `…:rds:…:snapshot:name` → `rds:snapshot`, `…:s3:::name` → `s3`. */
export function kindOf(arn: string): string {
  const [, , service = "", , , resource = "", next] = arn.split(":");
  if (resource.includes("/")) return `${service}:${resource.split("/")[0]}`;
  return next === undefined ? service : `${service}:${resource}`;
}

/** The last piece of an ARN: the resource's own id or name. */
export const idOf = (arn: string): string =>
  arn
    .split(":")
    .slice(5)
    .join(":")
    .replace(/^[a-z-]+[:/]/, "");

/** Asks the services that list deleted things for long, or delete slowly; for the others, the list decides. */
export function fateOf(clients: Clients, arn: string): Promise<Fate> {
  const ask = questions[kindOf(arn)];
  return ask === undefined ? Promise.resolve(listed) : ask(clients, arn);
}

const questions: Readonly<Record<string, (clients: Clients, arn: string) => Promise<Fate>>> = {
  "kms:key": ({ keys }, arn) =>
    unless(["NotFoundException"], async () => {
      const { KeyMetadata } = await keys.send(new DescribeKeyCommand({ KeyId: arn }));
      if (KeyMetadata?.KeyState !== "PendingDeletion") return there;
      const day = KeyMetadata.DeletionDate?.toISOString().slice(0, 10) ?? "within 30 days";
      return { is: "ending", how: `KMS deletes the key on ${day} and charges nothing for it until then` };
    }),
  "secretsmanager:secret": ({ secrets }, arn) =>
    unless(["ResourceNotFoundException"], async () => {
      const { DeletedDate } = await secrets.send(new DescribeSecretCommand({ SecretId: arn }));
      return DeletedDate === undefined
        ? there
        : { is: "ending", how: `Secrets Manager deletes it on ${DeletedDate.toISOString().slice(0, 10)}` };
    }),
  "logs:log-group": async ({ logs }, arn) => {
    const name = arn.split(":")[6];
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
    return logGroups.some(({ logGroupName }) => logGroupName === name) ? there : gone;
  },
  "rds:snapshot": ({ database }, arn) =>
    unless(["DBSnapshotNotFoundFault"], async () => {
      await database.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: arn }));
      return there;
    }),
  // EC2 shows these for about an hour after their end.
  "ec2:instance": ({ network }, arn) =>
    unless(["InvalidInstanceID.NotFound"], async () => {
      const answer = await network.send(new DescribeInstancesCommand({ InstanceIds: [idOf(arn)] }));
      const states = answer.Reservations?.flatMap(({ Instances = [] }) =>
        Instances.map(({ State }) => State?.Name),
      );
      return states?.every((state) => state === "terminated") ? gone : there;
    }),
  "ec2:natgateway": ({ network }, arn) =>
    unless(["NatGatewayNotFound"], async () => {
      const answer = await network.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [idOf(arn)] }));
      return answer.NatGateways?.every(({ State }) => State === "deleted") ? gone : there;
    }),
};

async function unless(missing: readonly string[], ask: () => Promise<Fate>): Promise<Fate> {
  try {
    return await ask();
  } catch (error) {
    if (isError(error, ...missing)) return gone;
    throw error;
  }
}
