import { createStackParser, createTransport, Scope } from "@sentry/core";
import { nodeStackLineParser, ServerRuntimeClient } from "@sentry/core/server";
import type { Logger } from "../logging.ts";
import type { ErrorReports, ErrorReportsEnv } from "./reports.ts";
import { scrubbed } from "./scrub.ts";

export interface SentryOptions {
  dsn: string;
  env: ErrorReportsEnv;
  service: string;
  logger: Logger;
}

/** Longest that a report may take, and the last ones at the end of the process, milliseconds. */
const [sendMs, closeMs] = [5_000, 2_000];
/** Reports of a process in a minute: an error that each request meets is told often enough. */
const mostInAMinute = 30;

/**
 * Reports to Sentry by the core of its SDK alone, without what that adds by itself: no request, body, header, address, host name or
 * breadcrumb. (@sentry/node is 1.2 MB in the bundle; this is 0.15 MB.)
 */
export function sentryReports({ dsn, env, service, logger }: SentryOptions): ErrorReports {
  const send = sender(logger);
  const client = new ServerRuntimeClient({
    dsn,
    release: env.SERVICE_VERSION,
    environment: env.ENVIRONMENT,
    integrations: [],
    sendClientReports: false,
    traceLifecycle: "static",
    stackParser: createStackParser(nodeStackLineParser()),
    transport: (options) => createTransport(options, ({ body }) => send(options.url, body)),
  });
  client.init();
  let [minute, reported] = [0, 0];
  return {
    report(error, context = {}) {
      const now = Math.floor(performance.now() / 60_000);
      if (now !== minute) [minute, reported] = [now, 0];
      if (++reported > mostInAMinute) return;
      const scope = new Scope();
      scope.setTags({ service, ...context });
      client.captureException(withoutValues(error), undefined, scope);
    },
    close: async () => {
      await client.close(closeMs);
    },
  };
}

/** Its class, text and stack, and nothing that a library attached to it. */
function withoutValues(error: unknown): Error {
  const told = new Error(
    error instanceof Error ? scrubbed(String(error.message)) : "what was thrown is no error",
  );
  told.name = error instanceof Error ? error.name : typeof error;
  if (error instanceof Error) told.stack = framesOf(error);
  return told;
}

/** The text comes first, and can have lines that look like frames. */
function framesOf({ stack = "", message }: Error): string {
  const start = stack.indexOf(message);
  return start < 0 ? stack : stack.slice(start + message.length);
}

/** Logs when reports begin to fail. */
function sender(logger: Logger) {
  let failing = false;
  return async (url: string, body: string | Uint8Array) => {
    try {
      const signal = AbortSignal.timeout(sendMs);
      const answer = await fetch(url, { method: "POST", body: Buffer.from(body), redirect: "error", signal });
      await answer.body?.cancel();
      failing = false;
      const header = (name: string) => answer.headers.get(name);
      const limits = {
        "x-sentry-rate-limits": header("x-sentry-rate-limits"),
        "retry-after": header("retry-after"),
      };
      return { statusCode: answer.status, headers: limits };
    } catch (error) {
      if (!failing) logger.warn({ err: error }, "errors cannot be reported");
      failing = true;
      throw error;
    }
  };
}
