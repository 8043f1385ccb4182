import { namedWithArn, type Shape, type Shaper } from "./shapes.ts";

const rdsHost = (shape: Shape, id: string) => `${id}.c${shape.hex(11)}.${shape.region}.rds.amazonaws.com`;
const cacheHost = (shape: Shape, id: string, role: string) =>
  `${role}.${id}.${shape.hex(6)}.${zoneCode(shape.region)}.cache.amazonaws.com`;
/** `eu-central-1` → `euc1`, as ElastiCache abbreviates regions in host names. */
const zoneCode = (region: string) => region.replace(/^([a-z]+)-([a-z])[a-z]*-(\d+)$/, "$1$2$3");

const rdsInstance: Shaper = (shape) => {
  const id = shape.named("identifier");
  const port = shape.number("port") ?? 3306;
  const host = rdsHost(shape, id);
  return {
    id: `db-${shape.code(26)}`,
    identifier: id,
    arn: shape.arn("rds", `db:${id}`),
    address: host,
    endpoint: `${host}:${port}`,
    port,
    hostedZoneId: `Z${shape.code(13)}`,
    resourceId: `db-${shape.code(26)}`,
    status: "available",
    engineVersionActual: shape.text("engineVersion"),
    masterUserSecrets: shape.inputs.manageMasterUserPassword
      ? [
          {
            secretArn: shape.arn("secretsmanager", `secret:rds!db-${shape.uuid()}-${shape.code(6)}`),
            secretStatus: "active",
            kmsKeyId: shape.text("masterUserSecretKmsKeyId"),
          },
        ]
      : [],
  };
};

const replicationGroup: Shaper = (shape) => {
  const id = shape.named("replicationGroupId");
  const members = Math.max(1, (shape.number("numCacheClusters") ?? 1) || 1);
  return {
    id,
    replicationGroupId: id,
    arn: shape.arn("elasticache", `replicationgroup:${id}`),
    primaryEndpointAddress: cacheHost(shape, id, "master"),
    readerEndpointAddress: cacheHost(shape, id, "replica"),
    configurationEndpointAddress: "",
    port: shape.number("port") ?? 6379,
    engineVersionActual: `${shape.text("engineVersion") ?? "8.0"}.0`,
    memberClusters: Array.from({ length: members }, (_, index) => `${id}-00${index + 1}`),
  };
};

const secret: Shaper = (shape) => {
  const name = shape.named();
  const arn = shape.arn("secretsmanager", `secret:${name}-${shape.code(6)}`);
  return { id: arn, arn, name };
};

const kmsKey: Shaper = (shape) => {
  const keyId = shape.uuid();
  return { id: keyId, keyId, arn: shape.arn("kms", `key/${keyId}`) };
};

const kmsAlias: Shaper = (shape) => {
  const name = shape.text("name") ?? `alias/${shape.request.name}-${shape.hex(7)}`;
  const target = shape.text("targetKeyId") ?? "";
  const targetKeyArn = target.startsWith("arn:") ? target : shape.arn("kms", `key/${target}`);
  return { id: name, name, arn: shape.arn("kms", name), targetKeyArn };
};

const bucket: Shaper = (shape) => {
  const name = shape.named("bucket");
  return {
    id: name,
    bucket: name,
    arn: shape.globalArn("s3", name, ""),
    bucketDomainName: `${name}.s3.amazonaws.com`,
    bucketRegionalDomainName: `${name}.s3.${shape.region}.amazonaws.com`,
    hostedZoneId: `Z${shape.code(13)}`,
  };
};

const bucketPart: Shaper = (shape) => ({ id: shape.text("bucket") ?? shape.request.name });
const secretPart: Shaper = (shape) => ({
  id: shape.text("secretId") ?? shape.request.name,
  rotationEnabled: true,
});

/** Types that keep data: databases, caches, secrets, keys, buckets, backups. */
export const dataShapes: Record<string, Shaper> = {
  "aws:rds/instance:Instance": rdsInstance,
  "aws:rds/subnetGroup:SubnetGroup": namedWithArn("rds", (name) => `subgrp:${name}`),
  "aws:rds/parameterGroup:ParameterGroup": namedWithArn("rds", (name) => `pg:${name}`),
  "aws:rds/optionGroup:OptionGroup": namedWithArn("rds", (name) => `og:${name}`),
  "aws:rds/eventSubscription:EventSubscription": namedWithArn("rds", (name) => `es:${name}`),
  "aws:elasticache/replicationGroup:ReplicationGroup": replicationGroup,
  "aws:elasticache/subnetGroup:SubnetGroup": namedWithArn("elasticache", (name) => `subnetgroup:${name}`),
  "aws:elasticache/parameterGroup:ParameterGroup": namedWithArn(
    "elasticache",
    (name) => `parametergroup:${name}`,
  ),
  "aws:elasticache/user:User": namedWithArn("elasticache", (id) => `user:${id}`, "userId"),
  "aws:elasticache/userGroup:UserGroup": namedWithArn(
    "elasticache",
    (id) => `usergroup:${id}`,
    "userGroupId",
  ),
  "aws:secretsmanager/secret:Secret": secret,
  "aws:secretsmanager/secretPolicy:SecretPolicy": secretPart,
  "aws:secretsmanager/secretRotation:SecretRotation": secretPart,
  "aws:kms/key:Key": kmsKey,
  "aws:kms/alias:Alias": kmsAlias,
  "aws:s3/bucket:Bucket": bucket,
  "aws:s3/bucketPolicy:BucketPolicy": bucketPart,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": bucketPart,
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": bucketPart,
  "aws:s3/bucketVersioning:BucketVersioning": bucketPart,
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": bucketPart,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": bucketPart,
  "aws:backup/vault:Vault": namedWithArn("backup", (name) => `backup-vault:${name}`),
  "aws:backup/plan:Plan": (shape) => ({
    id: shape.uuid(),
    arn: shape.arn("backup", `backup-plan:${shape.uuid()}`),
    version: shape.hex(32),
  }),
  "aws:backup/selection:Selection": (shape) => ({ id: shape.uuid() }),
  "aws:backup/restoreTestingPlan:RestoreTestingPlan": namedWithArn(
    "backup",
    (name) => `restore-testing-plan:${name}`,
  ),
};
