import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as pause } from "node:timers/promises";
import {
  type Context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { ExportResultCode, W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Logger } from "../logging.ts";
import type { Attributes, Span, SpanStart, TraceHeaders, Tracing } from "./tracing.ts";

export interface TelemetryOptions {
  /** Base URL of the collector, which takes OTLP over HTTP. */
  endpoint: string;
  /** Share of the traces that is recorded, 0 to 1. */
  share: number;
  /** What all spans of this process say of it. */
  service: Attributes;
  logger: Logger;
}

/** Longest that an export may take with its repetitions, and the last one at the end of the process, milliseconds. */
const [exportTimeoutMs, closeMs] = [5_000, 2_000];
const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

/**
 * Traces by OpenTelemetry, sent in the background: what a slow collector does not take in time is dropped (2,048 spans wait at most). It
 * sets nothing global, so that two of them can be in one process.
 */
export function openTelemetry({ endpoint, share, service, logger }: TelemetryOptions): Tracing {
  const url = new URL("v1/traces", endpoint.endsWith("/") ? endpoint : `${endpoint}/`).href;
  const exporter = reporting(new OTLPTraceExporter({ url, timeoutMillis: exportTimeoutMs }), logger);
  const provider = new TracerProvider({
    resource: resourceFromAttributes(service),
    sampler: samplerOf(share),
    spanProcessors: [new BatchSpanProcessor({ exporter, exportTimeoutMillis: 2 * exportTimeoutMs })],
  });
  const tracer = provider.getTracer("bulwark");
  const propagator = new W3CTraceContextPropagator();
  const current = new AsyncLocalStorage<Context>();
  const active = () => current.getStore() ?? ROOT_CONTEXT;

  const start = ({ name, kind, attributes }: SpanStart, headers?: TraceHeaders): Span => {
    const parent = headers ? propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter) : active();
    const span = tracer.startSpan(name, { kind: kinds[kind], attributes }, parent);
    const context = trace.setSpan(parent, span);
    return {
      within: (work) => current.run(context, work),
      end: (outcome) => end(span, outcome),
    };
  };

  return {
    start,
    measure: async (description, work) => {
      if (current.getStore() === undefined) return work();
      const span = start(description);
      try {
        const result = await span.within(work);
        span.end();
        return result;
      } catch (error) {
        span.end({ error: error instanceof Error ? error.name : "Error" });
        throw error;
      }
    },
    traceparent: () => {
      const carrier: { traceparent?: string } = {};
      propagator.inject(active(), carrier, defaultTextMapSetter);
      return carrier.traceparent;
    },
    close: async () => {
      // Where it fails, the exporter has said so.
      const sent = provider.shutdown().catch(() => undefined);
      await Promise.race([sent, pause(closeMs, undefined, { ref: false })]);
    },
  };
}

function end(span: OtelSpan, { attributes = {}, error }: Parameters<Span["end"]>[0] = {}): void {
  span.setAttributes(attributes);
  if (error !== undefined) {
    span.setAttribute("error.type", error).setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

/**
 * The same share of each caller's traces, by their ids: all processes decide alike. A caller can ask not to be recorded; it cannot ask for
 * more, since anybody can send such a header.
 */
function samplerOf(share: number): ParentBasedSampler {
  const root = new TraceIdRatioBasedSampler(share);
  return new ParentBasedSampler({ root, remoteParentSampled: root });
}

/** Logs when the collector begins to fail, and when it takes spans again. */
function reporting(exporter: SpanExporter, logger: Logger): SpanExporter {
  let failing = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const failed = result.code !== ExportResultCode.SUCCESS;
        if (failed && !failing) logger.warn({ err: result.error }, "the collector takes no traces");
        if (!failed && failing) logger.info("the collector takes traces again");
        failing = failed;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
