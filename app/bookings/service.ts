import type { AuditedTransaction } from "../audit/trail.ts";
import { invalidField, Problem } from "../http/errors/problem.ts";
import { entityTag } from "../http/preconditions.ts";
import type { Cursors } from "../platform/cursor.ts";
import type { Database } from "../platform/database/database.ts";
import { newId } from "../platform/ids.ts";
import { listBookings } from "./pages.ts";
import {
  changeBooking,
  findBooking,
  findOverlapping,
  insertBooking,
  lockBooking,
  type Place,
} from "./repository.ts";
import {
  type Booking,
  type BookingChange,
  type BookingFilter,
  type BookingInput,
  type BookingPage,
  endFault,
} from "./schema.ts";
import type { BookingStatus } from "./table.ts";

type BookingVerb = "created" | "updated" | "cancelled";

/** Which version of a booking the caller has seen: its number, or a condition on its entity tag; or both. */
export interface Seen {
  version?: number | undefined;
  matches?: ((tag: string) => boolean) | undefined;
}

/** Hears of each change once it is committed. It neither delays nor fails one. */
export interface BookingFeed {
  publish(organisationId: string, message: { type: `booking.${BookingVerb}`; booking: Booking }): void;
}

/** What can be done with bookings. A change gets the transaction that it and its entry in the audit trail are part of. */
export class Bookings {
  readonly #database: Database;
  readonly #cursors: Cursors;
  readonly #feed: BookingFeed;

  constructor(database: Database, cursors: Cursors, feed: BookingFeed) {
    this.#database = database;
    this.#cursors = cursors;
    this.#feed = feed;
  }

  /** @throws Problem `slot_taken` where a confirmed booking of the resource overlaps this one. */
  async create(transaction: AuditedTransaction, input: BookingInput): Promise<Booking> {
    const id = newId();
    await refuseTaken(transaction, id, input);
    const after = await insertBooking(transaction, transaction.origin.organisationId, id, input);
    return this.#changed(transaction, "created", null, after);
  }

  /** @throws Problem `not_found`, also for another organisation's booking: the caller must not learn that it exists. */
  async read(organisationId: string, id: string): Promise<Booking> {
    return (await this.#database.read((db) => findBooking(db, organisationId, id))) ?? notFound();
  }

  /** @throws Problem `validation_failed` for a cursor that this API did not make. */
  async list(organisationId: string, filter: BookingFilter): Promise<BookingPage> {
    const { cursor } = filter;
    const after =
      cursor === undefined ? undefined : (this.#cursors.read(organisationId, cursor) ?? badCursor());
    const { items, next } = await this.#database.read((db) =>
      listBookings(db, organisationId, filter, after),
    );
    return { items, nextCursor: next ? this.#cursors.write(organisationId, next) : null };
  }

  /**
   * @throws Problem, with the current state: `precondition_failed` or `conflict` where the booking is not as it was seen, `conflict`
   * also where it is cancelled. `slot_taken` where it would move onto another confirmed booking.
   */
  async update(
    transaction: AuditedTransaction,
    id: string,
    seen: Seen,
    change: BookingChange,
  ): Promise<Booking> {
    return this.#change(transaction, id, seen, "updated", change);
  }

  /** @throws as `update` does. */
  async cancel(transaction: AuditedTransaction, id: string, seen: Seen): Promise<Booking> {
    return this.#change(transaction, id, seen, "cancelled", { status: "cancelled" });
  }

  async #change(
    transaction: AuditedTransaction,
    id: string,
    seen: Seen,
    verb: BookingVerb,
    change: BookingChange & { status?: BookingStatus },
  ): Promise<Booking> {
    const { organisationId } = transaction.origin;
    const before = (await lockBooking(transaction, organisationId, id)) ?? notFound();
    refuseStale(before, seen);
    const place = moved(before, change);
    if (place) await refuseTaken(transaction, id, place);
    const after = await changeBooking(transaction, before, change);
    return this.#changed(transaction, verb, before, after);
  }

  #changed(
    transaction: AuditedTransaction,
    verb: BookingVerb,
    before: Booking | null,
    booking: Booking,
  ): Booking {
    const { organisationId } = transaction.origin;
    transaction.record({ entity: "booking", entityId: booking.id, verb, before, after: booking });
    transaction.afterCommit(() => this.#feed.publish(organisationId, { type: `booking.${verb}`, booking }));
    return booking;
  }
}

function notFound(): never {
  throw new Problem("not_found", "No such booking.");
}

function badCursor(): never {
  throw invalidField("query", "cursor", "is not a cursor of this list");
}

function refuseStale(current: Booking, { version = current.version, matches }: Seen): void {
  const extensions = { current };
  const etag = entityTag(current.version);
  if (matches?.(etag) === false) {
    throw new Problem("precondition_failed", `The booking has changed: its ETag is ${etag}.`, {
      extensions,
      headers: { etag },
    });
  }
  if (current.version !== version) {
    const detail = `The booking has changed: you have version ${version}, it is at version ${current.version}.`;
    throw new Problem("conflict", detail, { extensions });
  }
  if (current.status === "cancelled") {
    throw new Problem("conflict", "The booking is cancelled and can no longer be changed.", { extensions });
  }
}

/** Where a change moves the booking; undefined where it stays. The change may name only one of the two times. */
function moved(current: Booking, change: BookingChange): Place | undefined {
  const { resource = current.resource } = change;
  const startsAt = change.startsAt ?? new Date(current.startsAt);
  const endsAt = change.endsAt ?? new Date(current.endsAt);
  const stays =
    resource === current.resource &&
    startsAt.getTime() === Date.parse(current.startsAt) &&
    endsAt.getTime() === Date.parse(current.endsAt);
  if (stays) return undefined;
  const fault = endFault({ startsAt, endsAt });
  if (fault !== undefined) throw invalidField("body", "endsAt", fault);
  return { resource, startsAt, endsAt };
}

async function refuseTaken(transaction: AuditedTransaction, id: string, place: Place): Promise<void> {
  const taken = await findOverlapping(transaction, transaction.origin.organisationId, id, place);
  if (taken === undefined) return;
  const { resource } = place;
  const detail = `"${resource}" is booked from ${taken.startsAt} to ${taken.endsAt} (booking ${taken.id}).`;
  throw new Problem("slot_taken", detail, { extensions: { taken: { ...taken, resource } } });
}
