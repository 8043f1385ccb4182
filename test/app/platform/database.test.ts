import { describe, expect, it } from "vitest";
import { defaultOrganisation } from "../../../app/organisations/table.ts";
import { statement } from "../../../app/platform/database/statement.ts";
import { fromDatabaseTime } from "../../../app/platform/database/times.ts";
import { idToBytes } from "../../../app/platform/ids.ts";
import { bookingBody } from "../support/bookings.ts";
import { keyed } from "../support/client.ts";
import { withApiFixture } from "../support/fixture.ts";
import { makeKey, makeOrganisation } from "../support/people.ts";

const fixture = await withApiFixture();
const api = await fixture.start();

describe("A11 transactions", () => {
  it("two that lock each other out are both done: the one that MySQL ends is run again", async () => {
    const ids: Buffer[] = [];
    for (let number = 0; number < 2; number++) {
      const made = await api.app.inject({
        method: "POST",
        url: "/v1/bookings",
        headers: keyed,
        payload: bookingBody(),
      });
      ids.push(idToBytes(made.json().id));
    }
    const both = Promise.withResolvers<void>();
    let locked = 0;
    let runs = 0;
    /** Locks one booking, waits until the other transaction has locked its own, then wants that one too. */
    const cross = (first: Buffer, second: Buffer) =>
      api.database.transaction(async (transaction) => {
        runs++;
        const touch = (id: Buffer) =>
          transaction.run("UPDATE bookings SET version = version + 1 WHERE id = ?", [id]);
        await touch(first);
        if (++locked === 2) both.resolve();
        await both.promise;
        await touch(second);
      });
    const [one, two] = ids;
    if (one === undefined || two === undefined) throw new Error("no bookings were made");
    await Promise.all([cross(one, two), cross(two, one)]);
    expect(runs).toBe(3);
    const rows = await api.database.read((db) =>
      db.run("SELECT version FROM bookings WHERE id IN (?, ?)", ids),
    );
    expect(rows).toEqual([{ version: 3 }, { version: 3 }]);
  });

  it("changes of one organisation that wait for each other leave the pool to other organisations, and are all done in the end", async () => {
    const post = (headers: Record<string, string>) =>
      api.app.inject({ method: "POST", url: "/v1/bookings", headers, payload: bookingBody() });
    const { key } = await makeKey(api, await makeOrganisation(fixture));
    const neighbour = { ...keyed, authorization: `Bearer ${key}` };
    await post(neighbour);
    const holder = await fixture.mysql.connect(fixture.mysql.admin);
    await holder.query("BEGIN");
    await holder.query(
      `SELECT number FROM ${fixture.login.dbname}.audit_chains WHERE organisation_id = ? FOR UPDATE`,
      [idToBytes(defaultOrganisation)],
    );
    let answered = 0;
    const waiting = Array.from({ length: 40 }, async () => {
      const { statusCode } = await post(keyed);
      answered++;
      return statusCode;
    });
    expect((await post(neighbour)).statusCode).toBe(201);
    expect((await api.app.inject({ url: "/v1/bookings?limit=1", headers: keyed })).statusCode).toBe(200);
    expect(answered).toBe(0);
    await holder.query("ROLLBACK");
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([201]));
  });

  it("one that fails leaves nothing", async () => {
    const count = async () =>
      (await fixture.mysql.query(`SELECT id FROM ${fixture.login.dbname}.organisations`)).length;
    const before = await count();
    const failing = api.database.transaction(async (transaction) => {
      const id = idToBytes("01890000-0000-7000-8000-00000000000a");
      await transaction.run("INSERT INTO organisations (id, name) VALUES (?, 'half done')", [id]);
      throw new Error("changed my mind");
    });
    await expect(failing).rejects.toThrow("changed my mind");
    expect(await count()).toBe(before);
  });

  it("times are UTC on the way in and out, whatever the server's zone", async () => {
    const created = statement(["id"], (db, { id }: { id: Buffer }) =>
      db.selectFrom("organisations").select("created_at").where("id", "=", id),
    );
    const [row] = await api.database.read((db) => created(db, { id: idToBytes(defaultOrganisation) }));
    expect(Math.abs(Date.now() - Date.parse(fromDatabaseTime(row?.created_at ?? "")))).toBeLessThan(120_000);
  });
});
