/**
 * Where the API answers. The Deployment's ports and probes, the load balancer's health check, the network policies and the
 * server itself all read these, so that they cannot drift apart.
 */
export const ports = {
  /** The public API, behind the load balancer. */
  http: 3000,
  /** /metrics and /status: a listener of its own that no load balancer and no Service for traffic points at. */
  management: 9464,
} as const;

/** The paths that Kubernetes, the load balancer and Prometheus call. */
export const paths = {
  /** Alive: the process answers. No dependencies, so that a database outage restarts nothing. */
  live: "/health",
  /** 200 once start-up has finished, 503 before. */
  startup: "/health/startup",
  /**
   * Ready for traffic: the database answers, shutdown has not begun. A cache that is away makes the answer "degraded", not
   * 503: the API works without it, and a lost cache must not take every replica out of service at once.
   */
  ready: "/health/ready",
  /** The same answer as `ready`, under the name some platforms expect. */
  readiness: "/readiness",
  /** Management listener only. */
  status: "/status",
  /** Management listener only, Prometheus text format. */
  metrics: "/metrics",
} as const;
