import { currentAccount } from "./account.ts";
import { Cache } from "./cache/cache.ts";
import type { StackEnvironment } from "./config.ts";
import { Database } from "./database/database.ts";
import { Network } from "./network/network.ts";
import { Credentials } from "./secrets/credentials.ts";
import { EncryptionKey } from "./secrets/encryption-key.ts";
import { environmentTags, tagEverything } from "./tags.ts";

/** The table of contents: every part of an environment, in the order in which it is made. */
export function deployStack(environment: StackEnvironment) {
  const account = currentAccount(environment.region);
  const tags = environmentTags(environment);
  const opts = { transformations: [tagEverything(tags)] };
  const named = (part: string) => `bulwark-${environment.name}-${part}`;
  // A key must outlive what can still be brought back with it.
  const keyLife = {
    deletionWindowDays: Math.max(7, environment.secrets.recoveryWindowDays),
    keep: environment.database.finalSnapshot,
  };

  const dataKey = new EncryptionKey(
    named("data-key"),
    { description: "Data, logs and topics", account, users: ["logs", "alarms"], ...keyLife },
    opts,
  );
  const secretsKey = new EncryptionKey(
    named("secrets-key"),
    { description: "Secrets", account, users: [], ...keyLife },
    opts,
  );
  const keys = { dataKeyArn: dataKey.keyArn, secretsKeyArn: secretsKey.keyArn };
  const network = new Network(
    named("network"),
    { settings: environment.network, account, keyArn: dataKey.keyArn },
    opts,
  );
  const database = new Database(
    named("database"),
    {
      settings: environment.database,
      account,
      vpcId: network.vpcId,
      subnetIds: network.isolatedSubnetIds,
      ...keys,
    },
    opts,
  );
  const cache = new Cache(
    named("cache"),
    {
      settings: environment.cache,
      vpcId: network.vpcId,
      subnetIds: network.isolatedSubnetIds,
      keyArn: dataKey.keyArn,
    },
    opts,
  );
  const credentials = new Credentials(
    named("secrets"),
    { environment, account, network, database, cache, ...keys },
    opts,
  );

  return {
    databaseHost: database.host,
    cacheHost: cache.host,
    natPublicIps: network.natPublicIps,
    bootstrap: credentials.bootstrapSummary,
    rotation: credentials.rotationSummary,
  };
}
