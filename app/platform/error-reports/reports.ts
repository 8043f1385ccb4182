import type { ApiEnv } from "../../contract/env.ts";

/** What an error is told with; none of it is a client's. */
export interface ErrorContext {
  /** Id of the request in the log. */
  requestId?: string;
  /** `GET /v1/bookings/:id`. */
  route?: string;
  /** Of the job. */
  queue?: string;
}

/** Tells a service outside of errors that nobody expected (A19). */
export interface ErrorReports {
  /** Returns at once and never throws. */
  report(error: unknown, context?: ErrorContext): void;
  /** Sends what waits, for a moment, and ends. */
  close(): Promise<void>;
}

export type ErrorReportsEnv = Pick<ApiEnv, "SENTRY_DSN" | "SERVICE_VERSION" | "ENVIRONMENT">;
