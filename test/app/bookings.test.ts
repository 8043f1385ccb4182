import type { InjectOptions } from "fastify";
import { describe, expect, it } from "vitest";
import { AuditTrail } from "../../app/audit/trail.ts";
import { idToBytes, newId } from "../../app/platform/ids.ts";
import { bookingBody } from "./support/bookings.ts";
import { keyActor, keyed } from "./support/client.ts";
import { withApiFixture } from "./support/fixture.ts";

const fixture = await withApiFixture();
const { app, database } = await fixture.start();

const call = async (method: "GET" | "POST" | "PATCH", url: string, payload?: object, headers = {}) => {
  const options: InjectOptions = { method, url, headers: { ...keyed, ...headers } };
  const answer = await app.inject(payload ? { ...options, payload } : options);
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
};
const create = async (changes: Record<string, unknown> = {}) =>
  (await call("POST", "/v1/bookings", bookingBody(changes))).body;
/** The audit trail of one booking, oldest first. */
const trail = (id: string) =>
  fixture.mysql.query(
    `SELECT actor, action, \`before\`, after, request_id FROM ${fixture.login.dbname}_audit.audit_log
     WHERE entity_id = UUID_TO_BIN(?) ORDER BY id`,
    [id],
  );
describe("A11 create and read", () => {
  it("a booking is made, has a place, and is read back as it was answered", async () => {
    const made = await call("POST", "/v1/bookings", bookingBody({ startsAt: "2027-03-01T12:00:00+02:00" }));
    expect(made.status).toBe(201);
    expect(made.headers.location).toBe(`/v1/bookings/${made.body.id}`);
    expect(made.body).toMatchObject({
      version: 1,
      status: "confirmed",
      startsAt: "2027-03-01T10:00:00.000Z",
    });
    const read = await call("GET", `/v1/bookings/${made.body.id}`);
    expect(read).toMatchObject({ status: 200, body: made.body });
  });

  it("notes may be left out, and text of any script is kept", async () => {
    const { notes, ...rest } = bookingBody({ clientName: "Zoë 张伟 🌍" });
    expect(notes).toBeDefined();
    const made = await call("POST", "/v1/bookings", rest);
    expect(made.body).toMatchObject({ notes: null, clientName: "Zoë 张伟 🌍" });
  });

  it.each([
    ["an empty name", "clientName", ""],
    ["a name of 101 characters", "clientName", "x".repeat(101)],
    ["a name of two lines", "clientName", "two\nlines"],
    ["an address that is none", "clientEmail", "nobody"],
    ["a national number", "clientPhone", "0151 12345678"],
    ["a number of 16 digits", "clientPhone", "+1234567890123456"],
    ["notes of 501 characters", "notes", "x".repeat(501)],
    ["a time without a zone", "startsAt", "2027-03-01T10:00:00"],
    ["a time that is none", "startsAt", "tomorrow"],
    ["an end that is not after the start", "endsAt", "2027-03-01T10:00:00Z"],
  ])("%s is refused by name", async (_what, field, value) => {
    const { status, body } = await call("POST", "/v1/bookings", bookingBody({ [field]: value }));
    expect(status).toBe(400);
    expect(body.code).toBe("validation_failed");
    expect(body.errors).toEqual([expect.objectContaining({ in: "body", field })]);
  });

  it("a booking that is not there is 404, an id that is none is 400", async () => {
    expect(await call("GET", "/v1/bookings/01890000-0000-7000-8000-000000000000")).toMatchObject({
      status: 404,
    });
    expect(await call("GET", "/v1/bookings/1")).toMatchObject({
      status: 400,
      body: { code: "validation_failed" },
    });
  });

  it("a booking of another organisation is 404 to read, change and cancel", async () => {
    const { id, version } = await create();
    await fixture.mysql.query(
      `INSERT INTO ${fixture.login.dbname}.organisations (id, name) VALUES (UUID_TO_BIN(UUID()), 'Other')`,
    );
    await fixture.mysql.query(
      `UPDATE ${fixture.login.dbname}.bookings SET organisation_id =
       (SELECT id FROM ${fixture.login.dbname}.organisations WHERE name = 'Other') WHERE id = UUID_TO_BIN(?)`,
      [id],
    );
    const answers = [
      await call("GET", `/v1/bookings/${id}`),
      await call("PATCH", `/v1/bookings/${id}`, { version, notes: "mine now" }),
      await call("POST", `/v1/bookings/${id}/cancel`, { version }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
  });
});

describe("A11 optimistic locking", () => {
  it("a change names the version seen, and raises it", async () => {
    const { id, version } = await create();
    const changed = await call("PATCH", `/v1/bookings/${id}`, { version, clientName: "Bea" });
    expect(changed).toMatchObject({
      status: 200,
      body: { clientName: "Bea", version: 2, notes: "by the window" },
    });
    expect((await call("GET", `/v1/bookings/${id}`)).body).toEqual(changed.body);
  });

  it("an old version is 409 with the current state, and changes nothing", async () => {
    const { id } = await create();
    const first = await call("PATCH", `/v1/bookings/${id}`, { version: 1, clientName: "Bea" });
    const second = await call("PATCH", `/v1/bookings/${id}`, { version: 1, clientName: "Carl" });
    expect(second).toMatchObject({ status: 409, body: { code: "conflict", current: first.body } });
    expect((await call("GET", `/v1/bookings/${id}`)).body).toEqual(first.body);
  });

  it("of twenty changes at once to one version, exactly one is made", async () => {
    const { id } = await create();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        call("PATCH", `/v1/bookings/${id}`, { version: 1, clientName: `Client ${index}` }),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 409)]);
    expect((await call("GET", `/v1/bookings/${id}`)).body.version).toBe(2);
    expect(await trail(id)).toHaveLength(2);
  });

  it("the end cannot be moved before a start that is not named", async () => {
    const { id } = await create();
    const answer = await call("PATCH", `/v1/bookings/${id}`, { version: 1, endsAt: "2027-03-01T09:00:00Z" });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ in: "body", field: "endsAt" }] } });
  });

  it("a change of nothing is refused", async () => {
    const { id } = await create();
    expect(await call("PATCH", `/v1/bookings/${id}`, { version: 1 })).toMatchObject({ status: 400 });
  });

  it("a cancelled booking stays readable and can no longer be changed", async () => {
    const { id } = await create();
    const cancelled = await call("POST", `/v1/bookings/${id}/cancel`, { version: 1 });
    expect(cancelled).toMatchObject({ status: 200, body: { status: "cancelled", version: 2 } });
    const changed = await call("PATCH", `/v1/bookings/${id}`, { version: 2, notes: "again" });
    expect(changed).toMatchObject({ status: 409, body: { code: "conflict", current: cancelled.body } });
    const again = await call("POST", `/v1/bookings/${id}/cancel`, { version: 1 });
    expect(again).toMatchObject({ status: 409, body: { code: "conflict", current: cancelled.body } });
  });
});

describe("A11 a resource is booked once at a time", () => {
  let rooms = 0;
  const newRoom = () => `hall ${++rooms}`;
  const at = (startsAt: string, endsAt: string) => ({
    startsAt: `2031-05-01T${startsAt}:00Z`,
    endsAt: `2031-05-01T${endsAt}:00Z`,
  });
  const post = (changes: Record<string, unknown>) => call("POST", "/v1/bookings", bookingBody(changes));

  it("of a hundred clients who want one slot, over two replicas, exactly one gets it, and the others are told whose it is", async () => {
    const other = await fixture.start();
    const wanted = { resource: newRoom(), ...at("10:00", "11:00") };
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        (index % 2 === 0 ? app : other.app).inject({
          ...{ method: "POST", url: "/v1/bookings", headers: keyed },
          payload: bookingBody(wanted),
        }),
      ),
    );
    const won = answers.filter(({ statusCode }) => statusCode === 201);
    expect(won).toHaveLength(1);
    const { id, resource, startsAt, endsAt } = won.map((answer) => answer.json())[0];
    const refusals = answers.filter((answer) => answer !== won[0]).map((answer) => answer.json());
    const refused = { status: 409, code: "slot_taken", taken: { id, resource, startsAt, endsAt } };
    expect(refusals).toEqual(refusals.map(() => expect.objectContaining(refused)));
    const rows = await fixture.mysql.query(
      `SELECT BIN_TO_UUID(id) AS id FROM ${fixture.login.dbname}.bookings WHERE resource = ?`,
      [resource],
    );
    expect(rows).toEqual([{ id }]);
  });

  it.each([
    ["the same time", "10:00", "11:00", 409],
    ["a part of it", "10:15", "10:45", 409],
    ["all of it and more", "09:00", "12:00", 409],
    ["its beginning", "09:00", "10:01", 409],
    ["its end", "10:59", "12:00", 409],
    ["the time up to it", "09:00", "10:00", 201],
    ["the time from its end on", "11:00", "12:00", 201],
  ])("where 10 to 11 is booked, %s is answered right", async (_what, start, end, status) => {
    const resource = newRoom();
    await post({ resource, ...at("10:00", "11:00") });
    expect(await post({ resource, ...at(start, end) })).toMatchObject({ status });
  });

  it("a booking of 31 days is in the way on its last day", async () => {
    const resource = newRoom();
    const long = { startsAt: "2031-05-01T00:00:00Z", endsAt: "2031-06-01T00:00:00Z" };
    expect(await post({ resource, ...long })).toMatchObject({ status: 201 });
    const last = { startsAt: "2031-05-31T23:59:59.999Z", endsAt: "2031-06-01T01:00:00Z" };
    expect(await post({ resource, ...last })).toMatchObject({ status: 409 });
    expect(await post({ resource, ...last, startsAt: "2031-06-01T00:00:00Z" })).toMatchObject({
      status: 201,
    });
  });

  it("other resources and other organisations have that time; without a name it is one resource, whose name is told", async () => {
    const slot = at("12:00", "13:00");
    const { resource: _, ...unnamed } = bookingBody(slot);
    const first = await call("POST", "/v1/bookings", unnamed);
    expect(first).toMatchObject({ status: 201, body: { resource: "default" } });
    expect(await call("POST", "/v1/bookings", unnamed)).toMatchObject({ status: 409 });
    expect(await post({ resource: "Default", ...slot })).toMatchObject({ status: 201 });
    await fixture.mysql.query(
      `INSERT INTO ${fixture.login.dbname}.organisations (id, name) VALUES (UUID_TO_BIN(UUID()), 'Neighbour')`,
    );
    await fixture.mysql.query(
      `UPDATE ${fixture.login.dbname}.bookings SET organisation_id =
       (SELECT id FROM ${fixture.login.dbname}.organisations WHERE name = 'Neighbour') WHERE id = UUID_TO_BIN(?)`,
      [first.body.id],
    );
    expect(await call("POST", "/v1/bookings", unnamed)).toMatchObject({ status: 201 });
  });

  it("a name is the same however its letters are composed, and spaces around it do not count", async () => {
    const slot = at("12:00", "13:00");
    const made = await post({ resource: "Caf\u00e9", ...slot });
    expect(made.body.resource).toBe("Caf\u00e9");
    expect(await post({ resource: " Cafe\u0301 ", ...slot })).toMatchObject({ status: 409 });
    // One character that becomes two.
    const grown = await post({ resource: "\u0958".repeat(33), ...slot });
    expect(grown).toMatchObject({ status: 400, body: { errors: [{ field: "resource" }] } });
  });

  it("cancelling frees the slot", async () => {
    const slot = { resource: newRoom(), ...at("10:00", "11:00") };
    const { body } = await post(slot);
    expect(await post(slot)).toMatchObject({ status: 409 });
    await call("POST", `/v1/bookings/${body.id}/cancel`, { version: 1 });
    expect(await post(slot)).toMatchObject({ status: 201 });
  });

  it("a change is refused where it would move a booking onto another, in time or to its resource, and may stay or shift within its own", async () => {
    const [resource, elsewhere] = [newRoom(), newRoom()];
    const [morning, noon] = [at("10:00", "11:00"), at("11:00", "12:00")];
    const taken = (await post({ resource, ...morning })).body;
    const moving = (await post({ resource, ...noon })).body;
    const change = (given: object, version = 1) =>
      call("PATCH", `/v1/bookings/${moving.id}`, { version, ...given });
    const refused = { status: 409, body: { code: "slot_taken", taken: { id: taken.id } } };
    expect(await change({ startsAt: at("10:59", "").startsAt })).toMatchObject(refused);
    expect(await change(at("11:15", "12:15"))).toMatchObject({ status: 200 });
    expect(await change({ ...at("11:15", "12:15"), notes: "stays" }, 2)).toMatchObject({ status: 200 });
    const abroad = await post({ resource: elsewhere, ...noon });
    expect(await change({ resource: elsewhere }, 3)).toMatchObject({
      ...{ status: 409, body: { taken: { id: abroad.body.id, resource: elsewhere } } },
    });
    expect(await change({ resource: newRoom() }, 3)).toMatchObject({ status: 200 });
    expect((await trail(moving.id)).map(({ action }) => action)).toEqual([
      "booking.created",
      ...["booking.updated", "booking.updated", "booking.updated"],
    ]);
  });
});

describe("A11 conditional requests", () => {
  const change = { notes: "by the door" };
  const send = async (url: string, payload: object | undefined, headers: Record<string, string>) => {
    const method = url.endsWith("/cancel") ? "POST" : "PATCH";
    return call(method, url, payload, headers);
  };
  const refusedAs = (status: number, code: string, more: object = {}) => ({
    status,
    body: { code, ...more },
  });

  it("every answer with a booking has its ETag, another one after each change", async () => {
    const made = await call("POST", "/v1/bookings", bookingBody());
    const url = `/v1/bookings/${made.body.id}`;
    expect(made.headers.etag).toBe('"1"');
    expect((await call("GET", url)).headers.etag).toBe('"1"');
    const changed = await send(url, change, { "if-match": '"1"' });
    expect(changed).toMatchObject({ status: 200, headers: { etag: '"2"' }, body: { ...change, version: 2 } });
    const cancelled = await send(`${url}/cancel`, undefined, { "if-match": '"2"' });
    expect(cancelled).toMatchObject({ status: 200, headers: { etag: '"3"' }, body: { status: "cancelled" } });
    expect((await call("GET", url)).headers.etag).toBe('"3"');
  });

  it("304 without a body where the client has the booking as it is, 200 where it has changed", async () => {
    const { id } = await create();
    const get = (tag: string) =>
      app.inject({ url: `/v1/bookings/${id}`, headers: { ...keyed, "if-none-match": tag } });
    for (const tag of ['"1"', 'W/"1"', '"0", "1"', "*"]) {
      const known = await get(tag);
      expect([known.statusCode, known.body, known.headers.etag]).toEqual([304, "", '"1"']);
    }
    for (const tag of ['"2"', '"11"', "1", ""]) expect((await get(tag)).statusCode).toBe(200);
  });

  it.each(["PATCH", "cancel"])(
    "412 with the current state where If-Match names another ETag: %s",
    async (kind) => {
      const { id } = await create();
      const url = kind === "PATCH" ? `/v1/bookings/${id}` : `/v1/bookings/${id}/cancel`;
      const payload = kind === "PATCH" ? change : {};
      for (const tag of ['"2"', 'W/"1"', '"2", "3"']) {
        const answer = await send(url, payload, { "if-match": tag });
        expect(answer).toMatchObject(refusedAs(412, "precondition_failed", { current: { id, version: 1 } }));
        expect(answer.headers.etag).toBe('"1"');
      }
      expect(await send(url, payload, { "if-match": '"0", "1"' })).toMatchObject({ status: 200 });
    },
  );

  it("428 without any version, 400 for an If-Match that is none, 409 for another version in the body", async () => {
    const { id } = await create();
    const url = `/v1/bookings/${id}`;
    expect(await send(url, change, {})).toMatchObject(refusedAs(428, "precondition_required"));
    expect(await send(`${url}/cancel`, undefined, {})).toMatchObject(refusedAs(428, "precondition_required"));
    const errors = [{ in: "headers", field: "if-match" }];
    for (const tag of ["1", '"1" "2"', '"1', ""]) {
      const answer = await send(url, change, { "if-match": tag });
      expect(answer).toMatchObject(refusedAs(400, "validation_failed", { errors }));
    }
    const both = await send(url, { ...change, version: 2 }, { "if-match": '"1"' });
    expect(both).toMatchObject(refusedAs(409, "conflict", { current: { version: 1 } }));
    expect(await send(url, change, { "if-match": "*" })).toMatchObject({ status: 200 });
    expect(await send(`${url}/cancel`, undefined, { "if-match": "*" })).toMatchObject({ status: 200 });
    const late = await send(url, change, { "if-match": '"3"' });
    expect(late).toMatchObject(refusedAs(409, "conflict", { current: { status: "cancelled" } }));
  });
});

describe("A11 list", () => {
  const day = (number: number) => `2028-01-${String(number).padStart(2, "0")}T10:00:00Z`;
  const end = (number: number) => `2028-01-${String(number).padStart(2, "0")}T11:00:00Z`;
  const within = "from=2028-01-01T00:00:00Z&to=2028-02-01T00:00:00Z";

  it("pages follow each other in the order of start, none twice and none left out", async () => {
    const made = [];
    for (const number of [5, 2, 2, 9, 7, 1, 2]) {
      made.push(await create({ startsAt: day(number), endsAt: end(number) }));
    }
    const seen = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const next: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const { status, body } = await call("GET", `/v1/bookings?limit=2&${within}${next}`);
      expect(status).toBe(200);
      expect(body.items.length).toBeLessThanOrEqual(2);
      seen.push(...body.items);
      cursor = body.nextCursor;
    }
    const inOrder = made.toSorted((a, b) => a.startsAt.localeCompare(b.startsAt) || a.id.localeCompare(b.id));
    expect(seen).toEqual(inOrder);
  });

  it("A27 a row of a year that nobody may book is shown as it is, and no page skips or repeats one", async () => {
    const years = ["0001", "0050", "0099", "0100", "1969", "9999"];
    const made = await Promise.all(years.map(() => create()));
    for (const [index, { id }] of made.entries()) {
      const times = [`${years[index]}-06-01 10:00:00.001`, `${years[index]}-06-01 11:00:00`];
      await fixture.mysql.query(
        `UPDATE ${fixture.login.dbname}.bookings SET starts_at = ?, ends_at = ? WHERE id = UUID_TO_BIN(?)`,
        [...times, id],
      );
    }
    const seen: Record<string, string>[] = [];
    for (let cursor = ""; cursor !== "null"; ) {
      const { body } = await call("GET", `/v1/bookings?limit=1${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.items);
      cursor = String(body.nextCursor);
    }
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
    for (const [index, { id }] of made.entries()) {
      const { startsAt, endsAt } = seen.find((booking) => booking.id === id) ?? {};
      expect(startsAt).toBe(`${years[index]}-06-01T10:00:00.001Z`);
      expect(endsAt).toBe(`${years[index]}-06-01T11:00:00.000Z`);
      const changed = await call("PATCH", `/v1/bookings/${id}`, { version: 1, notes: "kept" });
      expect(changed).toMatchObject({ status: 200, body: { startsAt, endsAt } });
      expect((await call("GET", `/v1/bookings/${id}`)).body).toEqual(changed.body);
      await fixture.mysql.query(`DELETE FROM ${fixture.login.dbname}.bookings WHERE id = UUID_TO_BIN(?)`, [
        id,
      ]);
    }
  });

  it.each([
    "0000-01-01T00:00:00Z",
    "0050-01-01T00:00:00Z",
    "1969-12-31T23:59:59.999Z",
    "1970-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-14:00",
    "+010000-01-01T00:00:00Z",
    "2027-02-29T00:00:00Z",
  ])("A27 the time %s is refused wherever it comes in", async (time) => {
    const { id } = await create();
    const query = encodeURIComponent(time);
    const refused = (part: string, field: string) => ({
      status: 400,
      body: { code: "validation_failed", errors: [expect.objectContaining({ in: part, field })] },
    });
    for (const field of ["startsAt", "endsAt"]) {
      const body = bookingBody({ [field]: time });
      expect(await call("POST", "/v1/bookings", body)).toMatchObject(refused("body", field));
      const change = { version: 1, [field]: time };
      expect(await call("PATCH", `/v1/bookings/${id}`, change)).toMatchObject(refused("body", field));
    }
    for (const field of ["from", "to"]) {
      expect(await call("GET", `/v1/bookings?${field}=${query}`)).toMatchObject(refused("query", field));
    }
  });

  it("A27 a list may be asked for over all years that there are", async () => {
    const all = "from=1970-01-01T00:00:00Z&to=9999-12-31T23:59:59.999Z";
    expect((await call("GET", `/v1/bookings?${all}`)).status).toBe(200);
  });

  it("A27 a booking starts within ten years of now and lasts 31 days at most, also after a change", async () => {
    const day = 86_400_000;
    const at = (days: number) => new Date(Date.now() + days * day).toISOString();
    const { id } = await create({ startsAt: at(1), endsAt: at(2) });
    const tries = [
      [at(3_650), at(3_651), undefined],
      [at(-3_650), at(-3_649), undefined],
      [at(3_654), at(3_655), "startsAt"],
      [at(-3_654), at(-3_653), "startsAt"],
      ["2027-03-01T00:00:00Z", "2027-04-01T00:00:00Z", undefined],
      ["2027-03-01T00:00:00Z", "2027-04-01T00:00:00.001Z", "endsAt"],
    ] as const;
    for (const [startsAt, endsAt, field] of tries) {
      const made = await call("POST", "/v1/bookings", bookingBody({ startsAt, endsAt }));
      expect(made).toMatchObject(field ? { status: 400, body: { errors: [{ field }] } } : { status: 201 });
    }
    expect(await call("PATCH", `/v1/bookings/${id}`, { version: 1, endsAt: at(40) })).toMatchObject({
      status: 400,
      body: { errors: [{ in: "body", field: "endsAt", message: "must be within 31 days of startsAt" }] },
    });
  });

  it("filters by status and time", async () => {
    const kept = await create({ startsAt: "2029-05-01T10:00:00Z", endsAt: "2029-05-01T11:00:00Z" });
    const gone = await create({ startsAt: "2029-05-02T10:00:00Z", endsAt: "2029-05-02T11:00:00Z" });
    await call("POST", `/v1/bookings/${gone.id}/cancel`, { version: 1 });
    const may = "from=2029-05-01T00:00:00Z&to=2029-06-01T00:00:00Z";
    const { body } = await call("GET", `/v1/bookings?${may}&status=confirmed`);
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual([kept.id]);
    const second = await call("GET", "/v1/bookings?from=2029-05-02T00:00:00Z&to=2029-05-03T00:00:00Z");
    expect(second.body.items.map(({ id }: { id: string }) => id)).toEqual([gone.id]);
  });

  it.each([
    ["100%", "100% Ann"],
    ["_nn", "_nn Underscore"],
    ["!bang", "wow !bang"],
    ["back\\slash", "back\\slash"],
    ["O'Neil", "O'Neil"],
  ])("search for %j finds that text, as text and not as a pattern", async (text, clientName) => {
    const found = await create({
      clientName,
      startsAt: "2030-01-01T10:00:00Z",
      endsAt: "2030-01-01T11:00:00Z",
    });
    const { body } = await call(
      "GET",
      `/v1/bookings?from=2030-01-01T00:00:00Z&search=${encodeURIComponent(text)}`,
    );
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual([found.id]);
  });

  it("A6 an attempt to inject SQL is searched for as text", async () => {
    const search = encodeURIComponent("' OR 1=1 -- ");
    expect((await call("GET", `/v1/bookings?search=${search}`)).body).toEqual({
      items: [],
      nextCursor: null,
    });
  });

  it.each([
    "limit=0",
    "limit=101",
    "limit=ten",
    "cursor=nonsense",
    "cursor=WyJhIl0",
    "colour=red",
    "status=lost",
  ])("%s is refused", async (query) => {
    expect(await call("GET", `/v1/bookings?${query}`)).toMatchObject({
      status: 400,
      body: { code: "validation_failed", errors: [{ in: "query" }] },
    });
  });
});

describe("A14 audit trail", () => {
  it("each change adds a row with who, before, after and the request, in the same transaction", async () => {
    const headers = { "x-request-id": "audit-test-0001" };
    const made = await call("POST", "/v1/bookings", bookingBody(), headers);
    const { id } = made.body;
    const changed = await call("PATCH", `/v1/bookings/${id}`, { version: 1, notes: null });
    const cancelled = await call("POST", `/v1/bookings/${id}/cancel`, { version: 2 });
    const rows = await trail(id);
    expect(rows.map(({ action }) => action)).toEqual([
      "booking.created",
      "booking.updated",
      "booking.cancelled",
    ]);
    expect(rows[0]).toMatchObject({
      actor: keyActor,
      before: null,
      after: made.body,
      request_id: "audit-test-0001",
    });
    expect(rows[1]).toMatchObject({ before: made.body, after: changed.body });
    expect(rows[2]).toMatchObject({ before: changed.body, after: cancelled.body });
  });

  it("an organisation that was made by hand has a chain with its first change, also when twenty come at once", async () => {
    const id = newId();
    await fixture.mysql.query(
      `INSERT INTO ${fixture.login.dbname}.organisations (id, name) VALUES (?, 'By hand')`,
      [idToBytes(id)],
    );
    const trail = new AuditTrail(database);
    const origin = { organisationId: id, actor: "operator", requestId: "by-hand" };
    const change = { entity: "booking", entityId: id, verb: "created", before: null, after: {} };
    await Promise.all(
      Array.from({ length: 20 }, () =>
        trail.change(origin, async (transaction) => transaction.record(change)),
      ),
    );
    const rows = await fixture.mysql.query(
      `SELECT link FROM ${fixture.login.dbname}_audit.audit_log WHERE organisation_id = ? ORDER BY link`,
      [idToBytes(id)],
    );
    expect(rows.map(({ link }) => link)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it("without its row in the audit trail, a change is not made", async () => {
    const { id } = await create();
    const log = `${fixture.login.dbname}_audit.audit_log`;
    await fixture.mysql.query(`RENAME TABLE ${log} TO ${log}_away`);
    const answer = await call("PATCH", `/v1/bookings/${id}`, { version: 1, notes: "unseen" });
    await fixture.mysql.query(`RENAME TABLE ${log}_away TO ${log}`);
    expect(answer).toMatchObject({ status: 500, body: { code: "internal" } });
    expect((await call("GET", `/v1/bookings/${id}`)).body).toMatchObject({
      version: 1,
      notes: "by the window",
    });
  });

  it("D1 the application's user cannot change or remove a row of it", async () => {
    const login = await fixture.mysql.connect(fixture.login);
    const log = `${fixture.login.dbname}_audit.audit_log`;
    for (const statement of [`UPDATE ${log} SET actor = 'x'`, `DELETE FROM ${log}`, `DROP TABLE ${log}`]) {
      await expect(login.query(statement)).rejects.toThrow(/denied/);
    }
  });
});
