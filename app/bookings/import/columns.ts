import { readCell } from "../csv.ts";
import { type BookingInput, createBooking } from "../schema.ts";
import { badFile, type Fault } from "./faults.ts";
import type { CsvRecord } from "./records.ts";

type Column = keyof typeof createBooking.shape | "status";

/** What an export has besides: it belongs to the booking that was exported, and a new one gets its own. */
const passedOver = new Set(["id", "version", "createdAt", "updatedAt"]);

/** Which column each field is, by the header; undefined: passed over. */
export type Columns = readonly (Column | undefined)[];

/** @throws Problem that names the columns that are unknown, there twice, or missing. */
export function readHeader({ line, fields }: CsvRecord): Columns {
  const names = fields.map((field) => field.trim());
  const faultOf = (name: string, index: number): string | undefined => {
    if (names.indexOf(name) !== index) return "is there twice";
    return isColumn(name) || passedOver.has(name) ? undefined : "is not a column of a booking";
  };
  for (const [index, name] of names.entries()) {
    const fault = faultOf(name, index);
    if (fault !== undefined) throw badFile(line, fault, name.slice(0, 50).toWellFormed());
  }
  for (const [name, schema] of Object.entries(createBooking.shape)) {
    const isRequired = !schema.safeParse(undefined).success;
    if (isRequired && !names.includes(name)) throw badFile(line, "is missing in the header", name);
  }
  return names.map((name) => (isColumn(name) ? name : undefined));
}

const isColumn = (name: string): name is Column =>
  name === "status" || Object.hasOwn(createBooking.shape, name);

/** The booking of a record, by the schema of `POST /v1/bookings`, or why it is none. An empty field is one that is left out. */
export function readBooking(
  columns: Columns,
  { line, fields }: CsvRecord,
): { input: BookingInput } | { faults: readonly Fault[] } {
  if (fields.length !== columns.length) {
    return {
      faults: [{ line, message: `has ${fields.length} fields, and the header has ${columns.length}` }],
    };
  }
  const cells: Partial<Record<Column, string>> = {};
  for (const [index, column] of columns.entries()) {
    const text = fields[index];
    if (column !== undefined && text !== undefined && text !== "") cells[column] = readCell(text);
  }
  const { status = "confirmed", ...input } = cells;
  if (status !== "confirmed") {
    return {
      faults: [{ line, field: "status", message: "must be confirmed, as only such bookings are imported" }],
    };
  }
  const { success, data, error } = createBooking.safeParse(input);
  if (success) return { input: data };
  return { faults: error.issues.map(({ path, message }) => ({ line, field: path.join("."), message })) };
}
