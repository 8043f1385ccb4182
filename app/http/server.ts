import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import type { ApiEnv } from "../contract/env.ts";
import type { ErrorReports } from "../platform/error-reports/reports.ts";
import type { HealthMonitor } from "../platform/health.ts";
import type { Logger } from "../platform/logging.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { Tracing } from "../platform/tracing/tracing.ts";
import "./fastify.ts";
import { logResponses } from "./access-log.ts";
import { type Authenticator, identifyActor } from "./actor.ts";
import { authorise } from "./authorise.ts";
import { allowOrigins } from "./cors.ts";
import { answerErrors, refuseUnrouted } from "./errors/handler.ts";
import { Unparsed } from "./errors/unparsed.ts";
import { limitHandling } from "./handler-timeout.ts";
import { publicHeaders, sendSecurityHeaders } from "./headers.ts";
import { requireHttps } from "./https-only.ts";
import { guardInput, refuseBodies, routableUrl } from "./input-guards.ts";
import { acceptJson } from "./json-body.ts";
import { LazyLogger } from "./lazy-logger.ts";
import { answerOptions } from "./options.ts";
import { serveProbes } from "./probes.ts";
import { limitByActor, limitByAddress } from "./rate-limit/hook.ts";
import type { Limits } from "./rate-limit/limits.ts";
import { collectFacts } from "./request-facts.ts";
import { requestIdOf } from "./request-id.ts";
import { measureRequests } from "./request-metrics.ts";
import { traceRequests } from "./request-spans.ts";
import { RouteTable } from "./route-table.ts";
import { trustedProxies } from "./trusted-proxies.ts";
import { mayUpgrade } from "./upgrade.ts";
import "./validation-messages.ts";

export type HttpServer = Awaited<ReturnType<typeof createHttpServer>>;

export interface HttpServerOptions {
  env: ApiEnv;
  limits: Limits;
  health: HealthMonitor;
  logger: Logger;
  metrics: Metrics;
  tracing: Tracing | undefined;
  errors: ErrorReports | undefined;
  /** The kinds of credential, in the order in which they are looked for. */
  authenticators: readonly Authenticator[];
  /** Gets the server before it has any route. */
  prepare?: ((app: FastifyInstance) => void) | undefined;
}

/** How long the headers of a request may take to arrive. */
const headersTimeoutMs = 20_000;

/** The public server with everything that holds for every route. The order of the hooks is the order of the checks. */
export async function createHttpServer(options: HttpServerOptions) {
  const { env, limits, health, logger, metrics, tracing } = options;
  const routes = new RouteTable();
  const headers = publicHeaders(env);
  const unparsed = new Unparsed({ headers, limiter: limits.global, routes });
  const app = createFastify(env, logger, unparsed);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  acceptJson(app);
  options.prepare?.(app);
  routes.collect(app);
  answerErrors(app, routes, options.errors);
  unparsed.attach(app);

  collectFacts(app);
  if (tracing) traceRequests(app, tracing);
  sendSecurityHeaders(app, headers);
  limitHandling(app, env.REQUEST_TIMEOUT_MS);
  logResponses(app, logger);
  measureRequests(app, metrics);
  closeConnectionsWhenStopping(app, health);
  allowOrigins(app, env.CORS_ORIGIN);
  limitByAddress(app, limits);
  guardInput(app);
  if (env.HTTPS_ONLY && env.TRUSTED_PROXIES.length > 0) requireHttps(app, env.PUBLIC_HOST);
  refuseUnrouted(app, routes);
  refuseBodies(app);
  answerOptions(app, routes);
  identifyActor(app, options.authenticators);
  limitByActor(app, limits);
  authorise(app);
  serveProbes(app, health);
  return app;
}

function createFastify(env: ApiEnv, logger: FastifyBaseLogger, unparsed: Unparsed) {
  const loggerInstance: FastifyBaseLogger = new LazyLogger(() => logger);
  const app = fastify({
    loggerInstance,
    // One line for each response is written by access-log.ts.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "requestId" }),
    genReqId: requestIdOf,
    requestIdHeader: false,
    trustProxy: trustedProxies(env.TRUSTED_PROXIES),
    bodyLimit: env.BODY_LIMIT_BYTES,
    // The time limit for a request to arrive. An import's is longer; handler-timeout.ts limits the time of every other to arrive and be
    // answered.
    requestTimeout: Math.max(env.REQUEST_TIMEOUT_MS, env.IMPORT_TIMEOUT_MS),
    http: {
      headersTimeout: Math.min(headersTimeoutMs, env.REQUEST_TIMEOUT_MS),
      // How often Node looks for requests that are slow to arrive: every 30 s would be as long as the limit itself.
      connectionsCheckingInterval: Math.min(5_000, env.REQUEST_TIMEOUT_MS),
      // Checked by guardInput, whose refusal is a problem document.
      requireHostHeader: false,
      shouldUpgradeCallback: mayUpgrade,
    },
    keepAliveTimeout: env.KEEP_ALIVE_TIMEOUT_MS,
    // A request that comes in while the server closes is answered, and told that the connection closes.
    return503OnClosing: false,
    forceCloseConnections: "idle",
    clientErrorHandler: unparsed.onError,
    rewriteUrl: routableUrl,
    // The longest possible URL: the route's own schema limits it.
    routerOptions: { maxParamLength: 16_384 },
  }).withTypeProvider<ZodTypeProvider>();
  // Else Node answers 417 itself; guardInput does it with a problem document.
  app.server.on("checkExpectation", (request, response) => app.server.emit("request", request, response));
  return app;
}

/** Clients leave one by one with their next answer, instead of being cut off. */
function closeConnectionsWhenStopping(app: ReturnType<typeof createFastify>, health: HealthMonitor): void {
  app.addHook("onSend", (_request, reply, payload, done) => {
    if (health.stopping) reply.header("connection", "close");
    done(null, payload);
  });
}

/**
 * Closes the listener and waits for the requests in flight. A connection whose last answer went out just before would
 * otherwise be waited for until its keep-alive ends, so those that have become idle are closed as they appear.
 */
export async function closeHttpServer(app: HttpServer): Promise<void> {
  const sweep = setInterval(() => app.server.closeIdleConnections(), 50);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
  }
}
