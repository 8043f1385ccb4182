import * as z from "zod";
import type { Session } from "../../../scripts/ops/database/session.ts";
import { importedLines, type Kind, kinds, type Operation } from "./write-ledger.ts";

/** What became of the writes of a kind, with keys or without, while something was killed. */
export interface FaultFigures {
  victim: string;
  kind: string;
  /** Writes whose answer did not come, and how many of them had been done. */
  interrupted: number;
  done: number;
  /** Answered as done and not there, or answered as refused and there. */
  lost: number;
  /** There more than once. */
  doubled: number;
}

const bookingRow = z.object({
  id: z.string(),
  resource: z.string(),
  version: z.number(),
  status: z.string(),
  notes: z.string().nullable(),
});
type BookingRow = z.output<typeof bookingRow>;

const entryRow = z.object({
  id: z.string(),
  action: z.string(),
  after: z
    .string()
    .transform((text) => JSON.parse(text))
    .pipe(z.record(z.string(), z.unknown())),
});
type Entry = z.output<typeof entryRow>;

/** What the tables say. */
export class WriteTruth {
  readonly #bookings: Map<string, BookingRow>;
  readonly #states: Map<string, Entry[]>;
  readonly #resources: Map<string, string[]>;

  constructor(bookings: BookingRow[], entries: Entry[]) {
    this.#bookings = new Map(bookings.map((row) => [row.id, row]));
    this.#states = Map.groupBy(entries, ({ id }) => id);
    this.#resources = new Map(
      [...Map.groupBy(bookings, ({ resource }) => resource)].map(([name, rows]) => [
        name,
        rows.map(({ id }) => id),
      ]),
    );
  }

  static async read(session: Session): Promise<WriteTruth> {
    const bookings = await session.query(
      "SELECT BIN_TO_UUID(id) AS id, resource, version, status, notes FROM bulwark.bookings",
    );
    const entries = await session.query(
      `SELECT BIN_TO_UUID(entity_id) AS id, action, after FROM bulwark_audit.audit_log
       WHERE entity = 'booking' ORDER BY link, position`,
    );
    return new WriteTruth(z.array(bookingRow).parse(bookings), z.array(entryRow).parse(entries));
  }

  /** How often a write is there: as a booking, or as a change that the audit trail tells of. */
  #times({ kind, mark, bookingId = "" }: Operation): number {
    if (kind === "import") return (this.#resources.get(mark)?.length ?? 0) / importedLines;
    if (kind === "create") return this.#resources.get(mark)?.length ?? 0;
    const states = this.#states.get(bookingId) ?? [];
    return states.filter(({ action, after }) =>
      kind === "cancel" ? action === "booking.cancelled" : after.notes === mark,
    ).length;
  }

  #isLost(operation: Operation): boolean {
    const { kind, done, imported, refused } = operation;
    const times = this.#times(operation);
    if (refused) return times > 0;
    // A part of an import is lost as well.
    if (kind === "import") return imported ? times !== 1 : times !== Math.floor(times);
    if (done === undefined) return false;
    const states = this.#states.get(done.id) ?? [];
    return !states.some(({ after }) => Object.entries(done).every(([name, value]) => after[name] === value));
  }

  figures(operations: readonly Operation[], victims: readonly string[]): FaultFigures[] {
    const of = (kind: Kind, keyed: boolean) =>
      operations.filter((operation) => operation.kind === kind && (operation.key !== undefined) === keyed);
    return kinds.flatMap((kind) =>
      [true, false].flatMap((keyed) =>
        victims.map((victim) => {
          const interrupted = of(kind, keyed).filter((operation) => operation.interrupted === victim);
          return {
            victim,
            kind: `${kind}${keyed ? ", key" : ""}`,
            interrupted: interrupted.length,
            done: interrupted.filter((operation) => this.#times(operation) > 0).length,
            lost: interrupted.filter((operation) => this.#isLost(operation)).length,
            doubled: interrupted.filter((operation) => this.#times(operation) > 1).length,
          };
        }),
      ),
    );
  }

  /** The same of all writes, interrupted or not. */
  faults(operations: readonly Operation[]): { lost: number; doubled: number } {
    return {
      lost: operations.filter((operation) => this.#isLost(operation)).length,
      doubled: operations.filter((operation) => this.#times(operation) > 1).length,
    };
  }

  /** Bookings whose entries in the audit trail are not exactly their history, and entries of no booking. */
  orphans(): string[] {
    const strangers = [...this.#states.keys()].filter((id) => !this.#bookings.has(id));
    const unlike = [...this.#bookings.values()].filter(({ id, version, ...row }) => {
      const states = this.#states.get(id) ?? [];
      const last = states.at(-1)?.after;
      const told = states.map(({ after }) => after.version).join();
      const history = Array.from({ length: version }, (_, index) => index + 1).join();
      return told !== history || !Object.entries(row).every(([name, value]) => last?.[name] === value);
    });
    return [...strangers, ...unlike.map(({ id }) => id)];
  }
}
