import * as z from "zod";
import { days, logRetention, vpcRange } from "./values.ts";

export const network = z.strictObject({
  /** The VPC's range, /16 to /20. Must not overlap what it will ever be peered with. No default. */
  cidr: vpcRange.meta({ example: "10.20.0.0/16" }),
  /**
   * Availability zones by id, which names the same zone in every account and in any state, so subnets stay in their
   * zones. Two or three: RDS, EKS and the load balancer each refuse fewer. The order is that of the ranges:
   * add a zone at the end. Those of your account: `aws ec2 describe-availability-zones`. No default.
   */
  zones: z
    .array(
      z
        .string()
        .regex(/^[a-z]+\d-az\d$/, "must be the id of an availability zone, such as use1-az1")
        .meta({ example: "use1-az1" }),
    )
    .min(2)
    .max(3)
    .meta({ example: ["use1-az1", "use1-az2"] }),
  /** NAT gateways: 1, or one per zone. No default. */
  natGateways: z.number().int().min(1).max(3),
  /**
   * AWS services with an interface endpoint in the VPC, about 7.30 USD a month per zone each. The Lambdas have no other
   * way out, so `secretsmanager` and `elasticache` must be among them. Default: these two.
   */
  interfaceEndpoints: z
    .array(
      z
        .string()
        .regex(/^[a-z0-9.-]+$/, "must be the short name of a service, such as ecr.api")
        .meta({ example: "logs" }),
    )
    .default(["secretsmanager", "elasticache"]),
  /** Number of zones with an interface endpoint; one serves the whole VPC while its zone works. Default 1. */
  endpointZones: z.number().int().min(1).max(3).default(1),
  /** Days that the VPC's flow log is kept. Default 90. */
  flowLogRetentionDays: logRetention,
});

export const edge = z.strictObject({
  /** Host name of the API; without it there is no certificate or HTTPS, for first trials only. No default. */
  domain: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, "must be a host name, such as api.example.com")
    .meta({ example: "api.example.com" })
    .optional(),
  /** Id of the domain's Route 53 zone; given together with the domain. No default. */
  hostedZoneId: z
    .string()
    .regex(/^Z[A-Z0-9]+$/, "must be the id of a Route 53 zone")
    .meta({ example: "Z0123456789ABCDEFGHIJ" })
    .optional(),
  /** Requests in five minutes from one address before the WAF blocks it. Default 2,000. */
  wafRateLimit: z.number().int().min(10).max(2_000_000_000).default(2_000),
  /** Managed rule groups block; with false they only count (to observe real traffic). Default true. */
  wafBlock: z.boolean().default(true),
  /** Days that the load balancer's access logs are kept. Default 90. */
  accessLogRetentionDays: days(1, 3650).default(90),
  /** Days that the log of the requests which the WAF counted or blocked is kept. Default 90. */
  wafLogRetentionDays: logRetention,
  /** Whether load balancer, DNS record and log buckets are protected from deletion. No default. */
  deletionProtection: z.boolean(),
});
