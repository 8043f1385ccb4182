import type * as pulumi from "@pulumi/pulumi";
import { paths } from "../../app/contract/endpoints.ts";
import { liveUpdates } from "../../app/contract/live-updates.ts";

/** TLS 1.3 and 1.2, forward secrecy and authenticated ciphers only, post-quantum key exchange where the client can. */
const tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09";
/**
 * Seconds an unused connection stays open: more than a WebSocket is quiet, and less than the API's own keep-alive (75 s), or it would
 * meet closed sockets.
 */
const idleTimeoutSeconds = 2 * liveUpdates.heartbeatSeconds;

export interface LoadBalancerSettings {
  webAclArn: pulumi.Input<string>;
  /** Whether there is a certificate, and so HTTPS. */
  https: boolean;
  /** Seconds that a pod goes on serving after it has left the load balancer. */
  drainSeconds: number;
}

/**
 * How Auto Mode's controller makes listeners and targets. What belongs to the load balancer itself stands in the
 * IngressClassParams; these have no field there.
 * Source: Ingress annotations of the AWS Load Balancer Controller, and which of them EKS Auto Mode leaves out.
 */
export function ingressAnnotations(settings: LoadBalancerSettings): Record<string, pulumi.Input<string>> {
  const annotations: Record<string, pulumi.Input<string>> = {
    "target-type": "ip",
    "backend-protocol": "HTTP",
    "healthcheck-protocol": "HTTP",
    "healthcheck-port": "traffic-port",
    "healthcheck-path": paths.ready,
    "healthcheck-interval-seconds": "10",
    // Readiness waits up to 5 s for database and cache.
    "healthcheck-timeout-seconds": "6",
    "healthy-threshold-count": "2",
    "unhealthy-threshold-count": "2",
    "success-codes": "200",
    "target-group-attributes": pairs({
      "deregistration_delay.timeout_seconds": String(settings.drainSeconds),
      "load_balancing.algorithm.type": "least_outstanding_requests",
    }),
    "wafv2-acl-arn": settings.webAclArn,
    ...(settings.https
      ? {
          "listen-ports": JSON.stringify([{ HTTP: 80 }, { HTTPS: 443 }]),
          // Whatever comes by HTTP is answered with 301 to the same address by HTTPS.
          "ssl-redirect": "443",
          "ssl-policy": tlsPolicy,
        }
      : { "listen-ports": JSON.stringify([{ HTTP: 80 }]) }),
  };
  return Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [`alb.ingress.kubernetes.io/${key}`, value]),
  );
}

/** Attributes of the load balancer itself. */
export function loadBalancerAttributes(settings: {
  accessLogBucket: pulumi.Input<string>;
  deletionProtection: boolean;
}): { key: string; value: pulumi.Input<string> }[] {
  const attributes: Record<string, pulumi.Input<string>> = {
    "access_logs.s3.enabled": "true",
    "access_logs.s3.bucket": settings.accessLogBucket,
    "deletion_protection.enabled": String(settings.deletionProtection),
    "idle_timeout.timeout_seconds": String(idleTimeoutSeconds),
    "routing.http.drop_invalid_header_fields.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http2.enabled": "true",
  };
  return Object.entries(attributes).map(([key, value]) => ({ key, value }));
}

const pairs = (values: Record<string, string>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
