/** A valid line of a file that is being imported. Nobody sees it before all of them become bookings in one transaction. */
export interface ImportRowsTable {
  /** A UUIDv7, so that rows of imports that broke off are found by their age. */
  import_id: Buffer;
  /** Place among the import's bookings, from 1: that of its entry in the audit trail. */
  position: number;
  /** Line of the file. */
  line: number;
  booking_id: Buffer;
  /** Id of its entry in the audit trail. */
  entry_id: Buffer;
  resource: string;
  client_name: string;
  client_email: string;
  client_phone: string;
  notes: string | null;
  starts_at: string;
  ends_at: string;
  /** The booking as the API answers it: `after` of its entry. */
  after: unknown;
}

declare module "../../platform/database/tables.ts" {
  interface Tables {
    import_rows: ImportRowsTable;
  }
}
