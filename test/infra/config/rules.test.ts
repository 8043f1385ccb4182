import { describe, expect, it } from "vitest";
import { parseEnvironment } from "../../../infra/config/load.ts";
import { warningsOf } from "../../../infra/config/warnings.ts";
import { environments, rawOf, refusal, valuesOf } from "../support/configuration.ts";

describe("S1 contradictions, in any tier", () => {
  it.each([
    [
      "NAT gateways for some zones only",
      { "bulwark:network.zones[2]": "use1-az4", "bulwark:network.natGateways": 2 },
      "bulwark:network.natGateways",
    ],
    ["a zone without EKS", { "bulwark:network.zones[1]": "use1-az3" }, "bulwark:network.zones[1]"],
    ["a zone twice", { "bulwark:network.zones[1]": "use1-az1" }, "bulwark:network.zones[1]"],
    ["zones of another region", { "aws:region": "eu-central-1" }, "bulwark:network.zones[0]"],
    [
      "more endpoint zones than zones",
      { "bulwark:network.endpointZones": 3 },
      "bulwark:network.endpointZones",
    ],
    [
      "Lambdas without a way to Secrets Manager",
      { "bulwark:network.interfaceEndpoints": ["elasticache"] },
      "bulwark:network.interfaceEndpoints[1]",
    ],
    [
      "Lambdas without a way to ElastiCache",
      { "bulwark:network.interfaceEndpoints": ["secretsmanager"] },
      "bulwark:network.interfaceEndpoints[1]",
    ],
    [
      "an endpoint twice",
      { "bulwark:network.interfaceEndpoints[2]": "elasticache" },
      "bulwark:network.interfaceEndpoints[2]",
    ],
    [
      "an interface endpoint for S3, which has a gateway",
      { "bulwark:network.interfaceEndpoints[2]": "s3" },
      "bulwark:network.interfaceEndpoints[2]",
    ],
    [
      "a class of the database that is none",
      { "bulwark:database.instanceClass": "db.t4g.mediun" },
      "bulwark:database.instanceClass",
    ],
    ["a node type that is none", { "bulwark:cache.nodeType": "cache.t4g.huge" }, "bulwark:cache.nodeType"],
    ["Kubernetes of yesterday", { "bulwark:cluster.version": "1.31" }, "bulwark:cluster.version"],
    ["Kubernetes of tomorrow", { "bulwark:cluster.version": "1.40" }, "bulwark:cluster.version"],
    [
      "fewer than seven days to go back to",
      { "bulwark:database.backupRetentionDays": 6 },
      "bulwark:database.backupRetentionDays",
    ],
    [
      "a database too small for its insights",
      { "bulwark:database.instanceClass": "db.t4g.micro" },
      "bulwark:database.instanceClass",
    ],
    [
      "a storage ceiling below the storage",
      { "bulwark:database.maxStorageGb": 20 },
      "bulwark:database.maxStorageGb",
    ],
    [
      "a backup of RDS's own right after AWS Backup's",
      { "bulwark:database.backupWindow": "03:30-04:00", "bulwark:schedule": undefined },
      "bulwark:database.backupWindow",
    ],
    [
      "maintenance during AWS Backup's",
      { "bulwark:database.maintenanceWindow": "tue:01:30-tue:02:30", "bulwark:schedule": undefined },
      "bulwark:database.maintenanceWindow",
    ],
    [
      "windows that overlap",
      { "bulwark:database.backupWindow": "05:00-06:00" },
      "bulwark:database.backupWindow",
    ],
    ["a failover with nothing to fail over to", { "bulwark:cache.multiAz": true }, "bulwark:cache.replicas"],
    ["a Redis version that is none", { "bulwark:cache.engine": "redis" }, "bulwark:cache.engineVersion"],
    [
      "a Valkey version that is none",
      { "bulwark:cache.engineVersion": "7.1" },
      "bulwark:cache.engineVersion",
    ],
    [
      "monthly backups gone before daily ones",
      { "bulwark:backup.dailyRetentionDays": 120 },
      "bulwark:backup.monthlyRetentionDays",
    ],
    [
      "secrets that rotations read too often for anybody to miss another reader",
      { "bulwark:secrets.rotationDays": 14, "bulwark:schedule": undefined },
      "bulwark:secrets.unusedAfterDays",
    ],
    [
      "a copy beside the original",
      { "bulwark:backup.copyToRegion": "us-east-1" },
      "bulwark:backup.copyToRegion",
    ],
    [
      "fewer replicas at most than at least",
      { "bulwark:workload.maxReplicas": 1 },
      "bulwark:workload.maxReplicas",
    ],
    ["a domain without its zone", { "bulwark:edge.hostedZoneId": undefined }, "bulwark:edge.hostedZoneId"],
    ["a zone without a domain", { "bulwark:edge.domain": undefined }, "bulwark:edge.domain"],
    [
      "a cluster that nobody may use",
      { "bulwark:cluster.adminRoleArns": [], "bulwark:cluster.deployRoleArn": undefined },
      "bulwark:cluster.adminRoleArns[0]",
    ],
    [
      "a variable that the stack sets itself",
      { "bulwark:workload.env.REDIS_HOST": "elsewhere" },
      "bulwark:workload.env.REDIS_HOST",
    ],
    [
      "a variable that the API does not know",
      { "bulwark:workload.env.RATE_LIMT_MAX": "5" },
      "bulwark:workload.env.RATE_LIMT_MAX",
    ],
    [
      "a value that the API would refuse at its start",
      { "bulwark:workload.env.RATE_LIMIT_MAX": "many" },
      "bulwark:workload.env.RATE_LIMIT_MAX",
    ],
    [
      "a variable that does not go with the API's own default",
      { "bulwark:workload.env.DB_POOL_MAX": 1 },
      "bulwark:workload.env.DB_POOL_MAX",
    ],
    [
      "a schedule that would leave nodes running in the off hours",
      { "bulwark:cluster.nodes": undefined },
      "bulwark:cluster.nodes.instanceTypes[0]",
    ],
    [
      "backups while the database is stopped",
      { "bulwark:database.backupWindow": "04:00-04:30" },
      "bulwark:database.backupWindow",
    ],
    [
      "maintenance on a day off",
      { "bulwark:database.maintenanceWindow": "sun:12:30-sun:13:30" },
      "bulwark:database.maintenanceWindow",
    ],
    ["rotations on days off", { "bulwark:secrets.rotationDays": 30 }, "bulwark:secrets.rotationDays"],
    [
      "a maintenance window that leaves rotations no hour",
      {
        "bulwark:database.maintenanceWindow": "mon:08:00-mon:19:30",
        "bulwark:schedule.onHours.timezone": "UTC",
      },
      "bulwark:database.maintenanceWindow",
    ],
    [
      "a day too short for backups and maintenance",
      { "bulwark:schedule.onHours.to": "12:00" },
      "bulwark:schedule.onHours.to",
    ],
    [
      "a place where it is another day in UTC all day long",
      {
        "bulwark:schedule.onHours.timezone": "Pacific/Kiritimati",
        "bulwark:schedule.onHours.from": "00:30",
        "bulwark:schedule.onHours.to": "09:00",
        "bulwark:database.backupWindow": "12:00-12:30",
        "bulwark:database.maintenanceWindow": "sun:16:30-sun:17:30",
      },
      "bulwark:schedule.onHours.from",
    ],
    [
      "an origin with a path",
      { "bulwark:workload.corsOrigins[0]": "https://app.example.com/" },
      "bulwark:workload.corsOrigins[0]",
    ],
    [
      "A2 an origin whose pages anybody on the way can change",
      { "bulwark:workload.corsOrigins": ["https://a.example.com", "http://b.example.com"] },
      "bulwark:workload.corsOrigins[1]",
    ],
    [
      "A3 plain HTTP beside a domain",
      { "bulwark:workload.env.HTTPS_ONLY": "false" },
      "bulwark:workload.env.HTTPS_ONLY",
    ],
    [
      "S6 webhooks into the network",
      { "bulwark:workload.env.WEBHOOK_LOCAL_RECEIVERS": "true" },
      "bulwark:workload.env.WEBHOOK_LOCAL_RECEIVERS",
    ],
    ["traces to nowhere", { "bulwark:workload.env.OTEL_ENABLED": true }, "bulwark:workload.env.OTEL_ENABLED"],
    [
      "traces to an address of no protocol that they know",
      { "bulwark:workload.env.OTEL_EXPORTER_OTLP_ENDPOINT": "ftp://collector.example.com" },
      "bulwark:workload.env.OTEL_EXPORTER_OTLP_ENDPOINT",
    ],
    [
      "reports of errors by plain HTTP",
      { "bulwark:workload.env.SENTRY_DSN": "http://key@errors.example.com/1" },
      "bulwark:workload.env.SENTRY_DSN",
    ],
    [
      "S8 addresses that nobody has on the internet",
      { "bulwark:cluster.publicAccessCidrs": ["203.0.113.0/24", "10.0.0.0/8"] },
      "bulwark:cluster.publicAccessCidrs[1]",
    ],
    ["no origin", { "bulwark:workload.corsOrigins": [] }, "bulwark:workload.corsOrigins[0]"],
    ["any origin", { "bulwark:workload.corsOrigins": ["*"] }, "bulwark:workload.corsOrigins[0]"],
  ])("%s", (_, changes, place) => {
    expect(refusal(valuesOf("staging", changes), "staging").problems[0]?.at).toBe(place);
  });

  it("A2 an origin by plain HTTP is told to be the same by HTTPS", () => {
    const changes = { "bulwark:workload.corsOrigins": ["http://app.example.com:8080"] };
    expect(refusal(valuesOf("staging", changes), "staging").problems[0]?.fix).toBe(
      "pulumi config set --stack staging --path 'workload.corsOrigins[0]' https://app.example.com:8080",
    );
  });
});

describe("S1 what is allowed, and told", () => {
  const warned = (stack: string, changes: Record<string, unknown> = {}) =>
    warningsOf(parseEnvironment(rawOf(valuesOf(stack, changes)), stack));

  it.each([
    [
      "S2 Docker's own range for the VPC",
      { "bulwark:network.cidr": "172.17.0.0/16" },
      /^172\.17\.0\.0\/16, which Docker uses on every machine that has it/,
      "pulumi config set --stack staging --path network.cidr 10.20.0.0/16",
    ],
    [
      "S8 a cluster without a person's role",
      { "bulwark:cluster.adminRoleArns": undefined },
      /^missing: the cluster lets in cluster\.deployRoleArn alone/,
      "pulumi config set --stack staging --path 'cluster.adminRoleArns[0]' arn:aws:iam::111122223333:role/admin",
    ],
    [
      "S10 no domain",
      { "bulwark:edge.domain": undefined, "bulwark:edge.hostedZoneId": undefined },
      /^missing: the API is served by plain HTTP/,
      "pulumi config set --stack staging --path edge.domain api.example.com",
    ],
  ])("%s", (_, changes, problem, fix) => {
    expect(warned("staging", changes)).toMatchObject([{ problem: expect.stringMatching(problem), fix }]);
  });

  it.each(environments)("nothing of %s", (stack) => {
    expect(warned(stack)).toEqual([]);
  });
});
