import type { Exception } from "./types.ts";

/** When the decisions below are thought about again. */
const review = "2027-11-30";
const everywhere = ["*"];
/** Environments that come and go, and hold nothing that cannot be made again. */
const passing = ["staging", "sandbox"];

/** Rules that a resource can break: decisions of this stack that a scanner would question. */
export const exceptions: readonly Exception[] = [
  {
    rule: "eks-endpoint-private",
    resource: "*-cluster",
    environments: ["staging", "production"],
    reason:
      "GitHub's hosted runners deploy from outside the network. The public endpoint is open to cluster.publicAccessCidrs alone and asks for IAM; empty the list to close it, once runners stand inside.",
    expires: review,
  },
  {
    rule: "edge-to-pod-https",
    resource: "*-workload-ingress",
    environments: everywhere,
    reason:
      "TLS ends at the load balancer, in our own VPC; what goes from there to the pods crosses only AWS's encrypted links between machines, and network policies admit the load balancer's subnets alone.",
    expires: review,
  },
  {
    rule: "bucket-logged",
    resource: "*-logs",
    environments: everywhere,
    reason:
      "It is a bucket of logs itself: logging its readers would log the logging. CloudTrail's data events can tell.",
    expires: review,
  },
  {
    rule: "lambda-signed",
    resource: "*-secrets-*",
    environments: everywhere,
    reason:
      "The code is bundled by the program that makes the function, from the commit that is deployed, so a signature would be made by the same hands a moment before.",
    expires: review,
  },
  {
    rule: "lambda-signed",
    resource: "*-schedule-power",
    environments: ["staging"],
    reason: "Bundled by the program that makes it, like the functions of the secrets.",
    expires: review,
  },
  {
    rule: "pod-high-user-id",
    resource: "*-workload-*",
    environments: everywhere,
    reason:
      "The image's user is 1001, as the platform's standard says. No node has a user of that number, and files of a node are never mounted.",
    expires: review,
  },
  {
    rule: "secret-rotates",
    resource: "*-secrets-twilio",
    environments: everywhere,
    reason: "Twilio's token is made by a person in Twilio's console: nothing here could change it there.",
    expires: review,
  },
  {
    rule: "event-rule-fed",
    resource: "*-rotation-events",
    environments: everywhere,
    unless: "aws:cloudtrail/trail:Trail",
    reason:
      "The environment makes no trail, since a second copy of management events is paid for: see that the account has one in this region (aws cloudtrail describe-trails), or set audit.trail. Without one a failed rotation is told by its function's alarm within minutes, and one that never began by the audit of secrets, a day after it was due.",
    expires: review,
  },
  {
    rule: "event-rule-fed",
    resource: "*-key-events",
    environments: everywhere,
    unless: "aws:cloudtrail/trail:Trail",
    reason:
      "As for rotations: the account's own trail feeds it, or audit.trail does. Without one nobody is told of a key that is pending deletion, which takes a week at least.",
    expires: review,
  },
  {
    rule: "vpc-endpoint-ec2",
    resource: "*-network",
    environments: everywhere,
    reason:
      "Nodes ask EC2's API rarely, signed and by TLS, through the NAT gateways; an endpoint costs 7.30 USD a month for each zone.",
    expires: review,
  },
  {
    rule: "vpc-endpoint-ssm",
    resource: "*-network",
    environments: everywhere,
    reason: "Nothing here uses Systems Manager: Auto Mode's nodes admit nobody, by SSM or otherwise.",
    expires: review,
  },
  ...["api", "dkr"].map((part) => ({
    rule: `vpc-endpoint-ecr-${part}`,
    resource: "*-network",
    environments: everywhere,
    reason:
      "Images come through the NAT gateways, signed and by TLS; their layers come by the gateway endpoint of S3, which is free. An endpoint costs 7.30 USD a month for each zone and pays off above 626 GB a month in three zones.",
    expires: review,
  })),
  {
    rule: "log-retention-year",
    resource: "*",
    environments: passing,
    reason:
      "Logs of an environment without real users are kept for a month: long enough to find a fault, short enough to cost nothing.",
    expires: review,
  },
  ...[
    "rds-deletion-protected",
    "rds-final-snapshot",
    "eks-deletion-protected",
    "edge-deletion-protected",
  ].map((rule) => ({
    rule,
    resource: "*",
    environments: passing,
    reason:
      "The environment is torn down by one command and leaves nothing behind; its data can be made again.",
    expires: review,
  })),
  ...["rds-multi-az", "cache-failover"].map((rule) => ({
    rule,
    resource: "*",
    environments: passing,
    reason: "A standby would double the price, and an hour's outage is acceptable here.",
    expires: review,
  })),
  ...["rds-backed-up", "cache-backed-up"].map((rule) => ({
    rule,
    resource: "*",
    environments: ["sandbox"],
    reason: "The sandbox runs on one machine, and its data is lost with it.",
    expires: review,
  })),
];
