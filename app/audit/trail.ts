import type { DatabaseAccess } from "../platform/database/database.ts";
import type { Connection } from "../platform/database/statement.ts";
import { newId } from "../platform/ids.ts";
import { EntriesDigest, type Entry, type Head, nextHead } from "./chain.ts";
import { beginChain, type InsertLink, linkInserter, lockHead, moveHead } from "./repository.ts";

/** Who is doing something, and in which request. */
export interface Origin {
  organisationId: string;
  actor: string;
  requestId: string;
}

export interface Change {
  entity: string;
  entityId: string;
  /** The verb, in the past: "created". */
  verb: string;
  /** The state before and after; null where there is no row. */
  before: object | null;
  after: object | null;
}

/** The audit trail, in a schema of its own (A14), and the only way to change an organisation's data. */
export class AuditTrail {
  readonly #database: DatabaseAccess;
  readonly #insertLink: InsertLink;

  constructor(database: DatabaseAccess) {
    this.#database = database;
    this.#insertLink = linkInserter(database.auditSchema);
  }

  /** Records that personal data is about to be read by somebody who did not give it: what was asked for, not what was answered. */
  recordRead(
    origin: Origin,
    { asked, ...read }: Omit<Change, "before" | "after"> & { asked: object },
  ): Promise<void> {
    return this.change(origin, async (transaction) =>
      transaction.record({ ...read, before: null, after: asked }),
    );
  }

  /**
   * Runs a change of an organisation's data in one transaction with the entries that it records: one is never there without the other.
   * It runs when no other change of this organisation does, on any replica, so it may read what it goes by without a lock; changes of
   * other organisations do not wait for it. Every change takes this lock first, so two can't deadlock.
   *
   * `work` may run more than once, as with `DatabaseAccess.transaction`.
   * @param prepare runs first in the same transaction, while others still write. It may add rows that nobody else knows, which take long
   *   to add, and must not read: that would settle what `work` sees.
   */
  async change<T>(
    origin: Origin,
    work: (transaction: AuditedTransaction) => Promise<T>,
    prepare?: (transaction: Connection) => Promise<void>,
  ): Promise<T> {
    const { organisationId } = origin;
    const run = () =>
      this.#database.transaction(async (transaction) => {
        await prepare?.(transaction);
        const head = await lockHead(transaction, organisationId);
        if (head === undefined) throw new NoChainError(organisationId);
        const audited = new AuditedTransaction(transaction, origin, head);
        const result = await work(audited);
        await audited.finish(this.#insertLink);
        return { result, audited };
      }, organisationId);
    const { result, audited } = await run().catch(async (error: unknown) => {
      if (!(error instanceof NoChainError)) throw error;
      // An organisation that something else than a migration has made. Its chain begins outside of a transaction that has looked for it,
      // because a lock on a row that is not there lets others have it too.
      await this.#database.transaction((db) => beginChain(db, organisationId));
      return run();
    });
    audited.committed();
    return result;
  }
}

/** A transaction that has its organisation's data to itself, and records what it does. */
export class AuditedTransaction implements Connection {
  readonly origin: Origin;
  readonly #connection: Connection;
  readonly #before: Head;
  readonly #entries: Entry[] = [];
  readonly #afterCommit: (() => void)[] = [];
  #head: Head;

  constructor(connection: Connection, origin: Origin, head: Head) {
    this.origin = origin;
    this.#connection = connection;
    this.#before = head;
    this.#head = head;
  }

  run(sql: string, values: unknown[]): Promise<readonly unknown[]> {
    return this.#connection.run(sql, values);
  }

  /** Adds an entry, which is written when the transaction ends. All entries of a transaction are one link of the chain. */
  record({ entity, entityId, verb, before, after }: Change): void {
    const { organisationId, actor, requestId } = this.origin;
    this.#entries.push({
      id: newId(),
      organisationId,
      occurredAt: new Date().toISOString(),
      actor,
      action: `${entity}.${verb}`,
      entity,
      entityId,
      before,
      after,
      requestId,
    });
  }

  /**
   * Adds a link for entries that the caller writes itself, because they are too many to hold. `entries` has digested them as `Entry`s,
   * in their order. The caller inserts all of them in this transaction with `link` = the returned number, `position` = 1, 2, …, and
   * `link_hash` = the returned hash on the last one, null on the others.
   */
  link(entries: EntriesDigest): Head {
    this.#head = nextHead(this.#head, entries.digest());
    return this.#head;
  }

  /** Has something done once this is committed, and not at all where it is not, such as telling others. It must not throw. */
  afterCommit(work: () => void): void {
    this.#afterCommit.push(work);
  }

  committed(): void {
    for (const work of this.#afterCommit) work();
  }

  /** Writes what was recorded and moves the chain's head. */
  async finish(insertLink: InsertLink): Promise<void> {
    if (this.#entries.length > 0) {
      const digest = new EntriesDigest();
      for (const entry of this.#entries) digest.add(entry);
      await insertLink(this, this.link(digest), this.#entries);
    }
    if (this.#head === this.#before) return;
    await moveHead(this, this.origin.organisationId, this.#head);
  }
}

class NoChainError extends Error {
  constructor(organisationId: string) {
    super(`There is no organisation ${organisationId}.`);
    this.name = "NoChainError";
  }
}
