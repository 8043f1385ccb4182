import type { ApiEnv } from "../../contract/env.ts";
import type { Logger } from "../logging.ts";
import type { Tracing } from "./tracing.ts";

/** Loads OpenTelemetry where `OTEL_ENABLED` is true. @param service name of the process in the traces. */
export async function openTracing(
  env: Pick<ApiEnv, TracingVariable>,
  service: string,
  logger: Logger,
): Promise<Tracing | undefined> {
  if (!env.OTEL_ENABLED || env.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return undefined;
  const { openTelemetry } = await import("./opentelemetry.ts");
  return openTelemetry({
    endpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT,
    share: env.OTEL_TRACES_SAMPLER_ARG,
    service: {
      "service.name": service,
      "service.version": env.SERVICE_VERSION,
      "deployment.environment.name": env.ENVIRONMENT,
    },
    logger,
  });
}

type TracingVariable =
  | "OTEL_ENABLED"
  | "OTEL_EXPORTER_OTLP_ENDPOINT"
  | "OTEL_TRACES_SAMPLER_ARG"
  | "SERVICE_VERSION"
  | "ENVIRONMENT";
