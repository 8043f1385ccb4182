import { originOf } from "../audit/origin.ts";
import type { HttpServer } from "../http/server.ts";
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
export function serveBookings(app: HttpServer, bookings: Bookings): void {
  const path = "/v1/bookings";

  app.post(path, { schema: { body: createBooking, response: { 201: booking } } }, async (request, reply) => {
    const created = await bookings.create(originOf(request), request.body);
    reply.code(201).header("location", `${path}/${created.id}`);
    return created;
  });

  app.get(path, { schema: { querystring: listBookings, response: { 200: bookingPage } } }, (request) =>
    bookings.list(request.actor.organisationId, request.query),
  );

  app.get(`${path}/:id`, { schema: { params: bookingId, response: { 200: booking } } }, (request) =>
    bookings.read(request.actor.organisationId, request.params.id),
  );

  app.patch(
    `${path}/:id`,
    { schema: { params: bookingId, body: updateBooking, response: { 200: booking } } },
    (request) => {
      const { version, ...change } = request.body;
      return bookings.update(originOf(request), request.params.id, version, change);
    },
  );

  app.post(
    `${path}/:id/cancel`,
    { schema: { params: bookingId, body: cancelBooking, response: { 200: booking } } },
    (request) => bookings.cancel(originOf(request), request.params.id, request.body.version),
  );
}
