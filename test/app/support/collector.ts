import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import protobuf from "protobufjs";
import { afterAll } from "vitest";
import * as z from "zod";

/** OpenTelemetry's own definitions, as published: https://github.com/open-telemetry/opentelemetry-proto at ac2c4b5d. */
const definitions = new protobuf.Root();
definitions.resolvePath = (_origin, target) => join(import.meta.dirname, target);
await definitions.load("opentelemetry/proto/collector/trace/v1/trace_service.proto");
const exported = definitions.lookupType("opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest");

const attributes = z
  .array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) }))
  .transform((all) => Object.fromEntries(all.map(({ key, value }) => [key, Object.values(value)[0]])));
const id = z.string().transform((base64) => Buffer.from(base64, "base64").toString("hex"));
const span = z.object({
  traceId: id,
  spanId: id,
  parentSpanId: id.default(""),
  traceState: z.string().default(""),
  name: z.string(),
  kind: z.string().transform((kind) => kind.replace("SPAN_KIND_", "").toLowerCase()),
  startTimeUnixNano: z.string().transform(BigInt),
  attributes: attributes.default({}),
  status: z.object({ code: z.string().optional() }).optional(),
});
const request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(z.object({ spans: z.array(span) })),
    }),
  ),
});
export type CollectedSpan = z.infer<typeof span>;

/** A collector of traces: takes OTLP by HTTP at `url`. It ends with the file. */
export async function withCollector() {
  const spans: CollectedSpan[] = [];
  const bodies: Buffer[] = [];
  const resources: Record<string, unknown>[] = [];
  const server = createServer(async (incoming, answer) => {
    const body = await buffer(incoming);
    const { url, headers } = incoming;
    if (url !== "/v1/traces" || headers["content-type"] !== "application/x-protobuf") {
      return answer.writeHead(400).end();
    }
    const decoded = exported.decode(body);
    const plain = exported.toObject(decoded, { longs: String, enums: String, bytes: String });
    for (const { resource, scopeSpans } of request.parse(plain).resourceSpans) {
      resources.push(resource.attributes);
      spans.push(...scopeSpans.flatMap((scope) => scope.spans));
    }
    bodies.push(body);
    answer.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  afterAll(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, spans, bodies, resources };
}

/** One trace as text: a line for each span, below the one that it is part of, in the order in which they began. */
export function traceText(spans: readonly CollectedSpan[], traceId: string): string {
  const ofTrace = spans.filter((one) => one.traceId === traceId);
  const known = new Set(ofTrace.map(({ spanId }) => spanId));
  const below = (parentId: string | undefined, depth: number): string[] =>
    ofTrace
      .filter(({ parentSpanId }) => (known.has(parentSpanId) ? parentSpanId : undefined) === parentId)
      .sort((one, other) => (one.startTimeUnixNano < other.startTimeUnixNano ? -1 : 1))
      .flatMap((one) => [`${"  ".repeat(depth)}${one.kind} ${one.name}`, ...below(one.spanId, depth + 1)]);
  return below(undefined, 0).join("\n");
}
