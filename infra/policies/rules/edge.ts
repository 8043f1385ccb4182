import type { Resource } from "../resource.ts";
import type { Rule } from "../types.ts";
import { unless } from "../unless.ts";

const ingress = ["kubernetes:networking.k8s.io/v1:Ingress"];
const parameters = ["kubernetes:eks.amazonaws.com/v1:IngressClassParams"];
const webAcl = ["aws:wafv2/webAcl:WebAcl"];

/** The load balancer controller's setting in an annotation of the Ingress, if any. */
const told = (subject: Resource, what: string): string | undefined => {
  const value = subject.map("metadata.annotations")[`alb.ingress.kubernetes.io/${what}`];
  return value === undefined ? undefined : String(value);
};
/** An attribute of the load balancer in the parameters of its class. */
const attribute = (subject: Resource, key: string): string | undefined => {
  const found = subject.blocks("spec.loadBalancerAttributes").find((given) => given.key === key);
  return found === undefined ? undefined : String(found.value);
};
const listens = (subject: Resource, protocol: "HTTP" | "HTTPS"): boolean =>
  (told(subject, "listen-ports") ?? '[{"HTTP":80}]').includes(`"${protocol}":`);

/** Policies that allow TLS 1.2 and 1.3 with forward secrecy and nothing older. */
const strongPolicy = /^ELBSecurityPolicy-TLS13-1-[23](-Res)?(-FIPS)?(-PQ)?(-\d{4}-\d{2})$/;

/** The way in from the internet: load balancer and firewall. */
export const edgeRules: readonly Rule[] = [
  {
    id: "edge-https",
    title: "The load balancer serves HTTPS",
    severity: "critical",
    controls: ["ELB.18", "CKV_AWS_2", "CIS-EKS 5.4.5"],
    types: ingress,
    fix: "Set edge.domain and edge.hostedZoneId.",
    check: (subject) => unless(listens(subject, "HTTPS"), "is served by plain HTTP"),
  },
  {
    id: "edge-redirects",
    title: "HTTP is answered with a redirect to HTTPS, and nothing else",
    severity: "high",
    controls: ["ELB.1", "CKV2_AWS_20"],
    types: ingress,
    fix: "Set the annotation ssl-redirect.",
    check: (subject) =>
      unless(
        !listens(subject, "HTTP") || told(subject, "ssl-redirect") !== undefined,
        "answers plain HTTP with more than a redirect",
      ),
  },
  {
    id: "edge-tls-policy",
    title: "The load balancer speaks TLS 1.2 and 1.3 with strong ciphers only",
    severity: "high",
    controls: ["ELB.17", "CKV_AWS_103", "CKV2_AWS_74"],
    types: ingress,
    fix: "Set the annotation ssl-policy to ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09 or stronger.",
    check: (subject) =>
      unless(
        !listens(subject, "HTTPS") || strongPolicy.test(told(subject, "ssl-policy") ?? ""),
        "speaks old TLS or weak ciphers",
      ),
  },
  {
    id: "edge-to-pod-https",
    title: "The load balancer speaks HTTPS with the pods",
    severity: "low",
    controls: ["CKV_AWS_378"],
    types: ingress,
    fix: "Set the annotation backend-protocol to HTTPS, and give the pods certificates.",
    check: (subject) =>
      unless(told(subject, "backend-protocol") === "HTTPS", "reaches its pods by plain HTTP"),
  },
  {
    id: "edge-web-acl",
    title: "A web application firewall protects the load balancer",
    severity: "high",
    controls: ["CKV2_AWS_28"],
    types: ingress,
    fix: "Set the annotation wafv2-acl-arn.",
    check: (subject) => unless(told(subject, "wafv2-acl-arn") !== undefined, "has no web ACL in front of it"),
  },
  {
    id: "edge-logged",
    title: "The load balancer logs every request",
    severity: "medium",
    controls: ["ELB.5", "CKV_AWS_91"],
    types: parameters,
    fix: "Set the load balancer's attributes access_logs.s3.enabled and access_logs.s3.bucket.",
    check: (subject) =>
      unless(
        attribute(subject, "access_logs.s3.enabled") === "true",
        "makes a load balancer that logs no requests",
      ),
  },
  {
    id: "edge-strict-http",
    title: "The load balancer drops malformed headers and doubtful requests",
    severity: "medium",
    controls: ["ELB.4", "ELB.12", "CKV_AWS_131", "CKV_AWS_328"],
    types: parameters,
    fix: "Set routing.http.drop_invalid_header_fields.enabled to true and desync_mitigation_mode to defensive or strictest.",
    check: (subject) =>
      unless(
        attribute(subject, "routing.http.drop_invalid_header_fields.enabled") === "true" &&
          ["defensive", "strictest"].includes(
            attribute(subject, "routing.http.desync_mitigation_mode") ?? "defensive",
          ),
        "makes a load balancer that passes malformed requests on",
      ),
  },
  {
    id: "edge-deletion-protected",
    title: "The load balancer cannot be deleted by one command",
    severity: "low",
    controls: ["ELB.6", "CKV_AWS_150"],
    types: parameters,
    fix: "Set edge.deletionProtection: true.",
    check: (subject) =>
      unless(
        attribute(subject, "deletion_protection.enabled") === "true",
        "makes a load balancer that one command deletes",
      ),
  },
  {
    id: "edge-multi-az",
    title: "The load balancer is in at least two zones",
    severity: "medium",
    controls: ["ELB.13"],
    types: parameters,
    fix: "Name subnets of two zones in spec.subnets.ids.",
    check: (subject) =>
      unless(subject.list("spec.subnets.ids").length >= 2, "makes a load balancer in fewer than two zones"),
  },
  {
    id: "waf-rules",
    title: "The firewall has rules, each with an action, among them AWS's against known exploits",
    severity: "high",
    controls: ["WAF.10", "CKV_AWS_175", "CKV_AWS_342", "CKV_AWS_192", "CKV2_AWS_76"],
    types: webAcl,
    fix: "Add AWSManagedRulesKnownBadInputsRuleSet, and give each rule an action or an overrideAction.",
    check: (acl) => {
      const rules = acl.blocks("rules");
      const idle = rules
        .filter((rule) => !rule.action && !rule.overrideAction)
        .map(({ name }) => String(name));
      if (idle.length > 0) return `has rules without an action: ${idle.join(", ")}`;
      return unless(
        JSON.stringify(rules).includes("AWSManagedRulesKnownBadInputsRuleSet"),
        "does not stop known exploits such as Log4Shell",
      );
    },
  },
  {
    id: "waf-measured",
    title: "The firewall reports what it does to CloudWatch",
    severity: "low",
    controls: ["WAF.12"],
    types: webAcl,
    fix: "Set visibilityConfig.cloudwatchMetricsEnabled: true on the ACL and on each rule.",
    check: (acl) =>
      unless(
        acl.isTrue("visibilityConfig.cloudwatchMetricsEnabled") &&
          acl
            .blocks("rules")
            .every((rule) => JSON.stringify(rule).includes('"cloudwatchMetricsEnabled":true')),
        "does not report to CloudWatch",
      ),
  },
  {
    id: "waf-logged",
    title: "The firewall logs what it blocks",
    severity: "medium",
    controls: ["CKV2_AWS_31"],
    types: webAcl,
    across: true,
    fix: "Add an aws.wafv2.WebAclLoggingConfiguration.",
    check: (acl, graph) =>
      unless(
        graph.referringTo(acl, "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration").length > 0,
        "does not log what it blocks",
      ),
  },
];
