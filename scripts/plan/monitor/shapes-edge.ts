import { namedWithArn, type Shaper } from "./shapes.ts";

const certificate: Shaper = (shape) => {
  const arn = shape.arn("acm", `certificate/${shape.uuid()}`);
  const alternatives = shape.inputs.subjectAlternativeNames;
  const names = new Set([
    shape.text("domainName") ?? "example.com",
    ...(Array.isArray(alternatives) ? alternatives : []),
  ]);
  return {
    id: arn,
    arn,
    status: "PENDING_VALIDATION",
    domainValidationOptions: [...names].map((domainName) => ({
      domainName,
      resourceRecordName: `_${shape.hex(32, domainName)}.${domainName}.`,
      resourceRecordType: "CNAME",
      resourceRecordValue: `_${shape.hex(32, `v${domainName}`)}.${shape.code(10).toLowerCase()}.acm-validations.aws.`,
    })),
    subjectAlternativeNames: [...names],
  };
};

const webAcl: Shaper = (shape) => {
  const name = shape.named();
  const id = shape.uuid();
  return { id, name, arn: shape.arn("wafv2", `regional/webacl/${name}/${id}`), capacity: 1_000 };
};

/** Logs, alarms, topics, and what faces the internet. */
export const edgeShapes: Record<string, Shaper> = {
  "aws:acm/certificate:Certificate": certificate,
  "aws:acm/certificateValidation:CertificateValidation": (shape) => ({
    id: "2026-01-01T00:00:00Z",
    certificateArn: shape.text("certificateArn"),
  }),
  "aws:route53/record:Record": (shape) => ({
    id: `${shape.text("zoneId") ?? ""}_${shape.text("name") ?? ""}_${shape.text("type") ?? ""}`,
    fqdn: (shape.text("name") ?? "").replace(/\.$/, ""),
  }),
  "aws:wafv2/webAcl:WebAcl": webAcl,
  "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": (shape) => ({
    id: shape.text("resourceArn") ?? "",
  }),
  "aws:cloudwatch/logGroup:LogGroup": namedWithArn("logs", (name) => `log-group:${name}`),
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": (shape) => ({ id: shape.named(), name: shape.named() }),
  "aws:cloudwatch/metricAlarm:MetricAlarm": namedWithArn("cloudwatch", (name) => `alarm:${name}`),
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": (shape) => {
    const alarmName = shape.text("alarmName") ?? "";
    return { id: alarmName, alarmName, arn: shape.arn("cloudwatch", `alarm:${alarmName}`) };
  },
  "aws:cloudwatch/eventRule:EventRule": namedWithArn("events", (name) => `rule/${name}`),
  "aws:sfn/stateMachine:StateMachine": namedWithArn("states", (name) => `stateMachine:${name}`),
  "aws:sns/topic:Topic": (shape) => {
    const name = shape.named();
    const arn = shape.arn("sns", name);
    return { id: arn, arn, name, owner: shape.account };
  },
  "aws:sns/topicPolicy:TopicPolicy": (shape) => ({ id: shape.text("arn") ?? "", owner: shape.account }),
  "aws:sns/topicSubscription:TopicSubscription": (shape) => {
    const arn = `${shape.text("topic") ?? ""}:${shape.uuid()}`;
    return { id: arn, arn, ownerId: shape.account };
  },
};
