import type { SpanStart, TraceHeaders, Tracing } from "../platform/tracing/tracing.ts";
import type { LiveMessage } from "./schema.ts";

const messageSpan = (kind: "producer" | "consumer", operation: "send" | "process"): SpanStart => ({
  name: `${operation} live`,
  kind,
  attributes: {
    "messaging.system": "redis",
    "messaging.operation.name": operation,
    "messaging.operation.type": operation,
    "messaging.destination.name": "live",
  },
});
const sending = messageSpan("producer", "send");
const telling = messageSpan("consumer", "process");

/** Sends a message that carries its span on, to the replicas and the clients; one outside of any request carries none. */
export const sendTraced = (
  tracing: Tracing,
  message: LiveMessage,
  send: (message: LiveMessage) => Promise<void>,
): Promise<void> =>
  tracing.measure(sending, () => {
    const traceparent = tracing.traceparent();
    return send(traceparent === undefined ? message : { ...message, traceparent });
  });

/** Tells the clients of this replica, in a span below the sender's. @param text the message. */
export function tellTraced(tracing: Tracing, text: string, tell: () => number): void {
  const headers = headersOf(text);
  if (headers === undefined) return void tell();
  const span = tracing.start(telling, headers);
  span.end({ attributes: { "bulwark.live.sockets": span.within(tell) } });
}

/** The message is JSON of ours: this is its last member. */
function headersOf(text: string): TraceHeaders | undefined {
  const [, traceparent] = /,"traceparent":"([\da-f-]{55})"\}$/.exec(text) ?? [];
  return traceparent === undefined ? undefined : { traceparent };
}
