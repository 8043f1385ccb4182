import { describe, expect, test } from "vitest";
import { defaultOrganisation } from "../../../app/organisations/table.ts";
import { idToBytes } from "../../../app/platform/ids.ts";
import { agent, bookingBody } from "../support/bookings.ts";
import { withPlace } from "../support/place.ts";

const place = await withPlace();
const api = await place.start();

describe("A11 transactions", () => {
  test("two that lock each other out are both done: the one that MySQL ends is run again", async () => {
    const payload = bookingBody();
    const ids = [];
    for (let number = 0; number < 2; number++) {
      const made = await api.app.inject({ method: "POST", url: "/v1/bookings", headers: agent, payload });
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
          transaction
            .updateTable("bookings")
            .set((row) => ({ version: row("version", "+", 1) }))
            .where("id", "=", id)
            .execute();
        await touch(first);
        if (++locked === 2) both.resolve();
        await both.promise;
        await touch(second);
      });
    const [one, two] = ids;
    if (one === undefined || two === undefined) throw new Error("no bookings were made");
    await Promise.all([cross(one, two), cross(two, one)]);
    expect(runs).toBe(3);
    const rows = await api.database.query
      .selectFrom("bookings")
      .select("version")
      .where("id", "in", ids)
      .execute();
    expect(rows.map(({ version }) => version)).toEqual([3, 3]);
  });

  test("one that fails leaves nothing", async () => {
    const count = async () =>
      (await place.mysql.query(`SELECT id FROM ${place.login.dbname}.organisations`)).length;
    const before = await count();
    const failing = api.database.transaction(async (transaction) => {
      await transaction
        .insertInto("organisations")
        .values({ id: idToBytes("01890000-0000-7000-8000-00000000000a"), name: "half done" })
        .execute();
      throw new Error("changed my mind");
    });
    await expect(failing).rejects.toThrow("changed my mind");
    expect(await count()).toBe(before);
  });

  test("times are UTC on the way in and out, whatever the server's zone", async () => {
    const [row] = await api.database.query
      .selectFrom("organisations")
      .selectAll()
      .where("id", "=", idToBytes(defaultOrganisation))
      .execute();
    expect(Math.abs(Date.now() - Number(row?.created_at))).toBeLessThan(120_000);
  });
});
