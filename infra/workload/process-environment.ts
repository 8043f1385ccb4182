import * as pulumi from "@pulumi/pulumi";
import { ports } from "../../app/contract/endpoints.ts";
import { workerEnv } from "../../app/contract/env.ts";
import { type SecretPurpose, secretIdVariables } from "../../app/contract/secrets.ts";
import type { StackEnvironment } from "../config/load.ts";
import type { Account } from "../lib/account.ts";
import type { ApiPodEnvironment, MigrationPodEnvironment, WorkerPodEnvironment } from "./environment.ts";

/** What the processes of the image are told of the rest of the stack. */
export interface ProcessArgs {
  /** The whole configuration. */
  environment: StackEnvironment;
  /** Where it is deployed to. */
  account: Account;
  /** Of the network. */
  network: {
    /** Where the load balancer stands: the only proxy whose word the API takes for a client's address. */
    publicSubnetCidrs: readonly string[];
  };
  /** Where the cache is reached. */
  cache: {
    /** Host name. */
    host: pulumi.Input<string>;
    /** TCP port. */
    port: pulumi.Input<number>;
  };
  /** ARN of each secret. */
  secretArns: Readonly<Record<SecretPurpose, pulumi.Input<string>>>;
  /** Of the issued certificate. Default: none, and so no HTTPS. */
  certificateArn?: pulumi.Input<string> | undefined;
}

/** What every process of the image is told. */
const shared = ({ environment, account }: ProcessArgs) => ({
  NODE_ENV: "production",
  ENVIRONMENT: environment.name,
  SERVICE_VERSION: environment.workload.version,
  LOG_LEVEL: environment.workload.env.LOG_LEVEL ?? "info",
  AWS_REGION: account.region,
});

/** The migrations Job's environment: it logs in as the user that may change the schema. */
export const migrationEnvironment = (args: ProcessArgs) =>
  ({
    ...shared(args),
    ...secretIdVariables("migrations", (purpose) => args.secretArns[purpose]),
  }) as const satisfies MigrationPodEnvironment;

/** Where a process listens for operators, and where the cache is. */
const serving = ({ cache }: ProcessArgs) =>
  ({
    HOST: { fromPod: "status.podIP" },
    MANAGEMENT_PORT: String(ports.management),
    REDIS_HOST: cache.host,
    REDIS_PORT: pulumi.output(cache.port).apply(String),
  }) as const;

/** The worker's environment: what the configuration tunes for the API holds for it as well, where it has the same variable. */
export function workerEnvironment(args: ProcessArgs): WorkerPodEnvironment {
  const tuned = Object.entries(args.environment.workload.env).filter(([name]) => name in workerEnv.shape);
  return {
    ...Object.fromEntries(tuned),
    ...shared(args),
    ...serving(args),
    PUBLIC_HOST: args.environment.edge.domain,
    // Nothing is sent to it that would have to arrive first.
    SHUTDOWN_DRAIN_MS: "0",
    ...secretIdVariables("worker", (purpose) => args.secretArns[purpose]),
  } as const satisfies WorkerPodEnvironment;
}

/** The API's environment: what the configuration tunes, and what the stack decides, which no configuration can override. */
export function apiEnvironment(args: ProcessArgs): ApiPodEnvironment {
  const { environment, network, secretArns } = args;
  const decided = {
    ...shared(args),
    ...serving(args),
    PORT: String(ports.http),
    CORS_ORIGIN: environment.workload.corsOrigins.join(","),
    TRUSTED_PROXIES: network.publicSubnetCidrs.join(","),
    // Without a certificate the load balancer truthfully says "http": sent on, everybody would land where nobody listens.
    HTTPS_ONLY: String(args.certificateArn !== undefined),
    PUBLIC_HOST: environment.edge.domain,
    ...secretIdVariables("api", (purpose) => secretArns[purpose]),
  } as const satisfies ApiPodEnvironment;
  return { ...environment.workload.env, ...decided };
}
