import fc from "fast-check";
import { type Attacks, any, type Scene } from "./attacks.ts";

const nowhere = fc.webPath({ size: "small" }).map((path) => `/nowhere${path}`);
const encoded = fc.array(any("%2e%2e|%2f|%5c|%zz|%|%00|%ff|..|a"), { minLength: 1, maxLength: 50 });
const to = (path: fc.Arbitrary<string>, method = "GET") => path.map((given) => ({ method, path: given }));

/** Bursts of what is cheap to send. */
export const floods = ({ id }: Scene): Attacks => ({
  OPTIONS: [[204, 404], to(fc.oneof(nowhere, any(`/v1/bookings|/v1/bookings/${id}`)), "OPTIONS")],
  HEAD: [[200, 404], to(fc.oneof(nowhere, any("/v1/bookings|/health")), "HEAD")],
  "404": [[404], to(nowhere)],
  "encoded path": [[400, 404], to(encoded.map((parts) => `/${parts.join("/")}`))],
  "no User-Agent": [[200], fc.constant({ headers: { "user-agent": "" } })],
  "published keys": [[200], to(any("/.well-known/jwks.json"))],
  readiness: [[200], to(any("/health|/health/ready|/readiness"))],
  "bad cursor": [
    [400],
    to(
      fc
        .base64String({ minLength: 4, maxLength: 80 })
        .map((text) => `/v1/bookings?cursor=${encodeURIComponent(text)}`),
    ),
  ],
  "long id": [
    [400, 404],
    to(fc.integer({ min: 1, max: 8_000 }).map((length) => `/v1/bookings/${id}${"f".repeat(length)}`)),
  ],
});
