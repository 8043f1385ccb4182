import { hash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import * as z from "zod";
import { canonicalJson } from "../audit/chain.ts";
import { originOf } from "../audit/origin.ts";
import type { AuditedTransaction, AuditTrail } from "../audit/trail.ts";
import { Problem } from "../http/errors/problem.ts";
import { routeLine } from "../http/route-table.ts";
import type { DatabaseAccess } from "../platform/database/database.ts";
import type { Connection } from "../platform/database/statement.ts";
import { toDatabaseTime } from "../platform/database/times.ts";
import { idToBytes } from "../platform/ids.ts";
import { keyIn } from "./key.ts";
import { findKey, insertKey, type KeyScope, removeExpired } from "./repository.ts";

/** A write that a request asks for, and how it is answered. */
export interface Write<Body> {
  /** Status of the answer. */
  status: number;
  /** Schema of the answer's body: nothing else of it is stored. */
  body: z.ZodType<Body>;
  /** The answer's own headers. */
  headers?(body: Body): Record<string, string>;
  /** What tells two requests with one key apart, besides method, URL and If-Match. Default: the parsed body. */
  sent?: unknown;
  /** Does it. It may run more than once, each time from the beginning: see `AuditTrail.change`. */
  work(transaction: AuditedTransaction): Promise<Body>;
  /** What is done first: see `AuditTrail.change`. It is undone where the request turns out to be a repetition. */
  prepare?: ((transaction: Connection) => Promise<void>) | undefined;
}

/** What a write needs of Fastify's reply. */
interface Reply {
  code(status: number): unknown;
  headers(values: Record<string, string>): unknown;
  serializer(text: () => string): unknown;
}

type Request = Pick<FastifyRequest, "actor" | "id" | "method" | "url" | "headers" | "body" | "routeOptions">;

/** Every so many stored answers, twice as many expired ones are removed: no job does it, and they cannot pile up. */
const removedEvery = 50;

/**
 * Writes as requests ask for them (A12). With an Idempotency-Key the answer is stored in the write's own transaction, so a crash leaves
 * both or neither. The same request with the same key gets the stored answer; it waits where the first one is still under way, on
 * whichever replica, because both are changes of one organisation. What was refused or failed is not stored, and may be tried again.
 */
export class Writes {
  readonly #database: DatabaseAccess;
  readonly #audit: AuditTrail;
  readonly #keptMs: number;
  #stored = 0;

  /** @param keptSeconds how long an answer is stored */
  constructor(database: DatabaseAccess, audit: AuditTrail, keptSeconds: number) {
    this.#database = database;
    this.#audit = audit;
    this.#keptMs = keptSeconds * 1_000;
  }

  /**
   * Does a write and sets status and headers of its answer.
   * @returns the answer's body, the stored one where the request is a repetition.
   * @throws Problem `validation_failed` for a bad key, `idempotency_key_reused` where the key belongs to another request; whatever
   *   `work` throws.
   */
  async answer<Body>(request: Request, reply: Reply, write: Write<Body>): Promise<Body> {
    const key = keyIn(request.headers["idempotency-key"]);
    const { body, headers, status, stored } =
      key === undefined
        ? await this.#audit.change(
            originOf(request),
            async (transaction) => answerOf(write, transaction),
            write.prepare,
          )
        : await this.#once(request, key, write);
    reply.code(status);
    reply.headers(headers);
    if (stored !== undefined) {
      // As it was stored, even if the schema has changed since: another release may have answered it.
      reply.headers({ "content-type": "application/json; charset=utf-8", "idempotency-replayed": "true" });
      reply.serializer(() => stored);
    }
    return body;
  }

  async #once<Body>(request: Request, key: string, write: Write<Body>): Promise<Answer<Body>> {
    const scope: KeyScope = {
      organisation_id: idToBytes(request.actor.organisationId),
      caller: request.actor.name,
      route: routeLine({ method: request.method, url: request.routeOptions.url ?? "" }),
      key_hash: hash("sha256", key, "buffer"),
    };
    const asked = hash("sha256", requestText(request, write), "buffer");
    let repeated: Answer<Body> | undefined;
    const work = async (transaction: AuditedTransaction): Promise<Answer<Body>> => {
      const now = new Date();
      const [stored] = await findKey(transaction, { ...scope, now: toDatabaseTime(now) });
      if (stored !== undefined) {
        if (!asked.equals(stored.request_hash)) throw reused();
        const headers = storedHeaders.parse(JSON.parse(stored.headers));
        const body = z.custom<Body>().parse(JSON.parse(stored.body));
        repeated = { status: stored.status, headers, body, stored: stored.body };
        throw new Error("a repetition: undo what was prepared");
      }
      const answer = await answerOf(write, transaction);
      await insertKey(transaction, {
        ...scope,
        request_hash: asked,
        status: answer.status,
        headers: JSON.stringify(answer.headers),
        body: JSON.stringify(write.body.parse(answer.body)),
        created_at: toDatabaseTime(now),
        expires_at: toDatabaseTime(new Date(now.getTime() + this.#keptMs)),
      });
      return answer;
    };
    try {
      const answer = await this.#audit.change(originOf(request), work, write.prepare);
      this.#removeSome();
      return answer;
    } catch (error) {
      if (repeated === undefined) throw error;
      return repeated;
    }
  }

  /** Beside the request, which does not wait for it; what it does not get done, a later one does. */
  #removeSome(): void {
    if (++this.#stored % removedEvery !== 0) return;
    const now = toDatabaseTime(new Date());
    this.#database.transaction((db) => removeExpired(db, now, 2 * removedEvery)).catch(() => undefined);
  }
}

interface Answer<Body> {
  status: number;
  headers: Record<string, string>;
  body: Body;
  /** Text of the body, where it is a stored one. */
  stored?: string;
}

const storedHeaders = z.record(z.string(), z.string());

async function answerOf<Body>(write: Write<Body>, transaction: AuditedTransaction): Promise<Answer<Body>> {
  const body = await write.work(transaction);
  return { status: write.status, headers: write.headers?.(body) ?? {}, body };
}

const requestText = <Body>({ method, url, headers, body }: Request, { sent = body }: Write<Body>): string =>
  canonicalJson([method, url, headers["if-match"] ?? null, sent]);

const reused = () =>
  new Problem("idempotency_key_reused", "This Idempotency-Key was sent with another request. Use a new one.");
