import { edgeRules } from "../../../../infra/policies/rules/edge.ts";
import { proveRules } from "./support.ts";

const ingress = (annotations: Record<string, string>) => ({
  metadata: {
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [`alb.ingress.kubernetes.io/${key}`, value]),
    ),
  },
});
const attributes = (values: Record<string, string>) => ({
  spec: { loadBalancerAttributes: Object.entries(values).map(([key, value]) => ({ key, value })) },
});
const both = '[{"HTTP":80},{"HTTPS":443}]';
const rule = (name: string, more: object) => ({
  name,
  visibilityConfig: { cloudwatchMetricsEnabled: true },
  ...more,
});
const known = { managedRuleGroupStatement: { name: "AWSManagedRulesKnownBadInputsRuleSet" } };

proveRules("the way in", edgeRules, {
  "edge-https": {
    passes: [ingress({ "listen-ports": both })],
    fails: [ingress({}), ingress({ "listen-ports": '[{"HTTP":80}]' })],
  },
  "edge-redirects": {
    passes: [
      ingress({ "listen-ports": both, "ssl-redirect": "443" }),
      ingress({ "listen-ports": '[{"HTTPS":443}]' }),
    ],
    fails: [ingress({ "listen-ports": both })],
  },
  "edge-tls-policy": {
    passes: [
      ingress({ "listen-ports": both, "ssl-policy": "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09" }),
      ingress({ "listen-ports": both, "ssl-policy": "ELBSecurityPolicy-TLS13-1-3-2021-06" }),
      ingress({ "listen-ports": '[{"HTTP":80}]' }),
    ],
    fails: [
      ingress({ "listen-ports": both }),
      ingress({ "listen-ports": both, "ssl-policy": "ELBSecurityPolicy-2016-08" }),
      ingress({ "listen-ports": both, "ssl-policy": "ELBSecurityPolicy-TLS13-1-0-2021-06" }),
    ],
  },
  "edge-to-pod-https": {
    passes: [ingress({ "backend-protocol": "HTTPS" })],
    fails: [ingress({}), ingress({ "backend-protocol": "HTTP" })],
  },
  "edge-web-acl": { passes: [ingress({ "wafv2-acl-arn": "arn" })], fails: [ingress({})] },
  "edge-logged": {
    passes: [attributes({ "access_logs.s3.enabled": "true" })],
    fails: [attributes({}), attributes({ "access_logs.s3.enabled": "false" })],
  },
  "edge-strict-http": {
    passes: [attributes({ "routing.http.drop_invalid_header_fields.enabled": "true" })],
    fails: [
      attributes({}),
      attributes({
        "routing.http.drop_invalid_header_fields.enabled": "true",
        "routing.http.desync_mitigation_mode": "monitor",
      }),
    ],
  },
  "edge-deletion-protected": {
    passes: [attributes({ "deletion_protection.enabled": "true" })],
    fails: [attributes({}), attributes({ "deletion_protection.enabled": "false" })],
  },
  "edge-multi-az": {
    passes: [
      { spec: { subnets: { ids: ["a", "b"] } } },
      { spec: { subnets: { ids: ["[unknown]", "[unknown]"] } } },
    ],
    fails: [{ spec: { subnets: { ids: ["a"] } } }, { spec: {} }],
  },
  "waf-rules": {
    passes: [
      {
        rules: [
          rule("rate", { action: { block: {} } }),
          rule("bad", { overrideAction: { none: {} }, statement: known }),
        ],
      },
    ],
    fails: [
      { rules: [] },
      { rules: [rule("rate", { action: { block: {} } })] },
      { rules: [rule("bad", { statement: known })] },
    ],
  },
  "waf-measured": {
    passes: [{ visibilityConfig: { cloudwatchMetricsEnabled: true }, rules: [rule("rate", {})] }],
    fails: [
      { rules: [] },
      { visibilityConfig: { cloudwatchMetricsEnabled: true }, rules: [{ name: "rate" }] },
    ],
  },
  "waf-logged": {
    passes: [
      { inputs: {}, beside: [{ type: "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration" }] },
    ],
    fails: [{}],
  },
});
