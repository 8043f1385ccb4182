/** Every table. The feature that owns one adds it here, from its own table.ts. */
export interface Tables {
  /** Kept by the migrator. */
  kysely_migration: { name: string; timestamp: string };
}

/** The audit trail's schema for a data schema, separate so that the application's user can only add to it and read it. */
export const auditSchemaOf = (dataSchema: string): string => `${dataSchema}_audit`;
