import { once } from "node:events";
import { get as httpGet, request } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AuditTrail } from "../../app/audit/trail.ts";
import { BookingImports } from "../../app/bookings/import/service.ts";
import { booking } from "../../app/bookings/schema.ts";
import { newId } from "../../app/platform/ids.ts";
import { eventually } from "../support/index.ts";
import { agent, bookingBody } from "./support/bookings.ts";
import { addBearer } from "./support/browser.ts";
import { silent, withApiFixture } from "./support/fixture.ts";
import { makeKey, makeOrganisation } from "./support/people.ts";
import { verifyChain } from "./support/verify-chain.ts";

const fixture = await withApiFixture();
const api = await fixture.start({ IMPORT_MAX_LINES: "2000", IMPORT_LIMIT_BYTES: "1000000" });
const { dbname } = fixture.login;
const path = "/v1/bookings/import";
const header = "clientName,clientEmail,clientPhone,notes,startsAt,endsAt,resource";

/** In the pieces in which a socket gives it. */
function* asReceived(file: Buffer): Generator<Buffer> {
  for (let start = 0; start < file.length; start += 65_536) yield file.subarray(start, start + 65_536);
}

/** An organisation of its own, so that no test meets another one's bookings, with a key that may do all that keys may. */
const makeTenant = async () => {
  const people = await makeOrganisation(fixture);
  const { key, id } = await makeKey(api, people, ["bookings:read", "bookings:write", "bookings:import"]);
  const headers = { ...agent, authorization: `Bearer ${key}` };
  const send = async (payload: string | Buffer, more: Record<string, string> = {}) => {
    const answer = await api.app.inject({
      method: "POST",
      url: path,
      headers: { ...headers, "content-type": "text/csv", ...more },
      payload: Readable.from(asReceived(Buffer.from(payload))),
    });
    return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
  };
  const list = async (): Promise<Record<string, unknown>[]> =>
    (await api.app.inject({ url: "/v1/bookings?limit=100", headers })).json().items;
  return { ...people, keyId: id, headers, send, list };
};
const at = (hour: number) => new Date(Date.UTC(2027, 2, 1, hour)).toISOString();
/** A line whose slot is an hour of its own. */
const line = (hour: number, name = "Ann Example", notes = "", resource = "room 1") =>
  `${name},ann@example.org,+4915112345678,${notes},${at(hour)},${at(hour + 1)},${resource}`;
const staged = () => fixture.mysql.query(`SELECT COUNT(*) AS left_over FROM ${dbname}.import_rows`);

describe("A13 import", () => {
  it("A13 makes bookings of all lines, in one link of the audit trail, as if each had been posted", async () => {
    const tenant = await makeTenant();
    const answer = await tenant.send(
      [header, line(1, '"Zoë, 张伟 🌍"', '"two\nlines ""quoted"""'), line(2)].join("\r\n"),
    );
    expect(answer).toMatchObject({ status: 200, body: { imported: 2 } });
    const bookings = await tenant.list();
    expect(bookings).toMatchObject([
      {
        clientName: "Zoë, 张伟 🌍",
        notes: 'two\nlines "quoted"',
        startsAt: at(1),
        resource: "room 1",
        version: 1,
      },
      { clientName: "Ann Example", notes: null, status: "confirmed" },
    ]);
    const entries = await fixture.mysql.query(
      `SELECT actor, action, \`before\`, after, request_id, link, position, link_hash FROM ${dbname}_audit.audit_log
       WHERE organisation_id = UUID_TO_BIN(?) AND entity = 'booking' ORDER BY link, position`,
      [tenant.organisationId],
    );
    const entry = { actor: `key:${tenant.keyId}`, action: "booking.created", before: null };
    const { "x-request-id": request_id } = answer.headers;
    expect(entries).toMatchObject([
      { ...entry, request_id, after: bookings[0], position: 1, link_hash: null },
      { ...entry, request_id, after: bookings[1], position: 2, link_hash: expect.any(Buffer) },
    ]);
    expect(new Set(entries.map(({ link }) => link)).size).toBe(1);
    expect(await staged()).toEqual([{ left_over: 0 }]);
  });

  it("A14 its entries are what the chain's hash says", async () => {
    const tenant = await makeTenant();
    await tenant.send([header, line(1), line(2), line(3)].join("\n"));
    const { number, entries, fault } = await verifyChain(fixture, tenant.organisationId);
    // The key's, and the import's, which has three entries.
    expect({ number, entries, fault }).toEqual({ number: 2, entries: 4, fault: undefined });
  });

  it("A13 takes a byte order mark, empty lines, columns in any order, and what an export has besides", async () => {
    const tenant = await makeTenant();
    const file = `\uFEFF\r\n endsAt,version,startsAt,id,clientPhone,clientEmail,clientName,status
${at(2)},7,${at(1)},${newId()},'+4915112345678,ann@example.org,Ann,confirmed\r\n\r\n`;
    expect(
      await tenant.send(file, { "content-type": "text/csv; charset=UTF-8; header=present" }),
    ).toMatchObject({
      status: 200,
    });
    expect(await tenant.list()).toMatchObject([
      { clientName: "Ann", clientPhone: "+4915112345678", resource: "default", notes: null, version: 1 },
    ]);
  });

  it.each([
    ["clientName,colour", { field: "colour", message: "is not a column of a booking" }],
    ["clientName,notes,clientName", { field: "clientName", message: "is there twice" }],
    [
      "clientName,notes,clientEmail,clientPhone,startsAt",
      { field: "endsAt", message: "is missing in the header" },
    ],
    ["constructor", { field: "constructor", message: "is not a column of a booking" }],
    ["", { message: "has no header" }],
    ["\n\n", { message: "has no header" }],
  ])("A13 refuses the header %j by name", async (file, fault) => {
    const tenant = await makeTenant();
    expect(await tenant.send(file)).toMatchObject({
      status: 400,
      body: { code: "validation_failed", errors: [{ in: "body", line: 1, ...fault }], moreErrors: 0 },
    });
  });

  it("A13 imports nothing of a file with no lines but the header", async () => {
    expect(await (await makeTenant()).send(header)).toMatchObject({ status: 200, body: { imported: 0 } });
  });

  it("A13 names each line and column that is wrong, and makes no booking of the others", async () => {
    const tenant = await makeTenant();
    const file = [
      header,
      line(1),
      line(2, ""),
      line(3, "Ann", '"two\r\nlines"'),
      line(4).replace("ann@", "@"),
      `${line(5)},one more`,
      line(6).replace(at(7), at(6)),
    ];
    const { status, body } = await tenant.send(file.join("\r\n"));
    expect({ status, errors: body.errors }).toEqual({
      status: 400,
      errors: [
        { in: "body", line: 3, field: "clientName", message: "is required" },
        { in: "body", line: 6, field: "clientEmail", message: expect.any(String) },
        { in: "body", line: 7, message: "has 8 fields, and the header has 7" },
        { in: "body", line: 8, field: "endsAt", message: "must be later than startsAt" },
      ],
    });
    expect(await tenant.list()).toEqual([]);
    expect(await staged()).toEqual([{ left_over: 0 }]);
  });

  it("A13 lists a hundred mistakes and counts the others", async () => {
    const lines = Array.from({ length: 130 }, () => line(1, ""));
    const { body } = await (await makeTenant()).send([header, ...lines].join("\n"));
    expect(body.errors).toHaveLength(100);
    expect(body).toMatchObject({ moreErrors: 30 });
  });

  it("A11 A13 refuses slots that are taken, in the file and by bookings, by their lines", async () => {
    const tenant = await makeTenant();
    await tenant.send([header, line(10), line(12, "Ann", "", "room 2")].join("\n"));
    const long = line(20).replace(at(21), at(24));
    const twice = await tenant.send(
      [header, long, line(21), line(22), line(23, "Ann", "", "room 3")].join("\n"),
    );
    expect(twice).toMatchObject({ status: 409, body: { code: "slot_taken", moreErrors: 0 } });
    expect(twice.body.errors).toMatchObject([
      { line: 3, message: "overlaps line 2" },
      { line: 4, message: "overlaps line 2" },
    ]);
    const [first] = await tenant.list();
    const around = line(9).replace(at(10), at(12));
    const taken = await tenant.send(
      [header, line(9), line(12), line(10), line(10, "Ann", "", "room 2")].join("\n"),
    );
    expect(taken).toMatchObject({
      status: 409,
      body: { code: "slot_taken", errors: [{ line: 4, message: `overlaps booking ${first?.id}` }] },
    });
    expect((await tenant.send([header, around].join("\n"))).body.errors).toMatchObject([{ line: 2 }]);
    expect(await tenant.list()).toHaveLength(2);
  });

  it("A11 A13 of imports and bookings that want the same slots at once, one gets each", async () => {
    const tenant = await makeTenant();
    const create = (hour: number) =>
      api.app.inject({
        method: "POST",
        url: "/v1/bookings",
        headers: tenant.headers,
        payload: {
          clientName: "Ann",
          clientEmail: "ann@example.org",
          clientPhone: "+4915112345678",
          resource: "room 1",
          startsAt: at(hour),
          endsAt: at(hour + 1),
        },
      });
    const other = await fixture.start();
    const file = [header, ...Array.from({ length: 300 }, (_, hour) => line(hour))].join("\n");
    const importBy = (server: typeof api) =>
      server.app.inject({
        method: "POST",
        url: path,
        headers: { ...tenant.headers, "content-type": "text/csv" },
        payload: file,
      });
    const answers = await Promise.all([importBy(api), importBy(other), ...[0, 150, 299].map(create)]);
    expect(
      answers.map(({ statusCode }) => statusCode).every((status) => [200, 201, 409].includes(status)),
    ).toBe(true);
    const slots = await fixture.mysql.query(
      `SELECT COUNT(*) AS bookings, COUNT(DISTINCT starts_at) AS slots FROM ${dbname}.bookings
       WHERE organisation_id = UUID_TO_BIN(?)`,
      [tenant.organisationId],
    );
    const made = answers.reduce(
      (sum, { statusCode, body }) => sum + (statusCode === 201 ? 1 : (JSON.parse(body).imported ?? 0)),
      0,
    );
    expect(slots).toEqual([{ bookings: made, slots: made }]);
  });

  const utf16 = Buffer.from(`\uFEFF${header}\n`, "utf16le");
  it.each([
    ["UTF-16", utf16, { line: 1, message: "is UTF-16: save the file as UTF-8" }],
    [
      "Latin 1",
      Buffer.from(`${header}\n${line(1)}\n${line(2, "Zo\u00eb")}`, "latin1"),
      { line: 3, message: "is not UTF-8" },
    ],
    ["a null byte", `${header}\n${line(1, "A\0")}`, { line: 2, message: "contains a null byte" }],
    [
      "a quote that is not closed",
      `${header}\n${line(1)}\n"${line(2)}`,
      { line: 3, message: "has a quote that is not closed" },
    ],
    ["a quote within a field", `${header}\n${line(1, 'A"nn')}`, { line: 2 }],
    ["text after a quoted field", `${header}\n${line(1, '"Ann"a')}`, { line: 2 }],
    ["one large field", `${header}\n${"x".repeat(900_000)}`, { line: 2 }],
    ["one large field of many lines", `${header}\n"${"x\n".repeat(400_000)}`, { line: 2 }],
    ["900,000 columns", ",".repeat(900_000), { line: 1 }],
    [
      "a record that never ends",
      `${header}\n${`${",".repeat(1_000)}"\n"`.repeat(900)}`,
      { message: expect.stringMatching(/without end|characters/) },
    ],
    [
      "too many lines",
      `${header}\n${`${line(1)}\n`.repeat(2_001)}`,
      { line: 2_002, message: "is one more than the 2000 that a file may have" },
    ],
    ["a million empty lines", "\n".repeat(999_000), { line: 2_002 }],
  ])("A26 A27 refuses %s at the line where it is", async (_what, file, fault) => {
    const tenant = await makeTenant();
    expect(await tenant.send(file)).toMatchObject({
      status: 400,
      body: { code: "validation_failed", errors: [{ in: "body", ...fault }] },
    });
    expect(await staged()).toEqual([{ left_over: 0 }]);
  });

  it.each([
    [413, "a file that says it is too large", { "content-length": "1000001" }],
    [415, "another charset", { "content-type": "text/csv; charset=iso-8859-1" }],
    [415, "JSON", { "content-type": "application/json" }],
    [415, "a content coding", { "content-encoding": "gzip" }],
  ])("A26 answers %i to %s", async (status, _what, headers) => {
    expect((await (await makeTenant()).send(header, headers)).status).toBe(status);
  });

  it("A26 answers 413 to a file that turns out to be too large", async () => {
    const file = `${header}\n${`${"x".repeat(9_999)}\n`.repeat(110)}`;
    expect(await (await makeTenant()).send(Buffer.from(file))).toMatchObject({ status: 413 });
  });

  it("A12 A13 a file sent again with its Idempotency-Key is imported once; another file with that key is refused", async () => {
    const tenant = await makeTenant();
    const key = { "idempotency-key": newId() };
    const file = [header, line(1), line(2)].join("\n");
    expect(await tenant.send(file, key)).toMatchObject({ status: 200, body: { imported: 2 } });
    const again = await tenant.send(file, key);
    expect(again).toMatchObject({
      status: 200,
      body: { imported: 2 },
      headers: { "idempotency-replayed": "true" },
    });
    for (const { id } of await tenant.list()) {
      await api.app.inject({
        method: "POST",
        url: `/v1/bookings/${id}/cancel`,
        headers: tenant.headers,
        payload: { version: 1 },
      });
    }
    // Its slots are free again, and it is still not imported again.
    expect(await tenant.send(file, key)).toMatchObject({
      status: 200,
      headers: { "idempotency-replayed": "true" },
    });
    expect(await tenant.list()).toHaveLength(2);
    expect(await tenant.send(`${file}\n${line(3)}`, key)).toMatchObject({
      status: 422,
      body: { code: "idempotency_key_reused" },
    });
  });

  it("A13 an import for which the database is too slow is given up before others have to wait for it", async () => {
    const tenant = await makeTenant();
    const file = [header, ...Array.from({ length: 1_500 }, (_, hour) => line(hour))].join("\n");
    const publication = new BookingImports(api.database, {
      limits: { bytes: 1_000_000, lines: 2_000 },
      longestTurnMs: 0,
      feed: { publishReload: () => undefined },
      logger: silent(),
    });
    const origin = { organisationId: tenant.organisationId, actor: "key:test", requestId: "test-request" };
    const audit = new AuditTrail(api.database);
    const refused = publication.import(origin, Readable.from([Buffer.from(file)]), ({ work, prepare }) =>
      audit.change(origin, work, prepare),
    );
    await expect(refused).rejects.toMatchObject({ code: "unavailable", headers: { "retry-after": "60" } });
    expect(await tenant.list()).toEqual([]);
  });

  it("ASVS 8.2.1 a key needs the scope bookings:import, a user to be an admin", async () => {
    const people = await makeOrganisation(fixture);
    const { key } = await makeKey(api, people);
    const headers = { ...agent, authorization: `Bearer ${key}`, "content-type": "text/csv" };
    const answer = await api.app.inject({ method: "POST", url: path, headers, payload: header });
    expect(answer.json()).toMatchObject({
      status: 403,
      detail: "The API key needs the scope bookings:import.",
    });
  });
});

/** Requests over real connections, for what a connection shows. */
const url = await api.app.listen({ host: "127.0.0.1", port: 0 });
const open = (tenant: Awaited<ReturnType<typeof makeTenant>>, origin = url) => {
  const sent = request(`${origin}${path}`, {
    method: "POST",
    headers: { ...tenant.headers, "content-type": "text/csv" },
  });
  sent.on("error", () => undefined);
  const answered = new Promise<{ status: number; body: string }>((resolve, reject) => {
    sent.once("error", reject);
    sent.once("response", (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject);
    });
  });
  answered.catch(() => undefined);
  return { sent, answered };
};

describe("A13 an upload that is under way", () => {
  it("A13 that is cancelled leaves nothing, and gives its place back; meanwhile a second one is told to wait", async () => {
    const tenant = await makeTenant();
    const { sent, answered } = open(tenant);
    sent.write(`${header}\n${Array.from({ length: 600 }, (_, hour) => line(hour)).join("\n")}`);
    await eventually(async () => expect(await staged()).not.toEqual([{ left_over: 0 }]));
    const second = await tenant.send(header);
    expect(second).toMatchObject({
      status: 429,
      body: { code: "rate_limited" },
      headers: { "retry-after": "5" },
    });
    sent.destroy();
    await expect(answered).rejects.toThrow();
    await eventually(async () => expect(await staged()).toEqual([{ left_over: 0 }]));
    expect(await tenant.list()).toEqual([]);
    expect((await tenant.send(header)).status).toBe(200);
  });

  it("A13 gets the answer to a mistake at its beginning, although it goes on", async () => {
    const { sent, answered } = open(await makeTenant());
    sent.write("colour\n");
    const more = setInterval(() => sent.write(`${line(1)}\n`.repeat(100)), 5);
    const { status, body } = await answered.finally(() => clearInterval(more));
    expect({ status, errors: JSON.parse(body).errors }).toMatchObject({
      status: 400,
      errors: [{ field: "colour" }],
    });
    sent.end();
  });

  it("A13 A26 that is slower than its time is answered 408, and leaves nothing", async () => {
    const slow = await fixture.start({ IMPORT_TIMEOUT_MS: "1000", REQUEST_TIMEOUT_MS: "1000" });
    const origin = await slow.app.listen({ host: "127.0.0.1", port: 0 });
    const { sent, answered } = open(await makeTenant(), origin);
    const lines = setInterval(() => sent.write("\n"), 50);
    sent.write(`${header}\n${Array.from({ length: 300 }, (_, hour) => line(hour)).join("\n")}`);
    const { status, body } = await answered.finally(() => clearInterval(lines));
    expect({ status, ...JSON.parse(body) }).toMatchObject({ status: 408, code: "request_timeout" });
    await eventually(async () => expect(await staged()).toEqual([{ left_over: 0 }]));
  });

  it("A13 what a process left behind that ended is removed by the next import", async () => {
    await fixture.mysql.query(
      `INSERT INTO ${dbname}.import_rows VALUES (UUID_TO_BIN('01890000-0000-7000-8000-000000000000'), 1, 2, UUID_TO_BIN(UUID()),
       UUID_TO_BIN(UUID()), 'room 1', 'Ann', 'ann@example.org', '+49151', NULL, NOW(3), NOW(3), '{}')`,
    );
    await (await makeTenant()).send(header);
    expect(await staged()).toEqual([{ left_over: 0 }]);
  });
});

describe("A13 export", () => {
  /** An admin of an organisation of its own, and what its admin gets for a file. */
  const makeAdmin = async () => {
    const tenant = await makeTenant();
    const { headers } = await addBearer(api, { role: "admin", organisationId: tenant.organisationId });
    const admin = { ...agent, ...headers };
    const take = (query = "") => api.app.inject({ url: `/v1/bookings/export${query}`, headers: admin });
    return { ...tenant, admin, take };
  };

  it("A13 gives an admin all bookings as a file, by the filters of the list, and notes who took it", async () => {
    const { send, take, organisationId } = await makeAdmin();
    const lines = Array.from({ length: 250 }, (_, hour) => line(hour));
    await send([header, ...lines].join("\n"));
    const file = await take();
    expect(file.statusCode).toBe(200);
    expect(file.headers).toMatchObject({
      "content-type": "text/csv; charset=utf-8; header=present",
      "content-disposition": expect.stringMatching(/^attachment; filename="bookings-\d{4}-\d\d-\d\d\.csv"$/),
      "cache-control": "no-store",
    });
    const rows = parse<Record<string, string>>(file.body, { columns: true });
    expect(rows.map(({ startsAt }) => startsAt)).toEqual(lines.map((_, hour) => at(hour)));
    expect(Object.keys(rows[0] ?? {})).toEqual(Object.keys(booking.shape));
    const some = parse<Record<string, string>>(
      (await take(`?from=${at(10)}&to=${at(12)}&status=confirmed`)).body,
      { columns: true },
    );
    expect(some.map(({ startsAt }) => startsAt)).toEqual([at(10), at(11)]);
    const noted = await fixture.mysql.query(
      `SELECT after FROM ${dbname}_audit.audit_log WHERE organisation_id = UUID_TO_BIN(?) AND action = 'bookings.exported'
       ORDER BY link`,
      [organisationId],
    );
    expect(noted).toEqual([
      { after: { filter: {} } },
      { after: { filter: { from: at(10), to: at(12), status: "confirmed" } } },
    ]);
  });

  it("A13 a file that was exported can be imported, and gives the same values", async () => {
    const text = (characters: string) =>
      fc.string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength: 9 });
    const ofLine = "=+-@'\",; aé🌍＝";
    const texts = fc.record({ clientName: text(ofLine), notes: text(`${ofLine}\t\r\n`) });
    await fc.assert(
      fc.asyncProperty(fc.array(texts, { minLength: 60, maxLength: 60 }), async (made) => {
        const [first, second] = [await makeAdmin(), await makeTenant()];
        for (const [hour, texts] of made.entries()) {
          const payload = { ...bookingBody(texts), startsAt: at(hour), endsAt: at(hour + 1) };
          await api.app.inject({ method: "POST", url: "/v1/bookings", headers: first.headers, payload });
        }
        const { body } = await first.take();
        for (const cell of parse(body).flat()) expect(cell).not.toMatch(/^[=+\-@\t\r\n＝]/);
        expect((await second.send(body)).status).toBe(200);
        const values = async ({ list }: typeof second) =>
          (await list()).map(({ id, createdAt, updatedAt, ...rest }) => rest);
        expect(await values(second)).toEqual(await values(first));
      }),
      { numRuns: 1, endOnFailure: true },
    );
  });

  it("A13 an export ends when its reader goes, and an organisation has two at most", async () => {
    const { send, admin, take: takeAll } = await makeAdmin();
    expect(
      await send([header, ...Array.from({ length: 1_500 }, (_, hour) => line(hour))].join("\n")),
    ).toMatchObject({ status: 200 });
    const take = () => {
      const got = httpGet(`${url}/v1/bookings/export`, { headers: admin });
      got.on("error", () => undefined);
      return got;
    };
    const slow = [take(), take()];
    await Promise.all(slow.map((got) => once(got, "response")));
    expect((await takeAll()).json()).toMatchObject({ code: "rate_limited" });
    for (const got of slow) got.destroy();
    await eventually(async () => expect((await takeAll()).statusCode).toBe(200));
  });
});
