import { apiEnv } from "../app/contract/env.ts";
import { CacheAlarms } from "./cache/alarms.ts";
import { Cache } from "./cache/cache.ts";
import { Cluster } from "./cluster/cluster.ts";
import { ClusterLogs } from "./cluster/logs.ts";
import type { StackEnvironment } from "./config/load.ts";
import { DatabaseAlarms } from "./database/alarms.ts";
import { Backup } from "./database/backup.ts";
import { Database } from "./database/database.ts";
import { DatabaseEvents } from "./database/events.ts";
import { ImageRepository } from "./delivery/image-repository.ts";
import { AccessLogs } from "./edge/access-logs.ts";
import { EdgeAlarms } from "./edge/alarms.ts";
import { Certificate } from "./edge/certificate.ts";
import { DnsRecord } from "./edge/dns-record.ts";
import { WebAcl } from "./edge/web-acl.ts";
import { currentAccount } from "./lib/account.ts";
import { nameOf } from "./lib/alarm.ts";
import { EncryptionKey } from "./lib/encryption-key.ts";
import { environmentTags, tagEverything } from "./lib/tags.ts";
import { NetworkAlarms } from "./network/alarms.ts";
import { Network } from "./network/network.ts";
import { Alarms } from "./observability/alarms.ts";
import { Budget } from "./observability/budget.ts";
import { Dashboard } from "./observability/dashboard.ts";
import { KeyEvents } from "./observability/key-events.ts";
import { Topics } from "./observability/topics.ts";
import { Trail, trailArn } from "./observability/trail.ts";
import { EnvironmentSchedule } from "./schedule/schedule.ts";
import { AuditAlarms } from "./secrets/audit-alarms.ts";
import { Credentials } from "./secrets/credentials.ts";
import { RotationAlarms } from "./secrets/rotation-alarms.ts";
import { RotationEvents } from "./secrets/rotation-events.ts";
import { HttpAlarms } from "./workload/http-alarms.ts";
import { LogAlarms } from "./workload/log-alarms.ts";
import { OutageAlarms } from "./workload/outage.ts";
import { ProcessAlarms } from "./workload/process-alarms.ts";
import { Workload } from "./workload/workload.ts";

/** The table of contents: every component of an environment in the order in which it is made, and what each is given. */
export function deployStack(environment: StackEnvironment) {
  const { alarms, audit, backup, cluster: clusterSettings, edge, schedule, secrets, workload } = environment;
  const account = currentAccount(environment.region);
  const tags = environmentTags(environment);
  const metricNamespace = `Bulwark/${environment.name}`;
  const opts = { transformations: [tagEverything(tags)] };
  /** `bulwark-staging-database`: it is the first piece of the names of everything in a component, in AWS too. */
  const named = (component: string) => `bulwark-${environment.name}-${component}`;

  // Two keys: who may use the one for data, logs and topics still opens no secret.
  const keyLife = {
    // A key must outlive what can still be brought back with it.
    deletionWindowDays: Math.max(7, secrets.recoveryWindowDays),
    keep: environment.database.finalSnapshot,
  };
  const { keyArn } = new EncryptionKey(
    named("data-key"),
    {
      description: "Data, logs and topics",
      account,
      users: ["logs", "alarms"],
      trailArn: audit.trail ? trailArn(named("trail"), account) : undefined,
      ...keyLife,
    },
    opts,
  );
  const { keyArn: secretsKeyArn } = new EncryptionKey(
    named("secrets-key"),
    { description: "Secrets", account, users: [], ...keyLife },
    opts,
  );

  const topics = new Topics(named("topic"), { settings: alarms, account, keyArn }, opts);
  const { pageTopicArn, notifyTopicArn, securityTopicArn, eventRoleArn } = topics;
  if (audit.trail)
    new Trail(
      named("trail"),
      { account, keyArn, retentionDays: audit.retentionDays, deleteWithLogs: !edge.deletionProtection },
      opts,
    );
  const network = new Network(named("network"), { settings: environment.network, account, keyArn }, opts);
  const { vpcId, isolatedSubnetIds: subnetIds } = network;

  const database = new Database(
    named("database"),
    { settings: environment.database, account, vpcId, subnetIds, dataKeyArn: keyArn, secretsKeyArn },
    opts,
  );
  const cache = new Cache(named("cache"), { settings: environment.cache, vpcId, subnetIds, keyArn }, opts);
  /** Of all functions beside the data. */
  const functions = {
    account,
    vpcId,
    subnetIds,
    endpointSecurityGroupId: network.endpointSecurityGroupId,
    parkingSecurityGroupId: network.defaultSecurityGroupId,
    dataKeyArn: keyArn,
    reservedConcurrency: secrets.reservedConcurrency,
  };
  const credentials = new Credentials(
    named("secrets"),
    { environment, metricNamespace, functions, database, cache, secretsKeyArn },
    opts,
  );
  const backups = new Backup(
    named("backup"),
    {
      settings: backup,
      continuousDays: environment.database.backupRetentionDays,
      onHours: schedule?.onHours,
      account,
      database,
      keyArn,
      keyDeletionWindowDays: keyLife.deletionWindowDays,
      topicArn: pageTopicArn,
      eventRoleArn,
    },
    opts,
  );
  new DatabaseEvents(
    named("database-events"),
    { database, pageTopicArn, notifyTopicArn, eventRoleArn },
    opts,
  );

  const images = new ImageRepository(
    named("api"),
    { keyArn, deleteWithImages: !clusterSettings.deletionProtection },
    opts,
  );
  const cluster = new Cluster(
    named("cluster"),
    {
      settings: clusterSettings,
      account,
      vpcCidr: network.vpcCidr,
      privateSubnetIds: network.privateSubnetIds,
      keyArn,
      tags,
      nodesAreScheduled: schedule?.onHours !== undefined,
      kubeconfig: environment.kubeconfig,
      signIn: environment.signIn,
    },
    opts,
  );
  // Open to all pods of the cluster. Which of them get through is up to the network policies in it.
  const admissions = [database, cache].map((store) => store.admit("workload", cluster.securityGroupId));
  const logs = new ClusterLogs(named("logs"), { settings: clusterSettings, account, cluster, keyArn }, opts);

  const webAcl = new WebAcl(
    named("web-acl"),
    {
      settings: edge,
      bodyLimitBytes: apiEnv.shape.BODY_LIMIT_BYTES.parse(workload.env.BODY_LIMIT_BYTES),
      importLimitBytes: apiEnv.shape.IMPORT_LIMIT_BYTES.parse(workload.env.IMPORT_LIMIT_BYTES),
      account,
      keyArn,
    },
    opts,
  );
  const accessLogs = new AccessLogs(
    named("access-logs"),
    { account, retentionDays: edge.accessLogRetentionDays, deleteWithLogs: !edge.deletionProtection },
    opts,
  );
  const host = hostOf(edge);
  const certificate = host && new Certificate(named("certificate"), host, opts);
  const api = new Workload(
    named("workload"),
    {
      environment,
      account,
      network,
      cluster,
      repositoryUrl: images.repositoryUrl,
      database,
      cache,
      secretArns: credentials.arns,
      secretsKeyArn,
      certificateArn: certificate?.certificateArn,
      webAclArn: webAcl.webAclArn,
      accessLogs,
      tags,
      dependsOn: [credentials.bootstrapRun, ...admissions],
    },
    opts,
  );
  const { loadBalancer } = api;
  const dns =
    host &&
    new DnsRecord(
      named("dns"),
      { ...host, target: loadBalancer, deletionProtection: edge.deletionProtection },
      opts,
    );

  const inAlarms = { parent: new Alarms(named("alarm"), {}, opts) };
  const { thresholds } = alarms;
  const { replicas, maxReplicas, env } = workload;
  const { applicationLogGroupName: logGroupName } = logs;
  const outage = named("alarm-outage");
  const http = new HttpAlarms(
    named("alarm-http"),
    { thresholds, replicas, loadBalancer, notifyTopicArn },
    inAlarms,
  );
  const processes = new ProcessAlarms(
    named("alarm-process"),
    {
      thresholds,
      maxReplicas,
      mostWebSockets: apiEnv.shape.LIVE_SOCKETS_MAX.parse(env.LIVE_SOCKETS_MAX),
      metricNamespace,
      logGroupName,
      pageTopicArn,
      notifyTopicArn,
      silencedByDatabase: [outage],
    },
    inAlarms,
  );
  const { databaseAway } = processes;
  const alarming = [
    http,
    processes,
    new OutageAlarms(
      outage,
      { down: http.down, degraded: http.degraded, databaseAway, pageTopicArn, notifyTopicArn },
      inAlarms,
    ),
    new DatabaseAlarms(
      named("alarm-database"),
      {
        settings: environment.database,
        thresholds,
        metricNamespace,
        database,
        pageTopicArn,
        notifyTopicArn,
      },
      inAlarms,
    ),
    new CacheAlarms(named("alarm-cache"), { thresholds, cache, notifyTopicArn }, inAlarms),
    new LogAlarms(
      named("alarm-log"),
      { thresholds, metricNamespace, logGroupName, notifyTopicArn, securityTopicArn },
      inAlarms,
    ),
    new EdgeAlarms(
      named("alarm-edge"),
      {
        thresholds,
        webAclMetricName: webAcl.metricName,
        region: environment.region,
        certificateArn: certificate?.certificateArn,
        notifyTopicArn,
        securityTopicArn,
      },
      inAlarms,
    ),
    new NetworkAlarms(
      named("alarm-network"),
      { natGatewayIds: network.natGatewayIds, notifyTopicArn },
      inAlarms,
    ),
    new RotationAlarms(named("alarm-rotation"), { credentials, notifyTopicArn }, inAlarms),
    new AuditAlarms(named("alarm-secrets"), { credentials, metricNamespace, notifyTopicArn }, inAlarms),
  ];
  new RotationEvents(named("alarm-rotation-events"), { credentials, notifyTopicArn, eventRoleArn }, inAlarms);
  new KeyEvents(
    named("alarm-key-events"),
    { keyArns: [keyArn, secretsKeyArn], securityTopicArn, eventRoleArn },
    inAlarms,
  );
  if (alarms.monthlyBudgetUsd !== undefined)
    new Budget(
      named("alarm-budget"),
      { monthlyUsd: alarms.monthlyBudgetUsd, environment: environment.name, notifyTopicArn },
      inAlarms,
    );
  const alarmsMade = alarming.flatMap((component) => component.alarms);
  new Dashboard(
    named("dashboard"),
    {
      region: environment.region,
      metricNamespace,
      loadBalancer: loadBalancer.arnSuffix,
      logGroupName,
      backupVaultName: backups.vaultName,
      monthlyBudgetUsd: alarms.monthlyBudgetUsd,
      alarms: alarmsMade,
    },
    opts,
  );
  if (schedule !== undefined)
    new EnvironmentSchedule(
      named("schedule"),
      {
        environment: environment.name,
        settings: schedule,
        account,
        database,
        power: {
          functions: { ...functions, logRetentionDays: clusterSettings.logRetentionDays },
          cluster,
          replicas: workload.replicas,
          nodes: clusterSettings.nodes?.count ?? 1,
          dependsOn: [api],
        },
        keyArn,
        notifyTopicArn,
        alarmNames: alarmsMade.map(nameOf),
      },
      opts,
    );

  return {
    /** Where the API answers; without a domain by HTTP only, under the load balancer's own name. */
    url: dns
      ? dns.fqdn.apply((name) => `https://${name}`)
      : loadBalancer.dnsName.apply((name) => `http://${name}`),
    clusterName: cluster.clusterName,
    imageRepository: images.repositoryUrl,
    databaseHost: database.host,
    cacheHost: cache.host,
    secretArns: credentials.arns,
    /** Addresses that the stack's own requests come from, for partners' allow lists. */
    natPublicIps: network.natPublicIps,
    bootstrap: credentials.bootstrapSummary,
    rotation: credentials.rotationSummary,
  };
}

/** The API's host name and the zone it belongs to; undefined where the configuration names none. */
const hostOf = ({ domain, hostedZoneId }: StackEnvironment["edge"]) =>
  domain !== undefined && hostedZoneId !== undefined ? { domain, hostedZoneId } : undefined;
