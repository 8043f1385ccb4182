import { Resolver, lookup as systemLookup } from "node:dns/promises";
import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { hostOf, isPublicAddress, receiverFault } from "./address.ts";

/** What came of one attempt: the status of the receiver's answer, or why there was none. */
export interface Attempt {
  status: number | null;
  error: string | null;
  /** How long the receiver wants to be left alone. */
  retryAfterSeconds: number;
}

export interface SenderOptions {
  /** Receivers on this machine, on any port: for the sandbox and for tests. */
  local: boolean;
  /** Authorities that receivers' certificates are from, PEM. Default: Node's own, and those of NODE_EXTRA_CA_CERTS. */
  ca?: string[] | undefined;
  /** All addresses of a name. Default: what DNS says, IPv4 and IPv6; where `local`, what this machine says, which knows its own names. */
  resolve?: (name: string) => Promise<string[]>;
  /** Whether something may be sent to an address. Default: to those on the internet, and where `local`, to all. */
  allows?: (address: string) => boolean;
  /** Longest time for an attempt, milliseconds. Default 15,000: the specification advises 15 to 30 s. */
  timeoutMs?: number;
}

/** More of an answer is not read, and nothing of it is kept. */
const mostAnswerBytes = 16_384;
const longestRetryAfterSeconds = 3_600;

/** Why nothing was sent. */
class RefusedReceiver extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/**
 * Sends to receivers that tenants name, and so to nobody in this network: https only, no redirect is followed, a name is resolved once for
 * each attempt and the connection goes to those addresses, all of which must be on the internet.
 */
export class Sender {
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Posts JSON. Never throws. @param stop ends it early */
  async post(
    url: string,
    headers: Record<string, string>,
    body: string,
    stop: AbortSignal,
  ): Promise<Attempt> {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(this.#options.timeoutMs ?? 15_000)]);
    try {
      const lookup = await withSignal(this.#pinned(url), signal);
      const response = await this.#request(url, headers, body, lookup, signal);
      await readSome(response);
      return { status: response.statusCode ?? 0, error: null, retryAfterSeconds: retryAfter(response) };
    } catch (error) {
      return {
        status: null,
        error: signal.aborted ? "timeout" : codeOf(error).slice(0, 64),
        retryAfterSeconds: 0,
      };
    }
  }

  /** A look-up that answers with what was judged, so that a second question to DNS cannot get another answer. */
  async #pinned(text: string): Promise<LookupFunction> {
    const {
      local,
      resolve = local ? resolveLocally : resolveName,
      allows = local ? () => true : isPublicAddress,
    } = this.#options;
    // Judged when it was given, too; the rules may have become stricter since.
    if (receiverFault(text, local) !== undefined) throw new RefusedReceiver("refused_url");
    const host = hostOf(new URL(text));
    const addresses = isIP(host) === 0 ? await resolve(host) : [host];
    if (addresses.length === 0) throw new RefusedReceiver("no_address");
    if (!addresses.every(allows)) throw new RefusedReceiver("refused_address");
    const found = addresses.map((address) => ({ address, family: isIP(address) }));
    const [{ address, family } = { address: "", family: 0 }] = found;
    return (_name, { all }, done) => (all ? done(null, found) : done(null, address, family));
  }

  #request(
    url: string,
    headers: Record<string, string>,
    body: string,
    lookup: LookupFunction,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const { ca } = this.#options;
    const options = { method: "POST", agent: false, lookup, signal, ...(ca && { ca }) } as const;
    return new Promise((resolve, reject) => {
      const sent = {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        "user-agent": "Bulwark-Webhooks/1",
        ...headers,
      };
      httpsRequest(url, { ...options, headers: sent })
        .on("response", resolve)
        .on("error", reject)
        .end(body);
    });
  }
}

const resolver = new Resolver({ timeout: 2_000, tries: 2 });

/** Asks DNS itself: getaddrinfo would block one of four threads, and try the cluster's own domains. */
async function resolveName(name: string): Promise<string[]> {
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
}

const resolveLocally = async (name: string): Promise<string[]> =>
  (await systemLookup(name, { all: true })).map(({ address }) => address);

/** The status has decided already: an answer that breaks off, or never ends, changes nothing. */
async function readSome(response: IncomingMessage): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of response) {
      bytes += Buffer.byteLength(chunk);
      if (bytes > mostAnswerBytes) break;
    }
  } catch {}
}

function retryAfter({ headers }: IncomingMessage): number {
  const given = headers["retry-after"] ?? "";
  return /^\d{1,9}$/.test(given) ? Math.min(Number(given), longestRetryAfterSeconds) : 0;
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "failed";

function withSignal<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}
