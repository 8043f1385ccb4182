import type { Logger } from "../logging.ts";
import type { ErrorReports, ErrorReportsEnv } from "./reports.ts";

/** Loads Sentry's client where there is a DSN. @param service name of the process in the reports. */
export async function openErrorReports(
  env: ErrorReportsEnv,
  service: string,
  logger: Logger,
): Promise<ErrorReports | undefined> {
  if (env.SENTRY_DSN === undefined) return undefined;
  const { sentryReports } = await import("./sentry.ts");
  return sentryReports({ dsn: env.SENTRY_DSN, env, service, logger });
}
