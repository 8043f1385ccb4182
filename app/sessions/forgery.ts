import type { Credentials } from "../http/actor.ts";
import { Problem } from "../http/errors/problem.ts";
import { idToBytes } from "../platform/ids.ts";
import type { Signer } from "../platform/signer.ts";

const purpose = "csrf";
const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

export interface ForgeryOptions {
  /** Signs with the key of CSRF tokens. */
  signer: Signer;
  /** Origins of pages that may use the API with cookies. */
  origins: readonly string[];
  /** The API's own host; without it the host that a request names. */
  publicHost: string | undefined;
}

/**
 * Keeps other sites' pages from using a browser's cookies (ASVS 3.5.1): an unsafe request must come from an allowed page, and
 * carry a token that only such a page can have read.
 */
export class ForgeryGuard {
  readonly #signer: Signer;
  readonly #origins: ReadonlySet<string>;
  readonly #own: string | undefined;

  constructor({ signer, origins, publicHost }: ForgeryOptions) {
    this.#signer = signer;
    this.#origins = new Set(origins);
    // As browsers write it: in small letters, without the port that HTTPS has anyway.
    this.#own = publicHost && new URL(`https://${publicHost}`).origin;
  }

  /** The token of a session. It is the same as long as the key is in force, in every tab. */
  tokenOf(sessionId: string): string {
    return this.#signer.sign(purpose, idToBytes(sessionId)).toString("base64url");
  }

  /** @throws Problem `origin_refused` or `csrf_refused` for an unsafe request with cookies that no page of ours sent. */
  check(request: Credentials, sessionId: string): void {
    if (safeMethods.has(request.method)) return;
    this.requireOwnOrigin(request);
    const given = request.headers["x-csrf-token"];
    const bytes = Buffer.from(typeof given === "string" ? given : "", "base64url");
    if (this.#signer.isSigned(purpose, idToBytes(sessionId), bytes)) return;
    throw new Problem("csrf_refused", "Send the session's token in x-csrf-token.");
  }

  /** @throws Problem `origin_refused` for a request that a page of another site sent. */
  requireOwnOrigin({ headers, protocol, host }: Credentials): void {
    const { origin, "sec-fetch-site": site } = headers;
    if (origin !== undefined) {
      const own = this.#own ?? `${protocol}://${host}`;
      if (origin === own || this.#origins.has(origin) || this.#origins.has("*")) return;
    } else if (site === undefined || site === "same-origin" || site === "none") return;
    throw new Problem("origin_refused", "A page of another site sent this.");
  }
}
