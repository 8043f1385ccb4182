import type { PlanFile } from "./plan.ts";

type Planned = PlanFile["resources"][number];

/**
 * By type, the inputs that cannot be changed in place: the provider makes a new resource and deletes the old one. Of AWS: "Forces
 * new resource" in the documentation of the Terraform provider that @pulumi/aws wraps. A type that is not here counts as changed
 * in place. What follows from the new id of a replaced resource is not known before the deployment.
 */
const fixed: Readonly<Record<string, readonly string[]>> = {
  "aws:acm/certificate:Certificate": ["domainName", "keyAlgorithm", "validationMethod"],
  "aws:backup/plan:Plan": ["name"],
  "aws:backup/selection:Selection": ["iamRoleArn", "name", "planId", "resources"],
  "aws:backup/vault:Vault": ["kmsKeyArn", "name"],
  "aws:cloudwatch/logGroup:LogGroup": ["name"],
  "aws:cloudwatch/metricAlarm:MetricAlarm": ["name"],
  "aws:ec2/flowLog:FlowLog": [
    ...[
      "iamRoleArn",
      "logDestination",
      "logDestinationType",
      "maxAggregationInterval",
      "trafficType",
      "vpcId",
    ],
  ],
  "aws:ec2/natGateway:NatGateway": ["allocationId", "connectivityType", "subnetId"],
  "aws:ec2/route:Route": ["destinationCidrBlock", "routeTableId"],
  "aws:ec2/securityGroup:SecurityGroup": ["description", "name", "vpcId"],
  "aws:ec2/subnet:Subnet": ["availabilityZone", "availabilityZoneId", "cidrBlock", "vpcId"],
  "aws:ec2/vpc:Vpc": ["cidrBlock", "instanceTenancy", "ipv4IpamPoolId"],
  "aws:ec2/vpcEndpoint:VpcEndpoint": ["serviceName", "vpcEndpointType", "vpcId"],
  "aws:ecr/repository:Repository": ["encryptionConfigurations", "name"],
  "aws:eks/accessEntry:AccessEntry": ["clusterName", "principalArn", "type"],
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": [
    ...["accessScope", "clusterName", "policyArn", "principalArn"],
  ],
  "aws:eks/addon:Addon": ["addonName", "clusterName"],
  "aws:eks/cluster:Cluster": [
    ...["bootstrapSelfManagedAddons", "kubernetesNetworkConfig.ipFamily"],
    ...["kubernetesNetworkConfig.serviceIpv4Cidr", "name", "roleArn"],
  ],
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": ["clusterName", "namespace", "serviceAccount"],
  "aws:elasticache/parameterGroup:ParameterGroup": ["description", "family", "name"],
  "aws:elasticache/replicationGroup:ReplicationGroup": [
    ...["atRestEncryptionEnabled", "dataTieringEnabled", "kmsKeyId", "networkType", "port"],
    ...["replicationGroupId", "snapshotName", "subnetGroupName"],
  ],
  "aws:elasticache/user:User": ["userId", "userName"],
  "aws:elasticache/userGroup:UserGroup": ["userGroupId"],
  "aws:iam/role:Role": ["name", "path"],
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ["policyArn", "role"],
  "aws:kms/alias:Alias": ["name"],
  "aws:lambda/function:Function": ["name", "packageType"],
  // As long as its scope is CREATE_ONLY: it runs once for each new one.
  "aws:lambda/invocation:Invocation": ["functionName", "input", "triggers"],
  "aws:lambda/permission:Permission": ["action", "function", "principal", "sourceAccount", "sourceArn"],
  "aws:rds/instance:Instance": [
    ...["availabilityZone", "characterSetName", "dbName", "engine", "identifier", "kmsKeyId"],
    ...["snapshotIdentifier", "storageEncrypted", "timezone", "username"],
  ],
  "aws:rds/optionGroup:OptionGroup": ["engineName", "majorEngineVersion", "name", "optionGroupDescription"],
  "aws:rds/parameterGroup:ParameterGroup": ["description", "family", "name"],
  "aws:rds/subnetGroup:SubnetGroup": ["name"],
  "aws:route53/record:Record": ["name", "zoneId"],
  "aws:s3/bucket:Bucket": ["bucket", "bucketPrefix"],
  "aws:scheduler/schedule:Schedule": ["groupName", "name"],
  "aws:secretsmanager/secret:Secret": ["name", "namePrefix"],
  "aws:sns/topic:Topic": ["fifoTopic", "name"],
  "aws:sns/topicSubscription:TopicSubscription": ["endpoint", "protocol", "topic"],
  "aws:sqs/queue:Queue": ["fifoQueue", "name"],
  "aws:wafv2/webAcl:WebAcl": ["name", "scope"],
  // https://github.com/pulumi/pulumi-kubernetes, provider/pkg/provider/diff.go; metadata below.
  "kubernetes:apps/v1:Deployment": ["spec.selector"],
  "kubernetes:batch/v1:Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "kubernetes:core/v1:ConfigMap": ["binaryData", "data"],
  "kubernetes:core/v1:Service": ["spec.clusterIP"],
  "random:index/randomId:RandomId": ["byteLength", "keepers", "prefix"],
};

const identityInKubernetes = ["metadata.name", "metadata.namespace"];

/** Whether a change of this property replaces the resource by a new one. */
export function replaces(
  resource: Planned,
  change: { path: string; before: unknown; after: unknown },
): boolean {
  const { type } = resource;
  const roots = [...(fixed[type] ?? []), ...(type.startsWith("kubernetes:") ? identityInKubernetes : [])];
  return roots.some((root) => isUnder(change.path, root)) || downgrades(resource, change);
}

/** `subnetIds[0]` is under `subnetIds`. */
const isUnder = (path: string, root: string): boolean =>
  path === root || path.startsWith(`${root}.`) || path.startsWith(`${root}[`);

/** ElastiCache goes from Redis to Valkey and to newer versions, never back. */
function downgrades(
  { type, inputs }: Planned,
  { path, before, after }: { path: string; before: unknown; after: unknown },
): boolean {
  if (type !== "aws:elasticache/replicationGroup:ReplicationGroup") return false;
  if (path === "engine") return after === "redis";
  return path === "engineVersion" && inputs.engine !== "valkey" && older(after, before);
}

const older = (one: unknown, other: unknown): boolean =>
  String(one).localeCompare(String(other), "en", { numeric: true }) < 0;
