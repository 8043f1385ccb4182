import type { PlannedResource } from "../monitor/index.ts";
import { valueAt } from "./inputs.ts";

/** The properties that say what a resource is, in the order in which they are read. Paths go into objects and lists. */
const properties: Record<string, string[]> = {
  "aws:ec2/vpc:Vpc": ["cidrBlock"],
  "aws:ec2/subnet:Subnet": ["cidrBlock", "availabilityZoneId"],
  "aws:ec2/route:Route": ["destinationCidrBlock"],
  "aws:ec2/vpcEndpoint:VpcEndpoint": ["vpcEndpointType", "serviceName"],
  "aws:ec2/securityGroup:SecurityGroup": ["description"],
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": [
    "ipProtocol",
    "fromPort",
    "toPort",
    "cidrIpv4",
    "referencedSecurityGroupId",
    "prefixListId",
  ],
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": [
    "ipProtocol",
    "fromPort",
    "toPort",
    "cidrIpv4",
    "referencedSecurityGroupId",
    "prefixListId",
  ],
  "aws:rds/instance:Instance": [
    "engine",
    "engineVersion",
    "instanceClass",
    "allocatedStorage",
    "maxAllocatedStorage",
    "multiAz",
    "backupRetentionPeriod",
    "storageEncrypted",
    "deletionProtection",
  ],
  "aws:rds/parameterGroup:ParameterGroup": ["family"],
  "aws:elasticache/replicationGroup:ReplicationGroup": [
    "engine",
    "engineVersion",
    "nodeType",
    "numCacheClusters",
    "multiAzEnabled",
    "automaticFailoverEnabled",
    "transitEncryptionEnabled",
    "snapshotRetentionLimit",
  ],
  "aws:elasticache/user:User": ["userName", "accessString"],
  "aws:secretsmanager/secret:Secret": ["name", "recoveryWindowInDays"],
  "aws:secretsmanager/secretRotation:SecretRotation": [
    "rotationRules.scheduleExpression",
    "rotationRules.automaticallyAfterDays",
  ],
  "aws:kms/key:Key": ["description", "enableKeyRotation"],
  "aws:kms/alias:Alias": ["name"],
  "aws:lambda/function:Function": [
    "runtime",
    "architectures",
    "memorySize",
    "timeout",
    "reservedConcurrentExecutions",
  ],
  "aws:cloudwatch/logGroup:LogGroup": ["name", "retentionInDays"],
  "aws:cloudwatch/metricAlarm:MetricAlarm": [
    "namespace",
    "metricName",
    "comparisonOperator",
    "threshold",
    "evaluationPeriods",
    "period",
  ],
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": ["pattern"],
  "aws:rds/eventSubscription:EventSubscription": ["sourceType", "eventCategories"],
  "aws:cloudwatch/eventRule:EventRule": ["scheduleExpression", "description"],
  "aws:cloudwatch/alarmMuteRule:AlarmMuteRule": ["rule.schedule.expression", "rule.schedule.duration"],
  "aws:scheduler/schedule:Schedule": ["scheduleExpression", "scheduleExpressionTimezone"],
  "aws:eks/cluster:Cluster": [
    "version",
    "vpcConfig.endpointPublicAccess",
    "vpcConfig.publicAccessCidrs",
    "computeConfig.nodePools",
    "deletionProtection",
  ],
  "aws:eks/accessEntry:AccessEntry": ["principalArn"],
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": ["namespace", "serviceAccount"],
  "aws:eks/addon:Addon": ["addonName", "addonVersion"],
  "aws:ecr/repository:Repository": ["name", "imageTagMutability"],
  "aws:acm/certificate:Certificate": ["domainName", "validationMethod"],
  "aws:route53/record:Record": ["name", "type"],
  "aws:wafv2/webAcl:WebAcl": ["scope", "rules[].name"],
  "aws:backup/plan:Plan": ["rules[].schedule"],
  "aws:backup/vaultLockConfiguration:VaultLockConfiguration": ["minRetentionDays", "maxRetentionDays"],
  "aws:sns/topicSubscription:TopicSubscription": ["protocol", "endpoint"],
  "aws:sqs/queue:Queue": ["messageRetentionSeconds"],
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ["policyArn"],
  "aws:iam/role:Role": ["description"],
  "kubernetes:karpenter.sh/v1:NodePool": ["spec.replicas", "spec.template.spec.requirements[].values"],
  "kubernetes:apps/v1:Deployment": ["spec.replicas", "spec.template.spec.containers[].image"],
  "kubernetes:batch/v1:Job": ["spec.template.spec.containers[].image"],
  "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": ["spec.minReplicas", "spec.maxReplicas"],
  "kubernetes:policy/v1:PodDisruptionBudget": ["spec.minAvailable", "spec.maxUnavailable"],
  "kubernetes:networking.k8s.io/v1:Ingress": ["spec.ingressClassName", "spec.rules[].host"],
  "kubernetes:networking.k8s.io/v1:NetworkPolicy": ["spec.policyTypes"],
  "kubernetes:core/v1:ResourceQuota": ["spec.hard"],
  "kubernetes:core/v1:Service": ["spec.type"],
};

/** One property worth a reader's glance. */
export interface Highlight {
  property: string;
  value: string;
}

/** What to show beside a resource's name. A type that is not listed shows nothing: its name says enough. */
export function highlightsOf({ type, inputs }: Pick<PlannedResource, "type" | "inputs">): Highlight[] {
  return (properties[type] ?? []).flatMap((path) => {
    const found = valueAt(inputs, path);
    const value = Array.isArray(found) ? found.filter((item) => item !== undefined) : found;
    return value === undefined || (Array.isArray(value) && value.length === 0)
      ? []
      : [{ property: path.split(".").at(-1)?.replace("[]", "") ?? path, value: briefly(value) }];
  });
}

/** A value in a few words: lists joined, long texts cut in the middle where both ends tell something (ARNs, digests). */
export function briefly(value: unknown, longest = 60): string {
  const text = Array.isArray(value)
    ? value.map((item) => briefly(item)).join(" ")
    : typeof value === "object" && value !== null
      ? JSON.stringify(value)
      : String(value);
  if (text.length <= longest) return text;
  const half = Math.floor((longest - 1) / 2);
  return `${text.slice(0, half)}…${text.slice(-half)}`;
}
