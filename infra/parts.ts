import type * as pulumi from "@pulumi/pulumi";
import { apiEnv } from "../app/contract/env.ts";
import { Cache } from "./cache/cache.ts";
import { Cluster } from "./cluster/cluster.ts";
import { ClusterLogs } from "./cluster/logs.ts";
import { Backup } from "./database/backup.ts";
import { Database } from "./database/database.ts";
import { DatabaseEvents } from "./database/events.ts";
import { ImageRepository } from "./delivery/image-repository.ts";
import { AccessLogs } from "./edge/access-logs.ts";
import { Certificate } from "./edge/certificate.ts";
import { DnsRecord } from "./edge/dns-record.ts";
import { WebAcl } from "./edge/web-acl.ts";
import { EncryptionKey } from "./lib/encryption-key.ts";
import { namespace } from "./lib/kubernetes-names.ts";
import { Network } from "./network/network.ts";
import { Alarms } from "./observability/alarms.ts";
import { Topics } from "./observability/topics.ts";
import { Trail, trailArn } from "./observability/trail.ts";
import { EnvironmentSchedule } from "./schedule/schedule.ts";
import { Credentials } from "./secrets/credentials.ts";
import type { Site } from "./site.ts";
import { Workload } from "./workload/workload.ts";

/** Keys of the environment, as the other parts take them. */
export interface Keys {
  dataKeyArn: pulumi.Output<string>;
  secretsKeyArn: pulumi.Output<string>;
}

/** Two keys: whoever may use the one for data, logs and topics still opens no secret. */
export function makeKeys({ environment, account, named, opts }: Site): Keys {
  // A key must outlive what can still be brought back with it.
  const life = {
    deletionWindowDays: Math.max(7, environment.secrets.recoveryWindowDays),
    keep: environment.database.finalSnapshot,
  };
  const data = new EncryptionKey(
    named("data-key"),
    {
      description: "Data, logs and topics",
      account,
      users: ["logs", "alarms"],
      trailArn: environment.audit.trail ? trailArn(named("trail"), account) : undefined,
      ...life,
    },
    opts,
  );
  const secrets = new EncryptionKey(
    named("secrets-key"),
    { description: "Secrets", account, users: [], ...life },
    opts,
  );
  return { dataKeyArn: data.keyArn, secretsKeyArn: secrets.keyArn };
}

export const makeTopics = ({ environment, account, named, opts }: Site, keys: Keys): Topics =>
  new Topics(named("topic"), { settings: environment.alarms, account, keyArn: keys.dataKeyArn }, opts);

/** The trail that tells EventBridge of failed rotations; none without configuration. */
export function makeTrail({ environment, account, named, opts }: Site, keys: Keys) {
  const { trail, retentionDays } = environment.audit;
  if (!trail) return;
  const deleteWithLogs = !environment.edge.deletionProtection;
  new Trail(named("trail"), { account, keyArn: keys.dataKeyArn, retentionDays, deleteWithLogs }, opts);
}

export const makeNetwork = ({ environment, account, named, opts }: Site, keys: Keys): Network =>
  new Network(named("network"), { settings: environment.network, account, keyArn: keys.dataKeyArn }, opts);

export const makeDatabase = (
  { environment, account, named, opts }: Site,
  keys: Keys,
  network: Network,
): Database =>
  new Database(
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

export const makeCache = ({ environment, named, opts }: Site, keys: Keys, network: Network): Cache =>
  new Cache(
    named("cache"),
    {
      settings: environment.cache,
      vpcId: network.vpcId,
      subnetIds: network.isolatedSubnetIds,
      keyArn: keys.dataKeyArn,
    },
    opts,
  );

/** Where the data are, and the way to them. */
export interface Data {
  network: Network;
  database: Database;
  cache: Cache;
}

export const makeCredentials = (
  { environment, account, metricNamespace, named, opts }: Site,
  keys: Keys,
  data: Data,
): Credentials =>
  new Credentials(named("secrets"), { environment, account, metricNamespace, ...data, ...keys }, opts);

export const makeBackup = (
  { environment, account, named, opts }: Site,
  keys: Keys,
  database: Database,
  topics: Topics,
) =>
  new Backup(
    named("backup"),
    {
      settings: environment.backup,
      continuousDays: environment.database.backupRetentionDays,
      awake: environment.schedule?.awake,
      account,
      database,
      keyArn: keys.dataKeyArn,
      keyDeletionWindowDays: Math.max(7, environment.secrets.recoveryWindowDays),
      topicArn: topics.pageTopicArn,
      eventRoleArn: topics.eventRoleArn,
    },
    opts,
  );

export const makeDatabaseEvents = ({ named, opts }: Site, database: Database, topics: Topics) =>
  new DatabaseEvents(named("database-events"), { database, topics }, opts);

export const makeImageRepository = ({ environment, named, opts }: Site, keys: Keys): ImageRepository =>
  new ImageRepository(
    named("api"),
    { keyArn: keys.dataKeyArn, deleteWithImages: !environment.cluster.deletionProtection },
    opts,
  );

export const makeCluster = (
  { environment, account, tags, named, opts }: Site,
  keys: Keys,
  network: Network,
): Cluster =>
  new Cluster(
    named("cluster"),
    {
      settings: environment.cluster,
      account,
      vpcCidr: network.vpcCidr,
      privateSubnetIds: network.privateSubnetIds,
      keyArn: keys.dataKeyArn,
      tags,
      nodesAreScheduled: environment.schedule?.awake !== undefined,
      kubeconfig: environment.kubeconfig,
      signIn: environment.signIn,
    },
    opts,
  );

/** Opens database and cache to the cluster's pods. Which of them get through is up to the network policies in the cluster. */
export const admitWorkload = ({ database, cache }: Data, cluster: Cluster): pulumi.Resource[] => [
  database.admit("workload", cluster.securityGroupId),
  cache.admit("workload", cluster.securityGroupId),
];

export const makeClusterLogs = ({ environment, account, named, opts }: Site, keys: Keys, cluster: Cluster) =>
  new ClusterLogs(
    named("logs"),
    {
      clusterName: cluster.clusterName,
      clusterArn: cluster.clusterArn,
      kubernetesVersion: environment.cluster.version,
      account,
      retentionDays: environment.cluster.logRetentionDays,
      containerInsights: environment.cluster.containerInsights,
      after: cluster.prepared,
      keyArn: keys.dataKeyArn,
    },
    opts,
  );

/** What stands before the load balancer. */
export interface Edge {
  webAcl: WebAcl;
  accessLogs: AccessLogs;
  /** None without a domain. */
  certificate: Certificate | undefined;
}

export function makeEdge({ environment, account, named, opts }: Site, keys: Keys): Edge {
  const { edge, workload } = environment;
  const { domain, hostedZoneId } = edge;
  const bodyLimit = apiEnv.shape.BODY_LIMIT_BYTES.parse(workload.env.BODY_LIMIT_BYTES);
  return {
    webAcl: new WebAcl(
      named("web-acl"),
      {
        settings: edge,
        bodyLimit,
        account,
        logRetentionDays: edge.wafLogRetentionDays,
        keyArn: keys.dataKeyArn,
      },
      opts,
    ),
    accessLogs: new AccessLogs(
      named("access-logs"),
      { account, retentionDays: edge.accessLogRetentionDays, deleteWithLogs: !edge.deletionProtection },
      opts,
    ),
    certificate:
      domain !== undefined && hostedZoneId !== undefined
        ? new Certificate(named("certificate"), { domain, hostedZoneId }, opts)
        : undefined,
  };
}

/** What the workload stands on. */
export interface Ground extends Data, Edge {
  cluster: Cluster;
  images: ImageRepository;
  credentials: Credentials;
  /** What has to be open before the first pod starts. */
  doors: readonly pulumi.Resource[];
}

export const makeWorkload = (
  { environment, account, tags, named, opts }: Site,
  keys: Keys,
  ground: Ground,
): Workload =>
  new Workload(
    named("workload"),
    {
      environment,
      account,
      network: ground.network,
      cluster: ground.cluster,
      repositoryUrl: ground.images.repositoryUrl,
      database: ground.database,
      cache: ground.cache,
      secretArns: ground.credentials.arns,
      secretsKeyArn: keys.secretsKeyArn,
      certificateArn: ground.certificate?.certificateArn,
      webAclArn: ground.webAcl.webAclArn,
      accessLogs: ground.accessLogs,
      tags,
      after: [ground.credentials.ready, ...ground.doors],
    },
    opts,
  );

/** The API's name in DNS; none without a domain. */
export function makeDnsRecord(
  { environment, named, opts }: Site,
  { loadBalancer }: Workload,
): DnsRecord | undefined {
  const { domain, hostedZoneId, deletionProtection } = environment.edge;
  if (domain === undefined || hostedZoneId === undefined) return undefined;
  const target = { dnsName: loadBalancer.dnsName, zoneId: loadBalancer.zoneId };
  return new DnsRecord(named("dns"), { domain, hostedZoneId, target, deletionProtection }, opts);
}

/** What alarms watch. */
export interface Watched {
  topics: Topics;
  database: Database;
  credentials: Credentials;
  workload: Workload;
  logs: ClusterLogs;
}

export const makeAlarms = ({ metricNamespace, named, opts }: Site, watched: Watched): Alarms => {
  const { database, credentials, workload, logs } = watched;
  return new Alarms(
    named("alarm"),
    {
      metricNamespace,
      topics: watched.topics,
      loadBalancerArnSuffix: workload.loadBalancer.arnSuffix,
      database: {
        identifier: database.identifier,
        allocatedGb: database.allocatedGb,
        slowQueryLogGroupName: database.slowQueryLogGroupName,
      },
      api: { logGroupName: logs.applicationLogGroupName, kubernetesNamespace: namespace },
      rotation: {
        functionNames: credentials.functions.map(({ functionName }) => functionName),
        deadLetterQueueNames: [credentials.deadLetterQueueName],
        secretArns: credentials.rotatedArns,
        audited: credentials.audited,
      },
    },
    opts,
  );
};

/** Nights, weekends and a time to live; nothing without configuration. After the alarms, which it mutes. */
export function makeSchedule(
  { environment, account, named, opts }: Site,
  keys: Keys,
  {
    network,
    database,
    topics,
    cluster,
    workload,
    alarms,
  }: Data & Watched & { cluster: Cluster; alarms: Alarms },
) {
  const { schedule } = environment;
  if (schedule === undefined) return;
  new EnvironmentSchedule(
    named("schedule"),
    {
      environment: environment.name,
      settings: schedule,
      account,
      database,
      power: {
        setting: {
          ...keys,
          account,
          vpcId: network.vpcId,
          subnetIds: network.isolatedSubnetIds,
          endpointSecurityGroupId: network.endpointSecurityGroupId,
          parkingSecurityGroupId: network.defaultSecurityGroupId,
          logRetentionDays: environment.cluster.logRetentionDays,
          reservedConcurrency: environment.secrets.reservedConcurrency,
        },
        cluster,
        replicas: environment.workload.replicas,
        nodes: environment.cluster.nodes?.count ?? 1,
        workload,
      },
      keyArn: keys.dataKeyArn,
      notifyTopicArn: topics.notifyTopicArn,
      alarmNames: alarms.alarmNames,
    },
    opts,
  );
}
