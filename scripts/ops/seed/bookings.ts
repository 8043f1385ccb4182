import { hash } from "node:crypto";
import { defaultOrganisation } from "../../../app/organisations/table.ts";
import { idFromBytes } from "../../../app/platform/ids.ts";
import { at, makePerson } from "./people.ts";

/** The organisations that are filled, and of ten bookings how many each gets. */
export const organisations = [
  { id: defaultOrganisation, name: "Default", share: 6 },
  { id: "00000000-0000-7000-8000-000000000002", name: "Harbour Dental Practice", share: 3 },
  { id: "00000000-0000-7000-8000-000000000003", name: "North Light Studios", share: 1 },
] as const;

/** A booking as it goes into the table. Times are UTC. */
export interface SeededBooking {
  id: string;
  organisationId: string;
  resource: string;
  clientName: string;
  clientEmail: string;
  clientPhone: string;
  notes: string | null;
  startsAt: Date;
  endsAt: Date;
  status: "confirmed" | "cancelled";
  version: number;
  createdAt: Date;
}

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;
const firstMonday = Date.UTC(2026, 0, 5, 8);
const firstMade = Date.UTC(2025, 0, 1);
/** Four bookings of a room on each of 500 workdays; the next ones are of the next room. */
const [perDay, perRoom] = [4, 2_000];
const betweenMs = 120 * minuteMs;
const madeEveryMs = 30_000;
/** With more, the last ones would be made after they begin. */
export const mostBookings = 1_000_000;
const wishes = [
  "By the window, please",
  "First visit",
  "Brings a wheelchair",
  "Comes with a child",
  "Prefers the phone",
];
/** Ten turns, in which each organisation comes as often as its share says, and how many of them it has had before. */
const turns = organisations.flatMap((organisation) =>
  Array.from({ length: organisation.share }, (_, before) => ({ organisation, before })),
);

/**
 * The booking of this number, from 0 on: always the same for the same seed, whatever else is made. Those of a room never overlap:
 * they begin within the first 45 minutes of two hours of their own, and last 75 minutes at most.
 */
export function makeBooking(seed: number, number: number): SeededBooking {
  const { organisation, before } = at(turns, number);
  const own = Math.floor(number / turns.length) * organisation.share + before;
  const random = bytesOf(`${seed} booking ${number}`);
  const client = random.readUInt32BE(0) % (20 + Math.floor(own / 6));
  const person = makePerson(client, bytesOf(`${seed} client ${organisation.id} ${client}`));
  const [startsAt, endsAt] = timesOf(own % perRoom, random);
  const kind = random.readUInt8(6);
  const createdAt = new Date(firstMade + number * madeEveryMs);
  return {
    id: uuidV7(createdAt, random.subarray(16)),
    organisationId: organisation.id,
    resource: `Room ${1 + Math.floor(own / perRoom)}`,
    clientName: person.name,
    clientEmail: person.email,
    clientPhone: person.phone,
    notes: wishes[random.readUInt8(7) % 16] ?? null,
    startsAt,
    endsAt,
    status: kind < 20 ? "cancelled" : "confirmed",
    version: kind < 20 ? 2 : 1,
    createdAt,
  };
}

const timesOf = (place: number, random: Buffer): [startsAt: Date, endsAt: Date] => {
  const workday = Math.floor(place / perDay);
  const day = Math.floor(workday / 5) * 7 + (workday % 5);
  const quarter = 15 * minuteMs;
  const startsAt =
    firstMonday + day * dayMs + (place % perDay) * betweenMs + (random.readUInt8(4) % 4) * quarter;
  return [new Date(startsAt), new Date(startsAt + (2 + (random.readUInt8(5) % 4)) * quarter)];
};

const bytesOf = (text: string): Buffer => hash("sha256", text, "buffer");

/** RFC 9562 section 5.7, of given random bits. */
const uuidV7 = (time: Date, random: Buffer): string => {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(time.getTime(), 0, 6);
  random.copy(bytes, 6, 0, 10);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return idFromBytes(bytes);
};
