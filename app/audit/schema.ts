import * as z from "zod";
import { integer, moment, uuid } from "../http/formats.ts";
import { longestCursor } from "../platform/cursor.ts";

/** ISO 8601 with a time zone. */
const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const name = z.string().regex(/^[a-z][a-z_]*$/, "must be small letters and _");

const filter = {
  /** What kind of thing was changed, and which: both or neither. */
  entity: name.max(32).optional(),
  entityId: z.uuid().optional(),
  /** Who did it: "user:<id>", "key:<id>", "operator". */
  actor: z
    .string()
    .regex(/^[a-z]+(:[0-9a-f-]{36})?$/, "must be a kind of actor, and an id where it has one")
    .max(128)
    .optional(),
  /** What was done: "booking.updated". */
  action: z
    .string()
    .regex(/^[a-z_]+\.[a-z_]+$/, "must be <entity>.<verb>")
    .max(64)
    .optional(),
  /** Entries of or after this time, and before that one. */
  from: time.optional(),
  to: time.optional(),
};

const bothOrNeither = ({
  entity,
  entityId,
}: {
  entity?: string | undefined;
  entityId?: string | undefined;
}) => (entity === undefined) === (entityId === undefined);
const pair = { path: ["entityId"], error: "goes with entity" };

/** Query parameters of the export. */
export const exportAudit = z.strictObject(filter).refine(bothOrNeither, pair);
export type AuditFilter = z.output<typeof exportAudit>;

/** Query parameters of the list. */
export const listAudit = z
  .strictObject({
    limit: z
      .string()
      .regex(/^\d{1,3}$/, "must be a whole number")
      .transform(Number)
      .pipe(z.number().min(1).max(100))
      .default(50),
    /** `nextCursor` of the page before. */
    cursor: z.string().max(longestCursor).optional(),
    ...filter,
  })
  .refine(bothOrNeither, pair);
export type AuditQuery = z.output<typeof listAudit>;

/** An entry as the API answers it: all that the chain covers, and its place there. */
export const auditEntry = z.object({
  id: uuid,
  occurredAt: moment,
  actor: z.string(),
  action: z.string(),
  entity: z.string(),
  entityId: uuid,
  before: z.unknown(),
  after: z.unknown(),
  requestId: z.string(),
  link: integer.nullable(),
  position: integer.nullable(),
  /** In hexadecimal, on a link's last entry. */
  linkHash: z.string().nullable(),
});
export type AuditEntry = z.infer<typeof auditEntry>;

export const auditPage = z.object({ items: z.array(auditEntry), nextCursor: z.string().nullable() });
export type AuditPage = z.infer<typeof auditPage>;
