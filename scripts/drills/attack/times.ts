import fc from "fast-check";
import { type Attacks, any, booking, type Scene, sent } from "./attacks.ts";

const dayMs = 86_400_000;
const moment = (from: number, to: number) =>
  fc.integer({ min: from, max: to }).map((at) => new Date(at).toISOString());
const offset = any("Z|z|+00:00|-00:00|+14:00|-14:00|+23:59|-23:59|+24:00|+05:45|+0100|+1|");
/** Moments at which calendars, clocks and databases differ. */
const edge = fc.oneof(
  any("0000-01-01T00:00:00|0001-01-01T00:00:00|0099-12-31T23:59:59|1582-10-10T00:00:00|1969-12-31T23:59:59"),
  any("1970-01-01T00:00:00|2000-02-29T12:00:00|2027-02-29T12:00:00|2028-02-29T12:00:00|2027-03-28T02:30:00"),
  any("2027-10-31T02:30:00|2027-11-07T01:30:00|2026-12-31T23:59:60|2027-01-01T24:00:00|2038-01-19T03:14:08"),
  any(
    "2027-13-01T00:00:00|2027-00-00T00:00:00|9999-12-31T23:59:59|9999-12-31T23:59:59.9999999|2027-06-01T10:00",
  ),
);
const time = fc.oneof(
  fc.tuple(edge, offset).map((parts) => parts.join("")),
  moment(-8.64e15, 8.64e15),
  moment(0, 4e12),
  fc.string({ maxLength: 40 }),
);

/** Times of bookings and filters, and cursors. */
export const times = (scene: Scene): Attacks => {
  const now = Date.now();
  const hour = (startsAt: string, hours: number) => ({
    startsAt,
    endsAt: new Date(Date.parse(startsAt) + hours * 3_600_000).toISOString(),
  });
  const from = (start: fc.Arbitrary<string>) =>
    fc.tuple(start, fc.integer({ min: 1, max: 744 })).map((a) => hour(...a));
  const post = (changes: fc.Arbitrary<Record<string, unknown>>) =>
    changes.map((given) => ({ method: "POST", body: JSON.stringify(booking(scene, given)) }));
  const list = (query: fc.Arbitrary<Record<string, string>>) =>
    query.map((given) => ({ path: `/v1/bookings?${new URLSearchParams(given)}` }));
  const far = fc.oneof(moment(-8.64e15, now - 3_660 * dayMs), moment(now + 3_660 * dayMs, 8.63e15));
  const change = fc.record({ version: fc.integer(), startsAt: time, endsAt: time });
  const cursor = fc
    .tuple(fc.nat(scene.cursor.length - 1), any("|A|_|=|.|é|\0"), fc.nat(3))
    .map(([at, letter, gone]) => scene.cursor.slice(0, at) + letter + scene.cursor.slice(at + gone));
  const limit = any("0|1|100|101|-1|1e1|٣");
  return {
    "years that may be booked": [[201], post(from(moment(now - 3_600 * dayMs, now + 3_600 * dayMs)))],
    "years that may not": [[400], post(from(far))],
    offset: [[201, 400], post(fc.tuple(offset, offset).map(offsets))],
    edge: [[201, 400], post(fc.record({ startsAt: time, endsAt: time }))],
    change: [
      [200, 400, 409],
      sent(
        scene,
        change.map((given) => JSON.stringify(given)),
      ),
    ],
    filter: [[200, 400], list(fc.record({ from: time, to: time }, { requiredKeys: [] }))],
    cursor: [[200, 400], list(fc.record({ cursor, limit }, { requiredKeys: ["cursor"] }))],
  };
};

const offsets = ([start, end]: [string, string]) => ({
  startsAt: `2027-06-01T10:00:00${start}`,
  endsAt: `2027-06-03T10:00:00${end}`,
});
