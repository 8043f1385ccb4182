import { join } from "node:path";
import * as z from "zod";
import { CommandError } from "../../../cli/errors.ts";
import { startMysql, startRedis } from "../../servers/index.ts";
import type { Sandbox } from "../sandbox.ts";
import { KeptServer } from "../servers.ts";
import { outputs, type Provisioner, properties, type Registration } from "./provisioner.ts";

const parameterGroup = z.object({
  name: z.string(),
  parameters: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
});
const instance = z.object({
  identifier: z.string(),
  username: z.string().optional(),
  parameterGroupName: z.string().optional(),
  performanceInsightsEnabled: z.boolean().default(false),
  resourceId: z.string(),
});
const replicationGroup = z.object({
  parameterGroupName: z.string().optional(),
  transitEncryptionEnabled: z.literal(
    true,
    "transitEncryptionEnabled must be true: the sandbox's Redis speaks TLS only",
  ),
});
const user = z.object({
  userId: z.string(),
  userName: z.string(),
  engine: z.string(),
  accessString: z.string(),
  authenticationMode: z.object({ passwords: z.array(z.string()) }),
});

/** Parameter groups of databases and caches, by name, until the server that uses one starts. */
const groups = new WeakMap<Sandbox, Map<string, Record<string, string>>>();
const groupsOf = (sandbox: Sandbox): Map<string, Record<string, string>> => {
  const known = groups.get(sandbox) ?? new Map<string, Record<string, string>>();
  groups.set(sandbox, known);
  return known;
};

const keepParameters: Provisioner = async (registration) => {
  const { name, parameters } = properties(registration, parameterGroup);
  const settings = Object.fromEntries(parameters.map((parameter) => [parameter.name, parameter.value]));
  groupsOf(registration.sandbox).set(name, settings);
  return registration.shaped;
};

const parametersOf = (registration: Registration, group: string | undefined): Record<string, string> =>
  groupsOf(registration.sandbox).get(group ?? "") ?? {};

/** `loose`: a parameter that this version of MySQL does not know is a warning in its log, not the end. */
const loosely = (settings: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [`loose_${name}`, value]));

/** MySQL's defaults, unlike the tests' servers: with 16 MiB an import of 100,000 lines reads and writes the same pages again and again. */
const buffers = { innodb_buffer_pool_size: "128M", innodb_redo_log_capacity: "100M" };

/** One small database runs a few hundred shapes of statements; MySQL would reserve 40 MiB for ten thousand. */
const smallTables = { performance_schema_digests_size: "2000" };

/** The instance becomes a MySQL server. */
const database: Provisioner = async (registration) => {
  const { sandbox } = registration;
  const wanted = properties(registration, instance);
  if (sandbox.mysql) throw new CommandError("the sandbox runs one database; the stack has a second one");
  const settings = parametersOf(registration, wanted.parameterGroupName);
  const starting = sandbox.console.step("MySQL", () =>
    KeptServer.start({
      what: "MySQL",
      consequence: "The replicas are not ready without it. It is started again.",
      processes: sandbox.processes,
      console: sandbox.console,
      start: () =>
        startMysql({
          dataDir: sandbox.home.mysql,
          port: sandbox.ports.mysql,
          tls: sandbox.certificates,
          adminUser: wanted.username,
          adminPassword: sandbox.mysql?.current.adminPassword,
          // As RDS does it: Database Insights turns it on.
          performanceSchema: wanted.performanceInsightsEnabled,
          settings: loosely({ ...buffers, ...smallTables, ...settings }),
          resetCommand: sandbox.resetCommand,
        }),
    }),
  );
  sandbox.servers.push(starting);
  const mysql = await starting;
  sandbox.mysql = mysql;
  const { adminUser: username, adminPassword: password } = mysql.current;
  const { ARN: secretArn } = sandbox.standin.putManagedSecret({
    name: `rds!${wanted.resourceId}`,
    owningService: "rds",
    value: JSON.stringify({ username, password }),
  });
  const masterUserSecrets = [{ secretArn, secretStatus: "active", kmsKeyId: "" }];
  return outputs(registration, { ...address(sandbox), masterUserSecrets });
};

const address = ({ mysql }: Sandbox): Record<string, unknown> => {
  const port = mysql?.current.port;
  return { address: "localhost", port, endpoint: `localhost:${port}` };
};

const cache: Provisioner = async (registration) => {
  const { sandbox } = registration;
  const wanted = properties(registration, replicationGroup);
  if (sandbox.redis) throw new CommandError("the sandbox runs one cache; the stack has a second one");
  const starting = sandbox.console.step("Redis", () =>
    KeptServer.start({
      what: "Redis",
      consequence:
        "The replicas stay ready without it, say that they are degraded, and each keeps limits of its own. It is started again.",
      processes: sandbox.processes,
      console: sandbox.console,
      start: () =>
        startRedis({
          dir: sandbox.home.redis,
          port: sandbox.ports.redis,
          tls: sandbox.certificates,
          persistent: true,
          settings: parametersOf(registration, wanted.parameterGroupName),
          resetCommand: sandbox.resetCommand,
        }),
    }),
  );
  sandbox.servers.push(starting);
  sandbox.redis = await starting;
  const { port } = sandbox.redis.current;
  const host = "localhost";
  return outputs(registration, { port, primaryEndpointAddress: host, readerEndpointAddress: host });
};

/** An existing user stays as it is: its rights and passwords are the bootstrap's and the rotation's, as `ignoreChanges` says. */
const cacheUser: Provisioner = async (registration) => {
  const { cacheUsers } = registration.sandbox.standin;
  const wanted = properties(registration, user);
  const { Users } = await cacheUsers.DescribeUsers({});
  if (!Users.some(({ UserId }) => UserId === wanted.userId)) {
    await cacheUsers.CreateUser({
      UserId: wanted.userId,
      UserName: wanted.userName,
      Engine: wanted.engine,
      AccessString: wanted.accessString,
      Passwords: wanted.authenticationMode.passwords,
    });
  }
  return registration.shaped;
};

/** Log files of the servers, for those who look for them. */
export const serverLogs = ({ home }: Sandbox) => ({
  mysql: join(home.mysql, "error.log"),
  redis: join(home.redis, "server.log"),
});

export const dataProvisioners: Record<string, Provisioner> = {
  "aws:rds/parameterGroup:ParameterGroup": keepParameters,
  "aws:elasticache/parameterGroup:ParameterGroup": keepParameters,
  "aws:rds/instance:Instance": database,
  "aws:elasticache/replicationGroup:ReplicationGroup": cache,
  "aws:elasticache/user:User": cacheUser,
};
