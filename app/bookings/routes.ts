import type { FastifyRequest } from "fastify";
import * as z from "zod";
import { Problem } from "../http/errors/problem.ts";
import { entityTag, ifMatch, isKnown } from "../http/preconditions.ts";
import type { HttpServer } from "../http/server.ts";
import type { Writes } from "../idempotency/writes.ts";
import {
  type Booking,
  booking,
  bookingId,
  bookingPage,
  cancelBooking,
  createBooking,
  listBookings,
  updateBooking,
} from "./schema.ts";
import type { Bookings, Seen } from "./service.ts";

/** The HTTP face of bookings (A11). */
export function serveBookings(app: HttpServer, bookings: Bookings, writes: Writes): void {
  const path = "/v1/bookings";

  app.post(path, { schema: { body: createBooking, response: { 201: booking } } }, (request, reply) =>
    writes.answer(request, reply, {
      status: 201,
      body: booking,
      headers: ({ id, version }) => ({ location: `${path}/${id}`, etag: entityTag(version) }),
      work: (transaction) => bookings.create(transaction, request.body),
    }),
  );

  app.get(path, { schema: { querystring: listBookings, response: { 200: bookingPage } } }, (request) =>
    bookings.list(request.actor.organisationId, request.query),
  );

  app.get(
    `${path}/:id`,
    { schema: { params: bookingId, response: { 200: booking, 304: z.undefined() } } },
    async (request, reply) => {
      const found = await bookings.read(request.actor.organisationId, request.params.id);
      const tag = entityTag(found.version);
      reply.header("etag", tag);
      return isKnown(request.headers, tag) ? reply.code(304).send(undefined) : found;
    },
  );

  app.patch(
    `${path}/:id`,
    { schema: { params: bookingId, body: updateBooking, response: { 200: booking } } },
    (request, reply) => {
      const { version, ...change } = request.body;
      const seen = seenBy(request, version);
      return writes.answer(request, reply, {
        status: 200,
        body: booking,
        headers: tagOf,
        work: (transaction) => bookings.update(transaction, request.params.id, seen, change),
      });
    },
  );

  app.post(
    `${path}/:id/cancel`,
    { schema: { params: bookingId, body: cancelBooking, response: { 200: booking } } },
    (request, reply) => {
      const seen = seenBy(request, request.body?.version);
      return writes.answer(request, reply, {
        status: 200,
        body: booking,
        headers: tagOf,
        work: (transaction) => bookings.cancel(transaction, request.params.id, seen),
      });
    },
  );
}

const tagOf = ({ version }: Booking) => ({ etag: entityTag(version) });

/**
 * Which version of a booking a change is for, by If-Match or by the body.
 * @throws Problem `precondition_required` where the request does not say: it could undo what its sender has not seen
 */
function seenBy({ headers }: Pick<FastifyRequest, "headers">, version: number | undefined): Seen {
  const matches = ifMatch(headers);
  if (matches !== undefined || version !== undefined) return { version, matches };
  throw new Problem(
    "precondition_required",
    "Send the version of the booking that you have seen: its ETag as If-Match, or version in the body.",
  );
}
