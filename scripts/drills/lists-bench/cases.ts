import type { BookingFilter } from "../../../app/bookings/schema.ts";
import type { Position } from "../../../app/platform/cursor.ts";
import type { SeededBooking } from "../../ops/seed/bookings.ts";

/** A page of the list. */
export interface Asked {
  filter: BookingFilter;
  after?: Position | undefined;
}

/** What is asked for: `from` is a booking of the organisation, another one each time. */
export type Case = (of: SeededBooking) => Asked;

const page = (filter: Partial<BookingFilter>, after?: SeededBooking): Asked => ({
  filter: { limit: 20, ...filter },
  after: after && { at: after.startsAt, id: after.id },
});
const dayMs = 86_400_000;
const around = ({ startsAt }: SeededBooking, days: number) => ({
  from: startsAt,
  to: new Date(startsAt.getTime() + days * dayMs),
});
const word = (name: string, number: number): string => name.split(" ").at(number) ?? name;

/** Every filter and search, alone and together. */
export const cases: Readonly<Record<string, Case>> = {
  "first page of 20": () => page({}),
  "first page of 100": () => page({ limit: 100 }),
  "deep in the list": (one) => page({}, one),
  "status, deep": (one) => page({ status: "cancelled" }, one),
  "a month": (one) => page(around(one, 30)),
  "status, a month": (one) => page({ ...around(one, 30), status: "cancelled" }),
  resource: ({ resource }) => page({ resource }),
  "resource, status, deep": (one) => page({ resource: one.resource, status: one.status }, one),
  "resource, a month": (one) => page({ ...around(one, 30), resource: one.resource }),
  "nothing there": (one) => page({ resource: "Cellar", from: one.startsAt }),
  "search: whole name": ({ clientName }) => page({ search: clientName }),
  "search: last name (frequent)": ({ clientName }) => page({ search: word(clientName, -1) }),
  "search: last name, deep": (one) => page({ search: word(one.clientName, -1) }, one),
  "search: three letters": ({ clientName }) => page({ search: clientName.slice(0, 3) }),
  "search: one letter": ({ clientName }) => page({ search: clientName.slice(0, 1) }),
  "search: e-mail address": ({ clientEmail }) => page({ search: clientEmail }),
  "search: phone number": ({ clientPhone }) => page({ search: clientPhone }),
  "search: four last digits": ({ clientPhone }) => page({ search: clientPhone.slice(-4) }),
  "search: nothing found": ({ clientName }) => page({ search: `${clientName} the Fifth` }),
  "search, status, a month": (one) =>
    page({ ...around(one, 30), status: "cancelled", search: word(one.clientName, 0) }),
  "search, resource, deep": (one) => page({ resource: one.resource, search: word(one.clientName, 0) }, one),
};
