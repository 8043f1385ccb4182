import { stringify } from "csv-stringify/sync";
import { writeCell } from "../csv.ts";
import { type Booking, booking } from "../schema.ts";

const columns = Object.keys(booking.shape);

/** Bookings as lines of CSV (RFC 4180), with the header before the first ones. */
export const csvLines = (bookings: readonly Booking[], header: boolean): string =>
  stringify([...bookings], {
    columns,
    header,
    record_delimiter: "windows",
    quote_record_delimiter: true,
    cast: { string: writeCell },
  });
