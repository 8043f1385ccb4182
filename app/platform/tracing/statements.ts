import type { SpanStart } from "./tracing.ts";

/** What a statement works on: the first table that it names, with its schema where that is named. */
const table = /\b(?:from|into|update|join)\s+((?:`?\w+`?\.)?`?\w+`?)/i;

/**
 * A statement's span: its first word and its table. The text is left out, which is long, and so are the values.
 * https://opentelemetry.io/docs/specs/semconv/database/mysql/
 */
export function statementSpan(sql: string): SpanStart {
  const [word = ""] = sql.trimStart().split(/\s/, 1);
  const operation = word.toUpperCase();
  const [, named] = table.exec(sql) ?? [];
  const collection = named?.replaceAll("`", "");
  return {
    name: collection === undefined ? operation : `${operation} ${collection}`,
    kind: "client",
    attributes: {
      "db.system.name": "mysql",
      "db.operation.name": operation,
      ...(collection !== undefined && { "db.collection.name": collection }),
    },
  };
}
