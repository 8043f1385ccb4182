import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { listBookings } from "../../app/bookings/pages.ts";
import { type BookingFilter, listBookings as query } from "../../app/bookings/schema.ts";
import { defaultOrganisation } from "../../app/organisations/table.ts";
import type { Connection } from "../../app/platform/database/statement.ts";
import { databaseOn } from "../../scripts/ops/database/application.ts";
import { openSession } from "../../scripts/ops/database/session.ts";
import { seedBookings } from "../../scripts/ops/seed/load.ts";
import { refuseProduction } from "../../scripts/ops/seed/refusal.ts";
import { bookingBody } from "./support/bookings.ts";
import { keyed } from "./support/client.ts";
import { withApiFixture } from "./support/fixture.ts";

const fixture = await withApiFixture();
const { app } = await fixture.start();
const { dbname } = fixture.login;
const session = await openSession({ ...fixture.login, authorities: [fixture.mysql.ca] });
afterAll(() => session.end());
await session.query(`USE ${dbname}`);
const seed = (options: { seed: number; bookings: number }) =>
  seedBookings(databaseOn(session, `${dbname}_audit`), options, () => undefined);

const call = async (method: "GET" | "POST" | "PATCH", url: string, payload?: object) => {
  const answer = await app.inject({ method, url, headers: keyed, ...(payload && { payload }) });
  return { status: answer.statusCode, body: answer.json() };
};
interface Item {
  id: string;
  startsAt: string;
  clientName: string;
  version: number;
}
/** All pages of a list, and `between` them something else. */
const pages = async (filter: string, between: () => Promise<unknown> = async () => undefined) => {
  const found: Item[][] = [];
  for (let cursor: string | null = ""; cursor !== null; await between()) {
    const { status, body } = await call("GET", `/v1/bookings?${filter}${cursor && `&cursor=${cursor}`}`);
    expect(status).toBe(200);
    found.push(body.items);
    cursor = body.nextCursor;
  }
  return found;
};

describe("A11 npm run seed", () => {
  const everything = () =>
    fixture.mysql.query(
      `SELECT HEX(id) AS id, HEX(organisation_id) AS organisation, resource, client_name, client_email, client_phone, notes, starts_at,
       ends_at, status, created_at FROM ${dbname}.bookings ORDER BY id`,
    );

  it("makes the same bookings whenever it runs, adds what is missing and nothing twice", async () => {
    const shares = (...bookings: number[]) =>
      bookings.map((one) => expect.objectContaining({ bookings: one }));
    expect(await seed({ seed: 1, bookings: 300 })).toEqual(shares(180, 90, 30));
    const first = await everything();
    expect(await seed({ seed: 1, bookings: 600 })).toEqual(shares(360, 180, 60));
    const second = await everything();
    expect(second.slice(0, 300)).toEqual(first);
    await fixture.mysql.query(`DELETE FROM ${dbname}.bookings ORDER BY id DESC LIMIT 200`);
    await seed({ seed: 1, bookings: 600 });
    expect(await everything()).toEqual(second);
  });

  it("books no room twice, and leaves a slot to those who have it", async () => {
    /** Bookings that begin before the one before them has ended. */
    const overlapping = async () => {
      const rows = await fixture.mysql.query(
        `SELECT CONCAT(HEX(organisation_id), resource) AS room, starts_at, ends_at FROM ${dbname}.bookings
         WHERE status = 'confirmed' ORDER BY organisation_id, resource, starts_at`,
      );
      return rows.filter((row, index) => {
        const before = rows[index - 1];
        return before?.room === row.room && new Date(before?.ends_at) > new Date(row.starts_at);
      });
    };
    expect(await overlapping()).toEqual([]);
    await fixture.mysql.query(`DELETE FROM ${dbname}.bookings WHERE starts_at < '2026-01-07'`);
    const slot = { resource: "Room 1", startsAt: "2026-01-05T08:30:00Z", endsAt: "2026-01-05T11:00:00Z" };
    expect((await call("POST", "/v1/bookings", bookingBody(slot))).status).toBe(201);
    await seed({ seed: 1, bookings: 600 });
    expect(await overlapping()).toEqual([]);
  });

  it("refuses production, and not what runs on this machine", () => {
    const of = (environment: string, local: boolean) => () =>
      refuseProduction({ environment, local, stateDir: "" });
    expect(of("production", false)).toThrow(/tier production/);
    expect(of("production", true)).not.toThrow();
    expect(of("staging", false)).not.toThrow();
  });
});

describe("A11 every filter is served by an index", () => {
  /** What MySQL does for each statement of a page. */
  const plansOf = async (filter: Partial<Record<keyof BookingFilter, string>>) => {
    const asked: [sql: string, values: unknown[]][] = [];
    const recording: Connection = {
      run: (sql, values) => {
        asked.push([sql, values]);
        return session.query(sql, values);
      },
    };
    const after = { at: new Date("2026-06-01T08:00:00Z"), id: defaultOrganisation };
    await listBookings(recording, defaultOrganisation, query.parse(filter), after);
    const plans = await Promise.all(asked.map(([sql, values]) => session.query(`EXPLAIN ${sql}`, values)));
    return plans.flat().filter(({ table }) => /^bookings/.test(String(table)));
  };
  const filters = [
    {},
    { status: "cancelled" },
    { resource: "Room 1" },
    { resource: "Room 1", status: "confirmed" },
    { from: "2026-07-01T00:00:00Z", to: "2026-08-01T00:00:00Z" },
    { from: "2026-07-01T00:00:00Z", status: "confirmed" },
  ];
  const searches = ["", "zebedee", "Anna Müller", "nobody at all", "0144", "lucas.olsen.1@example.net"];

  it.each(filters)(
    "A11 %j reads a range of one and sorts nothing, with any search and without",
    async (filter) => {
      await makeFrequent();
      for (const search of searches) {
        const plans = await plansOf(search ? { ...filter, search } : filter);
        expect(plans.length).toBeGreaterThan(0);
        for (const plan of plans) {
          expect(plan).toMatchObject({ type: expect.stringMatching(/^(ref|range|eq_ref)$/) });
          expect(plan.key).toMatch(/^(bookings_by_\w+|PRIMARY)$/);
          expect(plan.Extra ?? "").not.toMatch(/filesort|temporary/);
        }
      }
    },
  );
});

let frequent: Promise<unknown> | undefined;
/**
 * More bookings of one name than a page sorts, behind as many of others: a page that looks through the first ones finds none. Two begin
 * at the same time where the first page of this resource stops, one on each side.
 */
const makeFrequent = () => {
  frequent ??= session.query(
    `INSERT INTO bookings (id, organisation_id, resource, client_name, client_email, client_phone, starts_at, ends_at, status, version,
       created_at, updated_at)
     SELECT UUID_TO_BIN(UUID()), UUID_TO_BIN('${defaultOrganisation}'), 'late', IF(n < 3100 AND n NOT IN (2000, 2001), 'Early', 'Zebedee Late'), 'z@example.org',
       '+15550100', '2029-01-01' + INTERVAL n DIV 2 HOUR, '2029-01-01' + INTERVAL n DIV 2 + 1 HOUR, 'cancelled', 2, NOW(3), NOW(3)
     FROM (SELECT ROW_NUMBER() OVER () AS n FROM bookings AS a, (SELECT id FROM bookings LIMIT 20) AS b LIMIT 6199) AS numbers`,
  );
  return frequent;
};

describe("A11 search", () => {
  it("for a frequent text looks through so many bookings a page, and finds all of them once and in order", async () => {
    await makeFrequent();
    const found = await pages("search=zebedee&limit=100");
    expect(found[0]).toEqual([]);
    const all = found.flat();
    expect(new Set(all.map(({ id }) => id)).size).toBe(3_102);
    expect(all).toEqual(
      all.toSorted((a, b) => a.startsAt.localeCompare(b.startsAt) || a.id.localeCompare(b.id)),
    );
    const ofResource = await pages("search=zebedee&limit=100&resource=late");
    expect(ofResource[0]?.length).toBe(1);
    expect(ofResource.flat()).toEqual(all);
  });

  it("finds beginnings of names, of their second and third word, and of addresses; and ends of phone numbers", async () => {
    const slot = { startsAt: "2031-01-01T10:00:00Z", endsAt: "2031-01-01T11:00:00Z" };
    const client = {
      clientName: "Renée van Example",
      clientEmail: "box.17@example.org",
      clientPhone: "+4915198765432",
    };
    const { body } = await call("POST", "/v1/bookings", bookingBody({ ...client, ...slot }));
    const finds = async (text: string) => {
      const answer = await call(
        "GET",
        `/v1/bookings?from=2031-01-01T00:00:00Z&search=${encodeURIComponent(text)}`,
      );
      return answer.body.items.map(({ id }: Item) => id);
    };
    const found = [
      "Renée",
      "renee",
      "RENE\u0301E VAN",
      "van ex",
      "example",
      "box.17",
      "BOX.17@example",
      "+49 151 98765432",
      "0151 / 987-65432",
      "432",
    ];
    for (const text of found) expect([text, await finds(text)]).toEqual([text, [body.id]]);
    for (const text of ["enée", "xample", "17@", "e%", "4915", "32", "5431"]) {
      expect([text, await finds(text)]).toEqual([text, []]);
    }
  });
});

describe("A11 paging", () => {
  it("skips nothing that stays and repeats nothing, while bookings come, go and move", async () => {
    let run = 0;
    const hour = fc.integer({ min: 0, max: 15 });
    const change = fc.record({
      kind: fc.constantFrom("add", "cancel", "move"),
      which: fc.nat(),
      hour,
      room: fc.nat(3),
    });
    const filters = fc.constantFrom("", "&status=confirmed", "&resource=Property%200", "&search=property");
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(hour, fc.nat(3)), { minLength: 3, maxLength: 10 }),
        fc.array(change, { maxLength: 8 }),
        fc.integer({ min: 1, max: 3 }),
        filters,
        async (first, changes, limit, filter) => {
          run += 1;
          const day = Date.UTC(2032, 0, run);
          const at = (hours: number) => new Date(day + hours * 3_600_000).toISOString();
          const known: Item[] = [];
          const touched = new Set<string>();
          const add = async (begin: number, room: number) => {
            const times = { startsAt: at(begin), endsAt: at(begin + 1) };
            const made = await call(
              "POST",
              "/v1/bookings",
              bookingBody({ ...times, resource: `Property ${room}`, clientName: "Property" }),
            );
            expect([201, 409]).toContain(made.status);
            if (made.status === 201) known.push(made.body);
            return made.body.id;
          };
          for (const [begin, room] of first) await add(begin, room);
          const within = `from=${at(0)}&to=${at(24)}&limit=${limit}${filter}`;
          const before = (await pages(within)).flat().map(({ id }) => id);
          const left = [...changes];
          const seen = await pages(within, async () => {
            const next = left.shift();
            const one = known[(next?.which ?? 0) % known.length];
            if (next === undefined || one === undefined) return;
            if (next.kind === "add") return touched.add(await add(next.hour, next.room));
            touched.add(one.id);
            const body = { startsAt: at(next.hour), endsAt: at(next.hour + 1), version: one.version };
            const done =
              next.kind === "move"
                ? await call("PATCH", `/v1/bookings/${one.id}`, body)
                : await call("POST", `/v1/bookings/${one.id}/cancel`, { version: one.version });
            if (done.status === 200) one.version += 1;
          });
          const stayed = (ids: string[]) => ids.filter((id) => !touched.has(id));
          expect(stayed(seen.flat().map(({ id }) => id))).toEqual(stayed(before));
        },
      ),
      { numRuns: 12 },
    );
  });

  it("keeps instants apart that a clock shows twice, and takes any offset, in bookings and in lists", async () => {
    // In Berlin clocks go from 3:00 (+02:00) back to 2:00 (+01:00) on 31 October 2027, and from 2:00 on to 3:00 on 28 March.
    const instants = [
      ["2027-10-31T02:30:00+02:00", "2027-10-31T00:30:00.000Z"],
      ["2027-10-31T02:30:00+01:00", "2027-10-31T01:30:00.000Z"],
      ["2027-03-28T01:59:59.999+01:00", "2027-03-28T00:59:59.999Z"],
      ["2027-03-28T03:00:00+02:00", "2027-03-28T01:00:00.000Z"],
      ["2027-03-28T14:45:00+13:45", "2027-03-28T01:00:00.000Z"],
      ["2027-03-27T21:00:00-04:00", "2027-03-28T01:00:00.000Z"],
    ] as const;
    for (const [index, [given, instant]] of instants.entries()) {
      const times = { resource: `Clock ${index}`, startsAt: given, endsAt: "2027-11-01T00:00:00+01:00" };
      const endsAt = new Date(Date.parse(instant) + 1_800_000).toISOString();
      const { body } = await call("POST", "/v1/bookings", bookingBody({ ...times, endsAt }));
      expect(body).toMatchObject({ startsAt: instant, endsAt });
      const list = async (from: string, to: string) => {
        const range = `from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`;
        const answer = await call("GET", `/v1/bookings?resource=Clock%20${index}&${range}`);
        return answer.body.items.map(({ id }: Item) => id);
      };
      expect(await list(given, endsAt)).toEqual([body.id]);
      expect(await list("2027-01-01T00:00:00Z", given)).toEqual([]);
    }
  });
});
