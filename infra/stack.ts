import { currentAccount } from "./account.ts";
import { Cache } from "./cache/cache.ts";
import type { StackEnvironment } from "./config.ts";
import { Database } from "./database/database.ts";
import { Network } from "./network/network.ts";
import { Bootstrap } from "./secrets/bootstrap.ts";
import { DeadLetters } from "./secrets/dead-letters.ts";
import { EncryptionKey } from "./secrets/encryption-key.ts";
import { Rotation } from "./secrets/rotation.ts";
import { Secrets } from "./secrets/secrets.ts";
import { environmentTags, tagEverything } from "./tags.ts";

/** The table of contents: every part of an environment, in the order in which it is made. */
export function deployStack(environment: StackEnvironment) {
  const account = currentAccount(environment.region);
  const tags = environmentTags(environment);
  const tagged = { transformations: [tagEverything(tags)] };
  const named = (part: string) => `bulwark-${environment.name}-${part}`;

  const dataKey = new EncryptionKey(
    named("data"),
    { description: "Data, logs and topics", account, users: ["logs", "alarms"], deletionWindowDays: 7 },
    tagged,
  );
  const secretsKey = new EncryptionKey(
    named("secrets"),
    { description: "Secrets", account, users: [], deletionWindowDays: 7 },
    tagged,
  );
  const network = new Network(
    named("network"),
    { settings: environment.network, account, keyArn: dataKey.keyArn },
    tagged,
  );
  const database = new Database(
    named("database"),
    {
      settings: environment.database,
      account,
      vpcId: network.vpcId,
      subnetIds: network.isolatedSubnetIds,
      dataKeyArn: dataKey.keyArn,
      secretsKeyArn: secretsKey.keyArn,
    },
    tagged,
  );
  const cache = new Cache(
    named("cache"),
    {
      settings: environment.cache,
      vpcId: network.vpcId,
      subnetIds: network.isolatedSubnetIds,
      keyArn: dataKey.keyArn,
    },
    tagged,
  );
  const secrets = new Secrets(
    named("secret"),
    { settings: environment.secrets, environment: environment.name, account, keyArn: secretsKey.keyArn },
    tagged,
  );
  const deadLetters = new DeadLetters(named("dead-letters"), { keyArn: dataKey.keyArn }, tagged);
  const setting = {
    account,
    vpcId: network.vpcId,
    subnetIds: network.isolatedSubnetIds,
    endpointSecurityGroupId: network.endpointSecurityGroupId,
    parkingSecurityGroupId: network.defaultSecurityGroupId,
    dataKeyArn: dataKey.keyArn,
    secretsKeyArn: secretsKey.keyArn,
    deadLetters,
    logRetentionDays: environment.database.logRetentionDays,
  };
  const data = {
    database,
    cache,
    arns: secrets.arns,
    secretsKeyArn: secretsKey.keyArn,
    region: environment.region,
    binlogRetentionHours: environment.database.binlogRetentionHours,
    refreshSeconds: environment.workload.env.SECRETS_REFRESH_SECONDS,
  };
  const bootstrap = new Bootstrap(named("bootstrap"), { data, setting }, tagged);
  const rotation = new Rotation(
    named("rotation"),
    { data, setting, settings: environment.secrets, after: bootstrap.done },
    tagged,
  );
  void rotation;

  return { databaseHost: database.host, cacheHost: cache.host, bootstrap: bootstrap.summary };
}
