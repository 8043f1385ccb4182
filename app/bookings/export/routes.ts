import { originOf } from "../../audit/origin.ts";
import { sendFile } from "../../http/send-file.ts";
import type { HttpServer } from "../../http/server.ts";
import { Slots } from "../../http/slots.ts";
import { exportBookings } from "../schema.ts";
import type { BookingExports } from "./service.ts";

/** Longest export, milliseconds. */
const longestMs = 600_000;

/** The HTTP face of exports (A13). */
export function serveExports(app: HttpServer, exports: BookingExports): void {
  const slots = new Slots("exports", { each: 2, all: 8 });
  // HEAD would read all of it, and send nothing.
  const options = { exposeHeadRoute: false, schema: { querystring: exportBookings } };
  app.get("/v1/bookings/export", options, async (request, reply) => {
    const done = slots.take(request.actor.organisationId);
    const timer = setTimeout(() => reply.raw.destroy(), longestMs).unref();
    reply.raw.once("close", () => {
      clearTimeout(timer);
      done();
    });
    const lines = await exports.export(originOf(request), request.query);
    const name = `bookings-${new Date().toISOString().slice(0, 10)}.csv`;
    return sendFile(reply, { name, type: "text/csv; charset=utf-8; header=present" }, lines);
  });
}
