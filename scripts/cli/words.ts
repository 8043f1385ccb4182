import type { Manifest } from "../ops/database/format.ts";

const units = ["B", "kB", "MB", "GB", "TB"];

/** 12345678 → "12.3 MB". */
export const size = (bytes: number): string => {
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
  return `${(bytes / 1000 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step]}`;
};

export const count = (number: number): string => number.toLocaleString("en-US");

/** What a backup holds, for a person. */
export const describeManifest = (manifest: Manifest): string => {
  const { environment, createdAt, server, migrations, binlog, tables } = manifest;
  const width = Math.max(0, ...tables.map(({ schema, name }) => schema.length + name.length + 1));
  const lines = tables.map(
    ({ schema, name, rows, sha256 }) =>
      `    ${`${schema}.${name}`.padEnd(width)}  ${count(rows).padStart(13)} rows  sha256 ${sha256.slice(0, 16)}…`,
  );
  return [
    `  of          ${environment}, ${createdAt}, MySQL ${server.version}`,
    `  schema      ${migrations.at(-1) ?? "without migrations"}`,
    ...(binlog
      ? [`  binlogs     replay from ${binlog.file}, position ${binlog.position}, idempotently`]
      : []),
    "  tables",
    ...lines,
  ].join("\n");
};
