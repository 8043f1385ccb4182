import { type Kysely, type Selectable, sql } from "kysely";
import type { Position } from "../platform/cursor.ts";
import { type Connection, type Statement, statement } from "../platform/database/statement.ts";
import type { Tables } from "../platform/database/tables.ts";
import { fromDatabaseTime, toDatabaseTime } from "../platform/database/times.ts";
import { idFromBytes, idToBytes } from "../platform/ids.ts";
import type { AuditEntry, AuditFilter } from "./schema.ts";
import type { AuditTable } from "./table.ts";

interface PageValues {
  organisationId: Buffer;
  /** Both or neither. */
  entity?: string | undefined;
  entityId?: Buffer | undefined;
  actor?: string | undefined;
  action?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  /** The last entry of the page before; both or neither. */
  afterTime?: string | undefined;
  afterId?: Buffer | undefined;
  limit: number;
}

/** Reads pages of the audit trail in a schema, the newest entry first. */
export class AuditPages {
  readonly #schema: string;
  /** One for each combination of filters in use: at most 64. */
  readonly #statements = new Map<string, Statement<PageValues, Selectable<AuditTable>>>();

  constructor(schema: string) {
    this.#schema = schema;
  }

  /** At most `limit` entries behind `after`. */
  async read(
    db: Connection,
    organisationId: string,
    filter: AuditFilter,
    { after, limit }: { after: Position | undefined; limit: number },
  ): Promise<AuditEntry[]> {
    const values: PageValues = {
      organisationId: idToBytes(organisationId),
      entity: filter.entity,
      entityId: filter.entityId === undefined ? undefined : idToBytes(filter.entityId),
      actor: filter.actor,
      action: filter.action,
      from: filter.from && toDatabaseTime(filter.from),
      to: filter.to && toDatabaseTime(filter.to),
      afterTime: after && toDatabaseTime(after.at),
      afterId: after && idToBytes(after.id),
      limit,
    };
    const rows = await this.#statement(values)(db, values);
    return rows.map(toEntry);
  }

  #statement(values: PageValues): Statement<PageValues, Selectable<AuditTable>> {
    const names = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    const key = names.join();
    let known = this.#statements.get(key);
    if (known === undefined) {
      known = statement(names as (keyof PageValues)[], (db, given) => selectPage(db, this.#schema, given));
      this.#statements.set(key, known);
    }
    return known;
  }
}

/** Each of these gives entries in the order of the list, so that a page costs its own rows. Said to the server, which would rather sort. */
function indexFor({ entity, actor, action }: PageValues): string {
  if (entity !== undefined) return "audit_by_entity";
  if (actor !== undefined) return "audit_by_actor";
  return action === undefined ? "audit_by_time" : "audit_by_action";
}

function selectPage(db: Kysely<Tables>, schema: string, values: PageValues) {
  const { organisationId, entity, entityId, actor, action, from, to, afterTime, afterId, limit } = values;
  let query = db
    .withSchema(schema)
    .selectFrom("audit_log")
    .modifyFront(sql`/*+ index(audit_log ${sql.ref(indexFor(values))}) */`)
    .selectAll()
    .where("organisation_id", "=", organisationId);
  if (entity !== undefined) query = query.where("entity", "=", entity);
  if (entityId !== undefined) query = query.where("entity_id", "=", entityId);
  if (actor !== undefined) query = query.where("actor", "=", actor);
  if (action !== undefined) query = query.where("action", "=", action);
  if (from !== undefined) query = query.where("occurred_at", ">=", from);
  if (to !== undefined) query = query.where("occurred_at", "<", to);
  if (afterTime !== undefined && afterId !== undefined) {
    // Not `(occurred_at, id) < (…)`: MySQL reads no range of the index for that.
    query = query
      .where("occurred_at", "<=", afterTime)
      .where((where) => where.or([where("occurred_at", "<", afterTime), where("id", "<", afterId)]));
  }
  return query.orderBy("occurred_at", "desc").orderBy("id", "desc").limit(limit);
}

const toEntry = (row: Selectable<AuditTable>): AuditEntry => ({
  id: idFromBytes(row.id),
  occurredAt: fromDatabaseTime(row.occurred_at),
  actor: row.actor,
  action: row.action,
  entity: row.entity,
  entityId: idFromBytes(row.entity_id),
  before: row.before,
  after: row.after,
  requestId: row.request_id,
  link: row.link,
  position: row.position,
  linkHash: row.link_hash?.toString("hex") ?? null,
});
