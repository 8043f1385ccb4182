import * as pulumi from "@pulumi/pulumi";
import { ports } from "../../app/contract/endpoints.ts";
import { type SecretPurpose, secretIdVariables } from "../../app/contract/secrets.ts";
import type { StackEnvironment } from "../config/load.ts";
import type { Account } from "../lib/account.ts";
import type { ApiPodEnvironment, MigrationPodEnvironment } from "./environment.ts";

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

/** The API's environment: what the configuration tunes, and what the stack decides, which no configuration can override. */
export function apiEnvironment(args: ProcessArgs): ApiPodEnvironment {
  const { environment, network, cache, secretArns } = args;
  const decided = {
    ...shared(args),
    HOST: { fromPod: "status.podIP" },
    PORT: String(ports.http),
    MANAGEMENT_PORT: String(ports.management),
    CORS_ORIGIN: environment.workload.corsOrigins.join(","),
    TRUSTED_PROXIES: network.publicSubnetCidrs.join(","),
    // Without a certificate the load balancer truthfully says "http": sent on, everybody would land where nobody listens.
    HTTPS_ONLY: String(args.certificateArn !== undefined),
    PUBLIC_HOST: environment.edge.domain,
    REDIS_HOST: cache.host,
    REDIS_PORT: pulumi.output(cache.port).apply(String),
    ...secretIdVariables("api", (purpose) => secretArns[purpose]),
  } as const satisfies ApiPodEnvironment;
  return { ...environment.workload.env, ...decided };
}
