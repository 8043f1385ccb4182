/** Where the live updates are, and how often the API writes to each WebSocket: the load balancer must not end those that are quiet for less. */
export const liveUpdates = {
  path: "/v1/live",
  heartbeatSeconds: 30,
  /** A client that was not heard for so long is gone. */
  deadAfterSeconds: 90,
} as const;
