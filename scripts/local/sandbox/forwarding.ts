import { randomBytes } from "node:crypto";
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

/** Headers that concern one connection and are not passed on (RFC 9110, 7.6.1; RFC 9113, 8.2.2). */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

export interface Caller {
  address: string;
  scheme: "http" | "https";
  port: number;
}

/**
 * Headers for the pod, as an Application Load Balancer sends them: the caller's address appended to X-Forwarded-For, the
 * scheme and port put in place of what the caller sent, a trace id; everything else as it came.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
 */
export const requestHeaders = (headers: IncomingHttpHeaders, caller: Caller): OutgoingHttpHeaders => {
  const passed = endToEnd(headers);
  const before = headers["x-forwarded-for"];
  passed["x-forwarded-for"] = before ? `${String(before)}, ${caller.address}` : caller.address;
  passed["x-forwarded-proto"] = caller.scheme;
  passed["x-forwarded-port"] = String(caller.port);
  passed["x-amzn-trace-id"] ??= traceId();
  const authority = headers[":authority"];
  if (typeof authority === "string") passed.host ??= authority;
  return passed;
};

/** Headers for the caller: what the pod said, without what concerned the connection to it. */
export const responseHeaders = (headers: IncomingHttpHeaders): OutgoingHttpHeaders => endToEnd(headers);

const endToEnd = (headers: IncomingHttpHeaders): OutgoingHttpHeaders => {
  const named = String(headers.connection ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  const passed: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    // A name with a colon is a field of HTTP/2 itself.
    if (name.startsWith(":") || hopByHop.has(name) || named.includes(name)) continue;
    passed[name] = value;
  }
  return passed;
};

/** `Root=1-<seconds in hex>-<96 random bits>`. */
const traceId = (): string =>
  `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString("hex")}`;
