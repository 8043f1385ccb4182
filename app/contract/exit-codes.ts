/** What `migrate.mjs` ends with when a migration failed, which another attempt would not fix; 1: it could not start. */
export const migrationFailed = 3;
