import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { requirePort } from "../servers/ports.ts";
import { type CacheHooks, type ElastiCache, elastiCache } from "./elasticache.ts";
import { FunctionNotFound } from "./errors.ts";
import { httpServer, type Services } from "./http.ts";
import { withIdleFunctions } from "./idle-functions.ts";
import { type Kms, kms } from "./kms.ts";
import { backup, backupRoutes } from "./leftovers/backup.ts";
import { ec2 } from "./leftovers/ec2.ts";
import { Inventory } from "./leftovers/inventory.ts";
import { logs } from "./leftovers/logs.ts";
import { cacheSnapshots, rds } from "./leftovers/snapshots.ts";
import { tagging } from "./leftovers/tagging.ts";
import { ec2Protocol, jsonProtocol, queryProtocol, restJsonProtocol } from "./protocols.ts";
import { type RequestRecord, requestLog } from "./request-log.ts";
import { type SecretsManager, secretsManager } from "./secrets-manager/index.ts";
import { lookUpSecret, type SecretRecord } from "./secrets-manager/records.ts";
import type { RotationHooks } from "./secrets-manager/rotation.ts";
import { putManagedSecret } from "./secrets-manager/versions.ts";
import { type Sns, sns } from "./sns.ts";
import { type Context, type MessageRecord, openState } from "./state.ts";
import { sts } from "./sts.ts";

export type { CacheUserChange } from "./elasticache.ts";
export { FunctionNotFound } from "./errors.ts";
export type { RotationEvent } from "./secrets-manager/rotation.ts";

export type StandinOptions = Partial<RotationHooks> &
  Partial<CacheHooks> & {
    /** Address to listen on, default 127.0.0.1. */
    host?: string;
    /** Port; a free one by default. */
    port?: number;
    /** Where secrets, keys, topics and users are kept (mode 0600); without one they end with the process. */
    stateFile?: string;
    /** Default us-east-1. */
    region?: string;
    /** Default 123456789012. */
    accountId?: string;
  };

export interface Standin {
  /** For AWS_ENDPOINT_URL. */
  url: string;
  port: number;
  region: string;
  accountId: string;
  /** The same operations that the API offers, called directly: `secrets.CreateSecret({ Name })`. */
  secrets: SecretsManager;
  keys: Kms;
  topics: Sns;
  cacheUsers: ElastiCache;
  /** What the account holds besides: network interfaces, log groups, snapshots, tagged resources. Empty at first. */
  inventory: Inventory;
  /** A secret that another service owns, as RDS does the master user's: made or brought up to date. */
  putManagedSecret(managed: { name: string; owningService: string; value: string }): {
    ARN: string;
    Name: string;
  };
  /** How the last rotation of a secret failed; undefined when it did not. */
  rotationFailure(secretId: string): SecretRecord["rotationFailure"];
  /** Every call over HTTP, oldest first, without any value. Also at GET /_standin/requests. */
  requests(): readonly RequestRecord[];
  /** What was published to topics. */
  messages(): readonly MessageRecord[];
  /** All that it keeps, as its state file holds it. */
  savedState(): string;
  /** Resolves when no rotation is under way. */
  settled(): Promise<void>;
  /** Waits up to 10 s for rotations under way, then closes the listener. */
  stop(): Promise<void>;
}

const settleMs = 10_000;

/**
 * Starts one HTTP server that speaks the real protocols of Secrets Manager, KMS, SNS, STS, ElastiCache (users)
 * and Lambda (Invoke), for the calls that the stack makes, and of what a teardown looks through (EC2, RDS, CloudWatch Logs,
 * AWS Backup, the tagging API). Any AWS SDK reaches it with AWS_ENDPOINT_URL and made-up
 * credentials. Without hooks, functions do not exist and cache users are taken as they are told.
 */
export const startStandin = async (options: StandinOptions = {}): Promise<Standin> => {
  const { region = "us-east-1", accountId = "123456789012", host = "127.0.0.1", port = 0 } = options;
  const hooks = withDefaults(options);
  const context: Context = { region, accountId, ...openState(options.stateFile) };
  if (port) await requirePort(port, "the AWS stand-in", "choose another port for it");
  const secrets = secretsManager(context, hooks);
  const [keys, topics, cache] = [kms(context), sns(context), elastiCache(context, hooks)];
  const inventory = new Inventory();
  const services: Services = {
    secretsmanager: { protocol: jsonProtocol, operations: secrets.operations },
    kms: { protocol: jsonProtocol, operations: keys },
    sns: { protocol: queryProtocol("http://sns.amazonaws.com/doc/2010-03-31/"), operations: topics },
    sts: { protocol: queryProtocol("https://sts.amazonaws.com/doc/2011-06-15/"), operations: sts(context) },
    elasticache: {
      protocol: queryProtocol("http://elasticache.amazonaws.com/doc/2015-02-02/"),
      operations: { ...cache.operations, ...cacheSnapshots(inventory, context) },
    },
    ...accountServices(inventory, context),
  };
  const log = requestLog();
  const server = httpServer(services, hooks, log);
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  const bound = address && typeof address === "object" ? address.port : port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    region,
    accountId,
    secrets: secrets.operations,
    keys,
    topics,
    cacheUsers: cache.operations,
    inventory,
    putManagedSecret: (managed) => putManagedSecret(context, managed),
    rotationFailure: (secretId) => lookUpSecret(context.state.secrets, secretId)?.rotationFailure,
    requests: log.all,
    messages: () => [...context.state.messages],
    savedState: () => JSON.stringify(context.state),
    settled: secrets.settled,
    stop: async () => {
      await Promise.race([secrets.settled(), delay(settleMs, undefined, { ref: false })]);
      await cache.stop();
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** The services that show and delete what is in the inventory. */
const accountServices = (inventory: Inventory, context: Context): Services => ({
  ec2: { protocol: ec2Protocol("http://ec2.amazonaws.com/doc/2016-11-15/"), operations: ec2(inventory) },
  rds: {
    protocol: queryProtocol("http://rds.amazonaws.com/doc/2014-10-31/"),
    operations: rds(inventory, context),
  },
  logs: { protocol: jsonProtocol, operations: logs(inventory, context) },
  backup: { protocol: restJsonProtocol(backupRoutes), operations: backup(inventory) },
  tagging: { protocol: jsonProtocol, operations: tagging(inventory) },
});

const withDefaults = (options: StandinOptions): RotationHooks & CacheHooks => ({
  invokeFunction: withIdleFunctions(options.invokeFunction ?? unknownFunction),
  modifyCacheUser: options.modifyCacheUser ?? (async () => undefined),
  ...(options.mayInvoke ? { mayInvoke: options.mayInvoke } : {}),
  ...(options.onEvent ? { onEvent: options.onEvent } : {}),
});

const unknownFunction = async (functionName: string): Promise<never> => {
  throw new FunctionNotFound(functionName);
};
