import { type FastifyBaseLogger, fastify, LogController } from "fastify";
import { paths } from "../contract/endpoints.ts";
import type { Logger } from "../platform/logging.ts";
import type { Metrics } from "../platform/metrics.ts";
import { answerErrors } from "./errors/handler.ts";
import { securityHeaders, sendSecurityHeaders } from "./headers.ts";
import { requestIdOf } from "./request-id.ts";
import { RouteTable } from "./route-table.ts";

export interface ManagementOptions {
  requestTimeoutMs: number;
  logger: Logger;
  metrics: Metrics;
  /** What /status answers. */
  status(): Promise<object>;
}

/** The listener for operators and Prometheus, separate so that no route from the internet leads to it (A17). */
export function createManagementServer(options: ManagementOptions) {
  const loggerInstance: FastifyBaseLogger = options.logger;
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "requestId" }),
    genReqId: requestIdOf,
    requestTimeout: options.requestTimeoutMs,
    forceCloseConnections: true,
  });
  const routes = new RouteTable();
  routes.collect(app);
  answerErrors(app, routes);
  sendSecurityHeaders(app, securityHeaders);
  app.get(paths.metrics, async (_request, reply) => {
    reply.type(options.metrics.registry.contentType);
    return options.metrics.text();
  });
  app.get(paths.status, () => options.status());
  return app;
}
