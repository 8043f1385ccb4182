/** Tables with a row or two for each organisation, however long the product is used: a step may read or change all rows of these. */
const small = /^`?(organisations|audit_chains|kysely_\w+|information_schema)\b/i;
const definition = /^(alter\s+table|(create|drop)\s+(unique\s+|fulltext\s+|spatial\s+)?index)\b/i;
const wholeTable = /^(lock|flush|optimize|repair|load)\b/i;
const rowLocks = /^(update|delete|(insert|replace)\b.*\bselect\b|select\b.*\bfor\s+(update|share)\b)/i;

/**
 * Why a statement of a migration would hold up those who work on a table of millions of rows, undefined where it does not. A statement that
 * changes a table says how, because MySQL then refuses what it cannot do that way instead of copying the table under a lock:
 * https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html
 */
export function holdsUp(statement: string): string | undefined {
  const text = statement
    .replaceAll(/\/\*.*?\*\/|'(?:[^'\\]|\\.|'')*'/gs, "''")
    .replaceAll(/\s+/g, " ")
    .trim();
  if (wholeTable.test(text)) return `takes a whole table: ${text}`;
  if (definition.test(text)) {
    const algorithm = /\balgorithm\s*=?\s*(\w+)/i.exec(text)?.[1]?.toLowerCase();
    const lock = /\block\s*=?\s*(\w+)/i.exec(text)?.[1]?.toLowerCase();
    if (algorithm === "instant" || (algorithm === "inplace" && lock === "none")) return undefined;
    return `states neither algorithm=instant nor algorithm=inplace, lock=none: ${text}`;
  }
  if (!rowLocks.test(text) || /\blimit \S+$/i.test(text)) return undefined;
  const tables = [...text.matchAll(/\b(?:from|join|update) ([\w`.]+)/gi)].map(([, name = ""]) => name);
  return tables.every((name) => small.test(name))
    ? undefined
    : `locks all rows it reads, without a limit: ${text}`;
}
