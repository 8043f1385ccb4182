import fc from "fast-check";
import { type Attacks, any, booking, type Scene } from "./attacks.ts";

/** What a header may hold. */
const visible = fc.string({ minLength: 1, maxLength: 300 }).map((text) => text.replace(/[^!-~]/g, "x"));
const base64url = (value: string) => Buffer.from(value).toString("base64url");
const claims = { iss: "urn:bulwark:sandbox", aud: "urn:bulwark:sandbox", role: "admin", exp: 4e9 };
/** Tokens of nobody's, with headers that have misled libraries. */
const token = fc
  .tuple(any("none|None|HS256|EdDSA|RS256|"), any("at+jwt|JWT|"), fc.jsonValue(), visible)
  .map(([alg, typ, more, signature]) => {
    const payload = { ...claims, sub: more, org: more };
    return [
      base64url(JSON.stringify({ alg, typ, kid: more })),
      base64url(JSON.stringify(payload)),
      signature,
    ];
  })
  .map((parts) => parts.join("."));
const cookie = any("__Host-access|__Secure-refresh|__Host-device|__host-access|access");

/** Credentials that are none, and what is sent to those who hand them out. */
export const credentials = (scene: Scene): Attacks => {
  const body = JSON.stringify(booking(scene));
  const header = (name: string, values: fc.Arbitrary<string>) =>
    fc
      .tuple(values, fc.boolean())
      .map(([value, writes]) =>
        writes ? { method: "POST", body, headers: { [name]: value } } : { headers: { [name]: value } },
      );
  const post = (path: string, sent: fc.Arbitrary<unknown>) =>
    sent.map((given) => ({ method: "POST", path, body: JSON.stringify(given) }));
  const email = fc.uuid().map((text) => `${text}@example.com`);
  const password = fc.oneof(visible, fc.string({ unit: "grapheme", maxLength: 300 }), fc.jsonValue());
  const digit = fc
    .tuple(fc.nat(scene.apiKey.length - 1), any("0|f|_|"))
    .map(([at, letter]) => scene.apiKey.slice(0, at) + letter + scene.apiKey.slice(at + 1))
    .filter((key) => key !== scene.apiKey);
  return {
    "no credential": [[401], fc.constant({})],
    "a bearer token": [
      [401],
      header(
        "authorization",
        visible.map((text) => `Bearer ${text}`),
      ),
    ],
    "a forged token": [
      [401],
      header(
        "authorization",
        token.map((text) => `Bearer ${text}`),
      ),
    ],
    "a key with a letter changed": [
      [401],
      header(
        "authorization",
        digit.map((key) => `Bearer ${key}`),
      ),
    ],
    "another scheme": [[401], header("authorization", visible)],
    "a cookie": [
      [400, 401],
      header(
        "cookie",
        fc.tuple(cookie, fc.oneof(token, visible)).map((pair) => pair.join("=")),
      ),
    ],
    "sign-in": [[400, 401], post("/v1/auth/sign-in", fc.record({ email, password }, { requiredKeys: [] }))],
    refresh: [
      [400, 401],
      post("/v1/auth/refresh", fc.oneof(fc.record({ refreshToken: visible }), fc.jsonValue())),
    ],
    invitation: [
      [400],
      post("/v1/auth/accept-invitation", fc.record({ token: visible, password }, { requiredKeys: [] })),
    ],
  };
};
