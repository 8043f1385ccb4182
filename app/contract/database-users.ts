/**
 * Who may do what in MySQL: made by the bootstrap Lambda, copied to the clones by rotation, proven by tests (D1).
 * Grants are per schema, so that a new table needs no new grant; the audit trail has a schema of its own, in which the
 * application may only add and read (A14).
 */
export const schemas = { data: "bulwark", audit: "bulwark_audit" } as const;

/**
 * Schemas that backup and restore work in, each with its `_audit` beside it: where a backup is loaded and verified, where the
 * tables go that it takes the place of, and where one that is being taken is proven. Made and dropped by these commands; they
 * hold what the live ones hold, so nobody else gets in.
 */
export const scratchSchemas = {
  restored: "bulwark_restore",
  replaced: "bulwark_replaced",
  proof: "bulwark_proof",
} as const;

/** What the migrator works in. Named one by one: a pattern would be taken literally where partial_revokes is on. */
const migratorSchemas: readonly string[] = [
  schemas.data,
  schemas.audit,
  ...Object.values(scratchSchemas).flatMap((name) => [name, `${name}_audit`]),
];

/**
 * What the report of statements reads (scripts/ops/database/statements.ts): counts and shapes. Not QUERY_SAMPLE_TEXT, and none of the
 * other tables of statements and threads: they hold statements with their values, which are tenants' data. The text of a prepared
 * statement has placeholders for its values.
 */
const statementColumns = [
  "AVG_TIMER_WAIT",
  "COUNT_STAR",
  "DIGEST",
  "DIGEST_TEXT",
  "FIRST_SEEN",
  "LAST_SEEN",
  "MAX_TIMER_WAIT",
  "QUANTILE_95",
  "SCHEMA_NAME",
  "SUM_ERRORS",
  "SUM_LOCK_TIME",
  "SUM_NO_INDEX_USED",
  "SUM_ROWS_AFFECTED",
  "SUM_ROWS_EXAMINED",
  "SUM_ROWS_SENT",
  "SUM_TIMER_WAIT",
];
const preparedColumns = [
  "COUNT_EXECUTE",
  "MAX_TIMER_EXECUTE",
  "SQL_TEXT",
  "SUM_ERRORS",
  "SUM_NO_INDEX_USED",
  "SUM_ROWS_AFFECTED",
  "SUM_ROWS_EXAMINED",
  "SUM_ROWS_SENT",
  "SUM_TIMER_EXECUTE",
];
const select = (columns: readonly string[]): string =>
  `SELECT (${columns.map((name) => `\`${name}\``).join(", ")})`;

/** Privileges on a schema, or on one table of it. */
export interface Grant {
  on: string;
  table?: string;
  privileges: readonly string[];
}

/** What a grant is on, as MySQL writes it: "`bulwark`.*". */
export const grantedOn = ({ on, table }: Grant): string =>
  `\`${on}\`.${table === undefined ? "*" : `\`${table}\``}`;

export interface DatabaseUser {
  /** Base name; rotation alternates between `<name>` and `<name>_clone` (32 characters at most). */
  name: string;
  /** The schema it starts in. */
  home: string;
  /** All that it may do; nobody gets FILE, SUPER, PROCESS or GRANT OPTION. */
  grants: readonly Grant[];
}

export const applicationUser: DatabaseUser = {
  name: "bulwark_app",
  home: schemas.data,
  grants: [
    { on: schemas.data, privileges: ["SELECT", "INSERT", "UPDATE", "DELETE"] },
    { on: schemas.audit, privileges: ["SELECT", "INSERT"] },
  ],
};

/** A backup needs no more than SELECT: a consistent snapshot takes no lock, so neither LOCK TABLES nor RELOAD. */
export const migratorUser: DatabaseUser = {
  name: "bulwark_migrator",
  home: schemas.data,
  grants: migratorSchemas.map((on) => ({
    on,
    privileges: ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "INDEX", "REFERENCES"],
  })),
};

/** Counters and settings of the server (global_status, global_variables) are open to every user. */
export const monitorUser: DatabaseUser = {
  name: "bulwark_monitor",
  home: "performance_schema",
  grants: [
    {
      on: "performance_schema",
      table: "events_statements_summary_by_digest",
      privileges: [select(statementColumns)],
    },
    {
      on: "performance_schema",
      table: "prepared_statements_instances",
      privileges: [select(preparedColumns)],
    },
  ],
};

/** The ACL user of the API in Redis. */
export const cacheUser = "bulwark-app";
