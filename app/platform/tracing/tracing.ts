/** What a span tells, by the names of OpenTelemetry's semantic conventions. It holds no value that a client sent. */
export type Attributes = Readonly<Record<string, string | number>>;

/** What is known of a piece of work at its start. */
export interface SpanStart {
  name: string;
  /** Which side of an exchange it is. */
  kind: "server" | "client" | "producer" | "consumer";
  attributes: Attributes;
}

/** Headers that say where a trace comes from: `traceparent` and `tracestate`, https://www.w3.org/TR/trace-context/ */
export type TraceHeaders = Readonly<Record<string, unknown>>;

/** A piece of work under way. */
export interface Span {
  /** Runs something that belongs to it: spans that start there are below it. */
  within<T>(work: () => T): T;
  /** @param error class of the error, where it failed; never its text, which can hold values. */
  end(outcome?: { attributes?: Attributes; error?: string | undefined }): void;
}

/**
 * Traces (A19), without names of a library. Where they are off there is none of this, and nobody calls it.
 *
 * The few places that speak to others make the spans: requests, statements, commands of Redis, live messages. Instrumentation that
 * patches libraries as they are imported finds none to patch, because the image is one bundled file, and it would record paths and values.
 */
export interface Tracing {
  /** Below the span that the headers name; without any, below the current one; else it begins a trace. */
  start(span: SpanStart, headers?: TraceHeaders): Span;
  /** Runs `work` in a span below the current one. Outside of any span it makes none: nobody asks for a timer's trace. */
  measure<T>(span: SpanStart, work: () => Promise<T>): Promise<T>;
  /** The current span, for a message to another process; undefined outside of any. */
  traceparent(): string | undefined;
  /** Sends what waits, for a moment, and ends. */
  close(): Promise<void>;
}
