import { pipeline } from "node:stream/promises";
import { CsvError, parse } from "csv-parse";
import { longestLineBytes, textLines } from "./bytes.ts";
import { badFile } from "./faults.ts";

/** A record, or an empty line: one empty field. */
export interface CsvRecord {
  /** The line on which it begins, from 1. */
  line: number;
  fields: readonly string[];
}

/** A record that is still not over after this many bytes is refused. */
const longestRecordBytes = 65_536;

export interface FileLimits {
  bytes: number;
  /** Records and empty lines, the header not counted. */
  lines: number;
}

/**
 * The records of a CSV file (RFC 4180, UTF-8 with or without byte order mark, CRLF or LF), read as it arrives: memory does not grow
 * with the file.
 * @throws Problem that names the line, for what is no such file or larger than `limits`.
 */
export async function* readRecords(
  file: AsyncIterable<Buffer>,
  limits: FileLimits,
): AsyncGenerator<CsvRecord> {
  // The parser's own count of lines takes a CRLF within quotes for two.
  let line = 1;
  /** Of the records that are parsed, of which so many are passed on: to shift such a list takes long where lines are short. */
  const begins: number[] = [];
  let passedOn = 0;
  let endedAt = 0;
  const count = (fields: string[]): string[] => {
    endedAt = parser.info.bytes;
    begins.push(line);
    line += 1 + fields.reduce((sum, field) => sum + newlines(field), 0);
    return fields;
  };
  const parser = parse({
    bom: true,
    record_delimiter: ["\r\n", "\n"],
    relax_column_count: true,
    max_record_size: longestLineBytes,
    on_record: count,
  });
  // The parser's limit counts characters, and a record of empty fields has none.
  const ends = async function* (lines: AsyncIterable<Buffer>) {
    for await (const piece of lines) {
      yield piece;
      if (parser.info.bytes - endedAt > longestRecordBytes)
        throw badFile(line, "begins a record without end");
    }
  };
  // The parser fails with what comes before it fails with.
  pipeline(textLines(file, limits.bytes), ends, parser).catch(() => undefined);
  let records = 0;
  try {
    // They are what `count` returns.
    for await (const fields of parser as AsyncIterable<string[]>) {
      const record = { line: begins[passedOn++] ?? line, fields };
      if (passedOn === begins.length) {
        begins.length = 0;
        passedOn = 0;
      }
      if (records++ > limits.lines) {
        throw badFile(record.line, `is one more than the ${limits.lines} that a file may have`);
      }
      yield record;
    }
  } catch (error) {
    throw error instanceof CsvError ? badFile(line, csvFault(error.code)) : error;
  }
}

function newlines(field: string): number {
  let count = 0;
  for (let at = field.indexOf("\n"); at >= 0; at = field.indexOf("\n", at + 1)) count++;
  return count;
}

function csvFault(code: string): string {
  if (code === "CSV_QUOTE_NOT_CLOSED") return "has a quote that is not closed";
  if (code === "CSV_MAX_RECORD_SIZE") return `begins a record of more than ${longestLineBytes} characters`;
  return "has a quote in a field: quote the field, and double the quote";
}
