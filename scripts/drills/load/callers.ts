import type { Call, Exchange } from "./call.ts";
import type { Credentials } from "./credentials.ts";
import { Session } from "./session.ts";

/** What became of the sessions of a load. */
export interface SessionFigures {
  signIns: number;
  refreshes: number;
  /** Answers that told a client who had signed in that it has not: R4 wants none. */
  signedOut: number;
}

/** Sessions of a load, half of them browsers'. */
const sessionCount = 10;
const refreshEveryMs = 5_000;
const visitEveryMs = 1_000;
/** An account takes five attempts at a time; each that succeeds gives its own back. */
const mostVisits = 2;
/** Of the requests: those that come with the API key. */
const keyShare = 0.3;

const ownSession = { name: "GET session", method: "GET", path: "/v1/auth/session", expected: [200] } as const;

/**
 * Who sends a load's requests: a program with an API key, people with sessions that they refresh every few seconds, and visitors
 * who sign in, look at their session and sign out.
 */
export class Callers {
  readonly #ask: (call: Call) => Promise<Exchange>;
  readonly #credentials: Credentials;
  readonly #random: () => number;
  readonly #sessions: Session[] = [];
  /** When each session is to be refreshed (`performance.now()`); those that are being refreshed are not in it. */
  readonly #refreshAt = new Map<Session, number>();
  readonly #figures: SessionFigures = { signIns: 0, refreshes: 0, signedOut: 0 };
  #visitAt = 0;
  #visits = 0;

  constructor(
    ask: (call: Call) => Promise<Exchange>,
    credentials: Credentials,
    random: () => number = Math.random,
  ) {
    this.#ask = ask;
    this.#credentials = credentials;
    this.#random = random;
  }

  get figures(): SessionFigures {
    return this.#figures;
  }

  /** Signs in. @returns what came instead of a session */
  async open(): Promise<string | undefined> {
    const { user } = this.#credentials;
    if (user === undefined) return undefined;
    for (let number = 0; number < sessionCount; number += 1) {
      const session = new Session(this.#ask, number % 2 === 0 ? "cookie" : "body");
      const { failure } = await session.signIn(user);
      if (failure !== undefined) return failure;
      this.#figures.signIns += 1;
      this.#sessions.push(session);
      // Spread over the interval.
      this.#refreshAt.set(session, performance.now() + (refreshEveryMs * (number + 1)) / sessionCount);
    }
    this.#visitAt = performance.now() + visitEveryMs;
    return undefined;
  }

  /** What is to be done for the sessions themselves now; undefined: nothing. */
  due(): (() => Promise<Exchange>) | undefined {
    const now = performance.now();
    for (const [session, at] of this.#refreshAt) {
      if (at > now) continue;
      this.#refreshAt.delete(session);
      return () => this.#refresh(session);
    }
    if (this.#sessions.length === 0 || this.#visitAt > now || this.#visits >= mostVisits) return undefined;
    this.#visitAt = now + visitEveryMs;
    return () => this.#visit();
  }

  /** Sends a call as one of them. */
  async send(call: Call): Promise<Exchange> {
    const session =
      this.#random() < keyShare
        ? undefined
        : this.#sessions[Math.floor(this.#random() * this.#sessions.length)];
    if (session === undefined) return this.#ask(withKey(call, this.#credentials.apiKey));
    return this.#counted(await this.#ask({ ...call, headers: session.headers(call.method) }));
  }

  /** Signs out. */
  async close(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.signOut()));
  }

  async #refresh(session: Session): Promise<Exchange> {
    const exchange = this.#counted(await session.refresh());
    if (exchange.failure === undefined) this.#figures.refreshes += 1;
    // One that was signed out stays so: what comes with its tokens fails from now on, and is counted.
    if (exchange.status !== 401) this.#refreshAt.set(session, performance.now() + refreshEveryMs);
    return exchange;
  }

  async #visit(): Promise<Exchange> {
    const { user } = this.#credentials;
    if (user === undefined) return {};
    this.#visits += 1;
    try {
      const session = new Session(this.#ask, this.#random() < 0.5 ? "cookie" : "body");
      const begun = this.#counted(await session.signIn(user));
      if (begun.failure !== undefined) return begun;
      this.#figures.signIns += 1;
      const seen = this.#counted(await this.#ask({ ...ownSession, headers: session.headers("GET") }));
      return seen.failure === undefined ? await session.signOut() : seen;
    } finally {
      this.#visits -= 1;
    }
  }

  #counted(exchange: Exchange): Exchange {
    if (exchange.status === 401) this.#figures.signedOut += 1;
    return exchange;
  }
}

/** A call as a program sends it. */
export const withKey = (call: Call, apiKey: string): Call => ({
  ...call,
  headers: { authorization: `Bearer ${apiKey}` },
});
