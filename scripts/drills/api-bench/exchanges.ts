import { randomUUID } from "node:crypto";
import type { Exchange } from "./measured.ts";

/** What is asked of every server. */
export type Exchanges = Record<ExchangeName, Exchange>;
export const exchangeNames = ["GET by id", "list of 20", "POST"] as const;
export type ExchangeName = (typeof exchangeNames)[number];

const path = "/v1/bookings";
const minuteMs = 60_000;
/** As many as a room has in a month: a booking is compared with those. */
const bookingsOfResource = 500;

/** @param ids bookings to read. */
export const exchanges = (ids: readonly string[]): Exchanges => {
  let read = 0;
  const run = randomUUID();
  const first = Date.UTC(2029, 0, 1);
  let made = 0;
  return {
    "GET by id": {
      method: "GET",
      path: () => `${path}/${ids[read++ % ids.length]}`,
      status: 200,
    },
    "list of 20": { method: "GET", path: () => `${path}?limit=20`, status: 200 },
    POST: {
      method: "POST",
      path: () => path,
      body: () => {
        const resource = `${run} ${Math.floor(made / bookingsOfResource)}`;
        const start = first + (made++ % bookingsOfResource) * minuteMs;
        return JSON.stringify({
          resource,
          clientName: "Ann Example",
          clientEmail: "ann@example.org",
          clientPhone: "+4915112345678",
          notes: "by the window",
          startsAt: new Date(start).toISOString(),
          endsAt: new Date(start + minuteMs).toISOString(),
        });
      },
      status: 201,
    },
  };
};
