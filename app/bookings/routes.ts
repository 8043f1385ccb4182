import type { HttpServer } from "../http/server.ts";
import type { Writes } from "../idempotency/writes.ts";
import {
  booking,
  bookingId,
  bookingPage,
  cancelBooking,
  createBooking,
  listBookings,
  updateBooking,
} from "./schema.ts";
import type { Bookings } from "./service.ts";

/** The HTTP face of bookings (A11). */
export function serveBookings(app: HttpServer, bookings: Bookings, writes: Writes): void {
  const path = "/v1/bookings";

  app.post(path, { schema: { body: createBooking, response: { 201: booking } } }, (request, reply) =>
    writes.answer(request, reply, {
      status: 201,
      body: booking,
      headers: ({ id }) => ({ location: `${path}/${id}` }),
      work: (transaction) => bookings.create(transaction, request.body),
    }),
  );

  app.get(path, { schema: { querystring: listBookings, response: { 200: bookingPage } } }, (request) =>
    bookings.list(request.actor.organisationId, request.query),
  );

  app.get(`${path}/:id`, { schema: { params: bookingId, response: { 200: booking } } }, (request) =>
    bookings.read(request.actor.organisationId, request.params.id),
  );

  app.patch(
    `${path}/:id`,
    { schema: { params: bookingId, body: updateBooking, response: { 200: booking } } },
    (request, reply) => {
      const { version, ...change } = request.body;
      return writes.answer(request, reply, {
        status: 200,
        body: booking,
        work: (transaction) => bookings.update(transaction, request.params.id, version, change),
      });
    },
  );

  app.post(
    `${path}/:id/cancel`,
    { schema: { params: bookingId, body: cancelBooking, response: { 200: booking } } },
    (request, reply) =>
      writes.answer(request, reply, {
        status: 200,
        body: booking,
        work: (transaction) => bookings.cancel(transaction, request.params.id, request.body.version),
      }),
  );
}
