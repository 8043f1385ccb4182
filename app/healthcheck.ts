import { paths, ports } from "./contract/endpoints.ts";

/** For Docker's HEALTHCHECK: exit 0 when the server in this container is alive, else 1. The image has no shell and no curl. */
const { HOST = "0.0.0.0", PORT = String(ports.http) } = process.env;
const anyAddress = HOST === "0.0.0.0" || HOST === "::";
const host = anyAddress ? "127.0.0.1" : HOST;
const url = `http://${host.includes(":") ? `[${host}]` : host}:${PORT}${paths.live}`;

try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  process.exitCode = answer.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
