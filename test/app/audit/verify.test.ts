import { describe, expect, it } from "vitest";
import { genesis } from "../../../app/audit/chain.ts";
import { AuditTrail } from "../../../app/audit/trail.ts";
import { idToBytes, newId } from "../../../app/platform/ids.ts";
import { verificationReport } from "../../../scripts/ops/audit/report.ts";
import type { Verification } from "../../../scripts/ops/audit/verify.ts";
import { withApiFixture } from "../support/fixture.ts";
import { makeOrganisation } from "../support/people.ts";
import { verifyChain } from "../support/verify-chain.ts";

const fixture = await withApiFixture();
const { database } = await fixture.start();
const { mysql, login } = fixture;
const log = `${login.dbname}_audit.audit_log`;
const chains = `${login.dbname}.audit_chains`;

const verify = (organisationId: string, expected?: Verification["expected"]) =>
  verifyChain(fixture, organisationId, expected);

/** An organisation with six links; the fourth has three entries. */
const makeChain = async () => {
  const { organisationId } = await makeOrganisation(fixture);
  const trail = new AuditTrail(database);
  const origin = { organisationId, actor: "user:ann", requestId: "request" };
  for (const entries of [1, 1, 1, 3, 1, 1]) {
    await trail.change(origin, async (transaction) => {
      for (let entry = 0; entry < entries; entry++) {
        const after = { name: "Ann", tags: ["a", 1.5, null], nested: { ä: true } };
        transaction.record({ entity: "booking", entityId: newId(), verb: "created", before: null, after });
      }
    });
  }
  const rows = await mysql.query(
    `SELECT BIN_TO_UUID(id) AS id FROM ${log} WHERE organisation_id = ? ORDER BY link, position`,
    [idToBytes(organisationId)],
  );
  return { organisationId, entries: rows.map(({ id }) => String(id)) };
};
/** Runs statements on the organisation's entries: what follows UPDATE or DELETE's table. */
const tamper = async (organisationId: string, statements: readonly string[]) => {
  for (const statement of statements) {
    await mysql.query(statement.replaceAll("LOG", log).replaceAll("CHAINS", chains), [
      idToBytes(organisationId),
    ]);
  }
};
const here = "WHERE organisation_id = ? AND";
const insertCopy = (link: string, position: string, hash: string, at = "occurred_at") =>
  `INSERT INTO LOG SELECT UUID_TO_BIN(UUID()), organisation_id, ${at}, actor, action, entity, entity_id, \`before\`, after,
   request_id, ${link}, ${position}, ${hash} FROM LOG ${here} link = 6`;
const moveLink = (from: number, to: number) => `UPDATE LOG SET link = ${to} ${here} link = ${from}`;

/** What is done to a chain, and what the verification must say: kind, link, and the place of the entry that it names. */
const tamperings: readonly [string, readonly string[], string, number, number | undefined][] = [
  [
    "a character of its JSON",
    [`UPDATE LOG SET after = JSON_SET(after, '$.name', 'Anm') ${here} link = 3`],
    "altered",
    3,
    2,
  ],
  [
    "a number deep in its JSON",
    [`UPDATE LOG SET after = JSON_SET(after, '$.tags[1]', 1.25) ${here} link = 3`],
    "altered",
    3,
    2,
  ],
  ["the actor", [`UPDATE LOG SET actor = 'user:bob' ${here} link = 1`], "altered", 1, 0],
  [
    "the time, by a millisecond",
    [`UPDATE LOG SET occurred_at = occurred_at + INTERVAL 1000 MICROSECOND ${here} link = 6`],
    "altered",
    6,
    7,
  ],
  [
    "one of several entries of a link",
    [`UPDATE LOG SET request_id = 'other' ${here} link = 4 AND position = 2`],
    "altered",
    4,
    3,
  ],
  ["the order of two links", [moveLink(2, 99), moveLink(3, 2), moveLink(99, 3)], "reordered", 2, 1],
  [
    "the order of two links, their hashes left in place",
    [
      moveLink(2, 99),
      moveLink(3, 2),
      moveLink(99, 3),
      `SET @two = (SELECT link_hash FROM LOG ${here} link = 2)`,
      `SET @three = (SELECT link_hash FROM LOG ${here} link = 3)`,
      `UPDATE LOG SET link_hash = IF(link = 2, @three, @two) ${here} link IN (2, 3)`,
    ],
    "reordered",
    2,
    1,
  ],
  [
    "the order within a link",
    [
      [1, 9],
      [2, 1],
      [9, 2],
    ].map(([from, to]) => `UPDATE LOG SET position = ${to} ${here} link = 4 AND position = ${from}`),
    "altered",
    4,
    4,
  ],
  ["a link that goes to the end", [moveLink(3, 7)], "reordered", 3, 2],
  ["a link that is gone", [`DELETE FROM LOG ${here} link = 3`], "missing", 3, 1],
  [
    "an entry that is gone from its link",
    [`DELETE FROM LOG ${here} link = 4 AND position = 2`],
    "missing",
    4,
    2,
  ],
  ["a link's last entry", [`DELETE FROM LOG ${here} link = 4 AND position = 3`], "missing", 4, 2],
  ["the chain's end", [`DELETE FROM LOG ${here} link >= 5`], "missing", 5, 5],
  ["all entries", ["DELETE FROM LOG WHERE organisation_id = ?"], "missing", 1, undefined],
  ["an entry behind the end", [insertCopy("7", "1", "link_hash")], "added", 7, undefined],
  ["an entry behind a link's last", [insertCopy("4", "4", "NULL")], "added", 4, undefined],
  [
    "an entry in no link",
    [insertCopy("NULL", "NULL", "NULL", "occurred_at + INTERVAL 2 HOUR")],
    "added",
    0,
    undefined,
  ],
  ["a link's hash", [`UPDATE LOG SET link_hash = UNHEX(SHA2('x', 256)) ${here} link = 2`], "altered", 2, 1],
  ["the head", ["UPDATE CHAINS SET hash = UNHEX(SHA2('x', 256)) WHERE organisation_id = ?"], "altered", 6, 7],
  ["the head's row", ["DELETE FROM CHAINS WHERE organisation_id = ?"], "altered", 6, 7],
];

describe("A14 npm run audit -- ENVIRONMENT verify", () => {
  it("A14 finds a chain whole that many wrote at once, and one that has not begun", async () => {
    const { organisationId } = await makeChain();
    const other = await fixture.start();
    await Promise.all(
      Array.from({ length: 30 }, (_, index) => {
        const trail = new AuditTrail(index % 2 === 0 ? database : other.database);
        const origin = { organisationId, actor: `key:${index}`, requestId: `request-${index}` };
        const change = {
          entity: "booking",
          entityId: newId(),
          verb: "updated",
          before: { index },
          after: null,
        };
        return trail.change(origin, async (transaction) => transaction.record(change));
      }),
    );
    const report = await verify(organisationId);
    expect(report).toMatchObject({ number: 36, entries: 38, unchained: 0 });
    expect(report.fault).toBeUndefined();
    const [stored] = await mysql.query(`SELECT hash FROM ${chains} WHERE organisation_id = ?`, [
      idToBytes(organisationId),
    ]);
    expect(report.hash).toBe(stored?.hash.toString("hex"));
    expect(await verify(organisationId, new Map([[organisationId, expectedOf(report)]]))).toEqual(report);
    expect(verificationReport([report])).toContain(`head link 36 ${report.hash}\nAll chains are whole.`);
    // From before the chain began: counted, and no fault.
    await tamper(organisationId, [insertCopy("NULL", "NULL", "NULL", "occurred_at - INTERVAL 1 DAY")]);
    const older = await verify(organisationId);
    expect(older).toEqual({ ...report, unchained: 1 });
    const more = await verify(organisationId, new Map([[organisationId, expectedOf(report)]]));
    expect(more.fault).toMatchObject({ kind: "added", link: 0 });
    const empty = newId();
    expect(await verify(empty, new Map([[empty, { ...genesis, unchained: 0 }]]))).toMatchObject({
      number: 0,
    });
  });

  it.each(tamperings)(
    "A14 names what was altered, missing, added or moved: %s",
    async (_what, how, kind, link, place) => {
      const { organisationId, entries } = await makeChain();
      await tamper(organisationId, how);
      const report = await verify(organisationId);
      expect(report.fault).toMatchObject({ kind, link });
      if (place !== undefined) expect(report.fault?.entry).toBe(entries[place]);
      expect(verificationReport([report])).toContain(`✗ organisation ${organisationId}`);
    },
  );

  it("A14 tells a chain that was written anew, or shortened with its head, by the heads of an earlier run", async () => {
    const { organisationId } = await makeChain();
    const earlier = await verify(organisationId);
    // Whole in itself, with another history: what a forger with all rights would leave.
    const forged = { ...expectedOf(earlier), hash: Buffer.alloc(32, 1) };
    const rewritten = await verify(organisationId, new Map([[organisationId, forged]]));
    expect(rewritten.fault).toMatchObject({ kind: "rewritten", link: 6 });
    await tamper(organisationId, [
      `DELETE FROM LOG ${here} link = 6`,
      `UPDATE CHAINS SET number = 5, hash = (SELECT link_hash FROM LOG WHERE link = 5 AND LOG.organisation_id = CHAINS.organisation_id)
       WHERE organisation_id = ?`,
    ]);
    expect((await verify(organisationId)).fault).toBeUndefined();
    const shortened = await verify(organisationId, new Map([[organisationId, expectedOf(earlier)]]));
    expect(shortened.fault).toMatchObject({ kind: "missing", link: 6 });
  });
});

const expectedOf = ({ number, hash, unchained }: Awaited<ReturnType<typeof verify>>) => ({
  number,
  hash: Buffer.from(hash, "hex"),
  unchained,
});
