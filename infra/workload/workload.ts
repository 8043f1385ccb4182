import * as pulumi from "@pulumi/pulumi";
import { type SecretPurpose, secretsReadBy } from "../../app/contract/secrets.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { monitoringNamespace } from "../cluster/logs.ts";
import { apiName, migrationsName, workerName } from "../lib/kubernetes-names.ts";
import type { LogBucket } from "../lib/log-bucket.ts";
import { AdmissionPolicies } from "./admission-policies.ts";
import { Api } from "./deployment.ts";
import { WorkloadIdentity } from "./identity.ts";
import { Ingress, type LoadBalancer } from "./ingress.ts";
import { makeLimits } from "./limits.ts";
import { Migrations } from "./migrations.ts";
import { makeNamespace } from "./namespace.ts";
import { NetworkPolicies } from "./network-policies.ts";
import {
  apiEnvironment,
  migrationEnvironment,
  type ProcessArgs,
  workerEnvironment,
} from "./process-environment.ts";
import { Scaling } from "./scaling.ts";
import { Worker } from "./worker.ts";

export interface WorkloadArgs extends ProcessArgs {
  /** Where the load balancer stands, and what its addresses and those of database and cache are. */
  network: ProcessArgs["network"] & {
    /** Where the load balancer stands, one subnet a zone. */
    publicSubnetIds: readonly pulumi.Input<string>[];
    /** Where database, cache and AWS's interface endpoints stand. */
    isolatedSubnetCidrs: readonly string[];
  };
  /** The cluster that it runs in. */
  cluster: Pick<Cluster, "clusterName" | "clusterArn" | "provider" | "dnsAddress" | "essentials">;
  /** URL of the image repository, without tag. */
  repositoryUrl: pulumi.Input<string>;
  /** Where the database is reached. */
  database: {
    /** TCP port. */
    port: pulumi.Input<number>;
  };
  /** KMS key of the secrets. */
  secretsKeyArn: pulumi.Input<string>;
  /** Firewall in front of the load balancer. */
  webAclArn: pulumi.Input<string>;
  /** Bucket of the load balancer's access logs. */
  accessLogs: LogBucket;
  /** On what Kubernetes makes in AWS for the workload: the load balancer. */
  tags: Readonly<Record<string, string>>;
  /** What the migrations rely on: database users and the first values of the secrets. */
  dependsOn: readonly pulumi.Resource[];
}

/** The API in the cluster, from its namespace to its load balancer. */
export class Workload extends pulumi.ComponentResource {
  readonly loadBalancer: LoadBalancer;

  constructor(name: string, args: WorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:workload:Workload", name, {}, { ...opts, providers: [args.cluster.provider] });
    const settings = args.environment.workload;
    const parent = { parent: this };

    const namespace = makeNamespace(`${name}-namespace`, {}, parent);
    const limits = makeLimits(`${name}-limits`, { settings }, { ...parent, dependsOn: [namespace] });
    const admission = new AdmissionPolicies(
      `${name}-admission`,
      {
        repositoryUrl: args.repositoryUrl,
        webAclArn: args.webAclArn,
        dependsOn: [namespace],
      },
      parent,
    );
    const policies = this.#policies(`${name}-network`, args, namespace);
    const api = this.#identity(`${name}-${apiName}`, apiName, secretsReadBy("api"), args, namespace);
    const worker = this.#identity(
      `${name}-${workerName}`,
      workerName,
      secretsReadBy("worker"),
      args,
      namespace,
    );
    const migrator = this.#identity(
      `${name}-${migrationsName}`,
      migrationsName,
      secretsReadBy("migrations"),
      args,
      namespace,
    );

    const image = pulumi.interpolate`${args.repositoryUrl}@${settings.imageDigest}`;
    const guarded = [...limits, admission, policies];
    const migrations = new Migrations(
      `${name}-${migrationsName}`,
      {
        settings,
        image,
        environment: migrationEnvironment(args),
        serviceAccountName: migrator.serviceAccountName,
        dependsOn: [...args.dependsOn, ...guarded, migrator],
      },
      parent,
    );
    const { deployment, service } = new Api(
      `${name}-${apiName}`,
      {
        settings,
        image,
        environment: apiEnvironment(args),
        serviceAccountName: api.serviceAccountName,
        dependsOn: [migrations.job, ...guarded, api],
      },
      parent,
    );
    new Worker(
      `${name}-${workerName}`,
      {
        settings,
        image,
        environment: workerEnvironment(args),
        serviceAccountName: worker.serviceAccountName,
        dependsOn: [migrations.job, ...guarded, worker],
      },
      parent,
    );
    new Scaling(`${name}-scaling`, { settings, deployment }, parent);
    this.loadBalancer = this.#ingress(`${name}-ingress`, args, service).loadBalancer;
    this.registerOutputs({ dnsName: this.loadBalancer.dnsName });
  }

  #policies(name: string, args: WorkloadArgs, namespace: pulumi.Resource) {
    const { OTEL_ENABLED, OTEL_EXPORTER_OTLP_ENDPOINT, SENTRY_DSN } = args.environment.workload.env;
    const traces = OTEL_ENABLED === "true" ? OTEL_EXPORTER_OTLP_ENDPOINT : undefined;
    return new NetworkPolicies(
      name,
      {
        publicSubnetCidrs: args.network.publicSubnetCidrs,
        isolatedSubnetCidrs: args.network.isolatedSubnetCidrs,
        dnsAddress: args.cluster.dnsAddress,
        databasePort: args.database.port,
        cachePort: args.cache.port,
        monitoringNamespace,
        collectors: [traces, SENTRY_DSN].filter((url) => url !== undefined),
        dependsOn: [namespace, ...args.cluster.essentials],
      },
      { parent: this },
    );
  }

  #identity(
    name: string,
    component: string,
    secrets: readonly SecretPurpose[],
    args: WorkloadArgs,
    namespace: pulumi.Resource,
  ) {
    return new WorkloadIdentity(
      `${name}-identity`,
      {
        clusterName: args.cluster.clusterName,
        clusterArn: args.cluster.clusterArn,
        account: args.account,
        component,
        secretArns: secrets.map((purpose) => args.secretArns[purpose]),
        secretsKeyArn: args.secretsKeyArn,
        dependsOn: [namespace],
      },
      { parent: this },
    );
  }

  #ingress(name: string, args: WorkloadArgs, service: Api["service"]) {
    const { edge, workload } = args.environment;
    const { certificateArn } = args;
    return new Ingress(
      name,
      {
        clusterName: args.cluster.clusterName,
        service,
        publicSubnetIds: args.network.publicSubnetIds,
        host: edge.domain && certificateArn ? { domain: edge.domain, certificateArn } : undefined,
        webAclArn: args.webAclArn,
        accessLogBucket: args.accessLogs.bucketName,
        deletionProtection: edge.deletionProtection,
        drainSeconds: workload.drainSeconds,
        tags: args.tags,
        dependsOn: [args.accessLogs.policy],
      },
      { parent: this },
    );
  }
}
