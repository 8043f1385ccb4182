import type { Standin } from "../../../../scripts/local/aws-standin/index.ts";
import type { MysqlServer, RedisServer } from "../../../../scripts/local/servers/index.ts";
import type { Supplement } from "../proxy.ts";
import { addOnVersions } from "./add-on-versions.ts";
import { addOns } from "./add-ons.ts";
import { alarms } from "./alarms.ts";
import { cacheParameters, cacheUsers, replicationGroups } from "./cache.ts";
import { certificates } from "./certificates.ts";
import { accessEntries, clusters } from "./clusters.ts";
import { databaseInstances } from "./database.ts";
import { eventSubscriptions } from "./event-subscriptions.ts";
import type { Functions } from "./functions.ts";
import { flowLogs, vpcEndpoints, zones } from "./network.ts";
import { networkAcls } from "./network-acls.ts";
import { optionGroups } from "./option-groups.ts";
import { restoreTesting } from "./restore-testing.ts";
import { standinServices } from "./standin.ts";
import { vaultLocks } from "./vault-locks.ts";
import { webAclLogging } from "./web-acl-logging.ts";

export interface Real {
  standin: Standin;
  mysql: Pick<MysqlServer, "host" | "port" | "adminUser" | "adminPassword">;
  redis: Pick<RedisServer, "port">;
  functions: Functions;
}

/** Everything that the emulator lacks or gets wrong, as far as the stack relies on it. */
export const supplements = ({ standin, mysql, redis, functions }: Real): Supplement[] => [
  standinServices(),
  functions,
  databaseInstances({
    host: mysql.host,
    port: mysql.port,
    masterSecret: (resourceId) => {
      const value = JSON.stringify({ username: mysql.adminUser, password: mysql.adminPassword });
      return standin.putManagedSecret({ name: `rds!${resourceId}`, owningService: "rds", value }).ARN;
    },
  }),
  cacheUsers(),
  cacheParameters(),
  replicationGroups({ host: "localhost", port: redis.port }),
  optionGroups(),
  networkAcls(),
  webAclLogging(),
  restoreTesting(),
  vaultLocks(),
  alarms(),
  certificates(),
  flowLogs(),
  vpcEndpoints(),
  zones(),
  addOns(),
  addOnVersions(),
  clusters(),
  accessEntries(),
  eventSubscriptions(),
];
