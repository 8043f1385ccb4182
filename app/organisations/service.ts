import { AuditTrail, type Origin } from "../audit/trail.ts";
import type { Tier } from "../contract/limits.ts";
import type { DatabaseAccess } from "../platform/database/database.ts";
import { statement } from "../platform/database/statement.ts";
import { idToBytes } from "../platform/ids.ts";

const readTier = statement(["id"], (db, { id }: { id: Buffer }) =>
  db.selectFrom("organisations").select("tier").where("id", "=", id),
);

const writeTier = statement(["id", "tier"], (db, { id, tier }: { id: Buffer; tier: Tier }) =>
  db.updateTable("organisations").set({ tier }).where("id", "=", id),
);

/** What is decided about an organisation as a whole: for commands, not for requests. */
export class Organisations {
  readonly #audit: AuditTrail;

  constructor(database: DatabaseAccess) {
    this.#audit = new AuditTrail(database);
  }

  /** Its keys have the new tier's limits within seconds, its users with their next access token. @returns the tier of before */
  setTier(origin: Origin, tier: Tier): Promise<Tier | undefined> {
    const { organisationId } = origin;
    const id = idToBytes(organisationId);
    return this.#audit.change(origin, async (transaction) => {
      const [before] = await readTier(transaction, { id });
      if (before === undefined || before.tier === tier) return before?.tier;
      await writeTier(transaction, { id, tier });
      const change = { entity: "organisation", entityId: organisationId, verb: "tier_changed" };
      transaction.record({ ...change, before, after: { tier } });
      return before.tier;
    });
  }
}
