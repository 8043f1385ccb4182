import { originOf } from "../../audit/origin.ts";
import { sendFile } from "../../http/send-file.ts";
import type { HttpServer } from "../../http/server.ts";
import { exportSlots } from "../../http/slots.ts";
import { exportBookings } from "../schema.ts";
import type { BookingExports } from "./service.ts";

/** The HTTP face of exports (A13). */
export function serveExports(app: HttpServer, exports: BookingExports): void {
  const slots = exportSlots();
  // HEAD would read all of it, and send nothing.
  const options = { exposeHeadRoute: false, schema: { querystring: exportBookings } };
  app.get("/v1/bookings/export", options, async (request, reply) => {
    slots.takeForFile(reply);
    const lines = await exports.export(originOf(request), request.query);
    const name = `bookings-${new Date().toISOString().slice(0, 10)}.csv`;
    return sendFile(reply, { name, type: "text/csv; charset=utf-8; header=present" }, lines);
  });
}
