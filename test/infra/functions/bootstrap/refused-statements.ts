/** What a user must not be able to do, the statement that would do it, and the code of MySQL's refusal. */
export type Refused = readonly [what: string, sql: string, code: string];

const table = "ER_TABLEACCESS_DENIED_ERROR";
const schema = "ER_DBACCESS_DENIED_ERROR";
const privilege = "ER_SPECIFIC_ACCESS_DENIED_ERROR";
/** In the words of a refused login. */
const login = "ER_ACCESS_DENIED_ERROR";

/** Nobody: neither the application nor the migrator nor the monitor. */
export const refusedToAll: readonly Refused[] = [
  ["write a file on the server", "SELECT 1 INTO OUTFILE '/tmp/stolen'", privilege],
  ["dump a value into a file", "SELECT 1 INTO DUMPFILE '/tmp/stolen'", privilege],
  ["load a file of the server", "LOAD DATA INFILE '/etc/hosts' INTO TABLE bulwark.bookings", login],
  ["change a setting of the server", "SET GLOBAL max_connections = 1", privilege],
  ["change it for good", "SET PERSIST max_connections = 1", privilege],
  ["make it read-only", "SET GLOBAL read_only = ON", privilege],
  ["write past the binlog", "SET SESSION sql_log_bin = 0", privilege],
  ["stop the server", "SHUTDOWN", privilege],
  ["restart it", "RESTART", privilege],
  ["flush its logs", "FLUSH BINARY LOGS", privilege],
  ["reload its rights", "FLUSH PRIVILEGES", privilege],
  ["lock all tables", "FLUSH TABLES WITH READ LOCK", privilege],
  ["hold up DDL", "LOCK INSTANCE FOR BACKUP", privilege],
  ["delete binlogs", "PURGE BINARY LOGS BEFORE NOW()", privilege],
  ["list binlogs", "SHOW BINARY LOGS", privilege],
  ["read binlogs", "SHOW BINLOG EVENTS", privilege],
  ["see replication", "SHOW REPLICA STATUS", privilege],
  ["make it a replica", "CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'elsewhere.example.com'", privilege],
  ["stop replication", "STOP REPLICA", privilege],
  ["see InnoDB's inside, with statements", "SHOW ENGINE INNODB STATUS", privilege],
  ["make a user", "CREATE USER intruder IDENTIFIED BY 'a-long-password'", privilege],
  ["remove a user", "DROP USER 'bulwark_monitor'@'%'", privilege],
  ["change another's password", "ALTER USER 'root'@'localhost' IDENTIFIED BY 'a-long-password'", privilege],
  ["drop its own need of TLS", "ALTER USER CURRENT_USER() REQUIRE NONE", privilege],
  ["make a role", "CREATE ROLE helper", privilege],
  ["pass its rights on", "GRANT SELECT ON bulwark.* TO 'bulwark_monitor'@'%'", schema],
  ["give itself everything", "GRANT ALL ON *.* TO CURRENT_USER()", login],
  ["read password hashes", "SELECT authentication_string FROM mysql.user", table],
  ["show another's account", "SHOW CREATE USER 'root'@'localhost'", schema],
  ["load a plugin", "INSTALL PLUGIN evil SONAME 'evil.so'", table],
  ["load a component", "INSTALL COMPONENT 'file://component_evil'", table],
  ["load a function", "CREATE FUNCTION evil RETURNS INTEGER SONAME 'evil.so'", schema],
  ["read another schema", "SELECT * FROM scratch.elsewhere", table],
  ["go into another schema", "USE scratch", schema],
  ["make a schema", "CREATE DATABASE elsewhere", schema],
  ["drop another schema", "DROP DATABASE scratch", schema],
  ["lock tables", "LOCK TABLES bulwark.bookings READ", schema],
  ["make a procedure", "CREATE PROCEDURE bulwark.work() SELECT 1", schema],
  ["make an event", "CREATE EVENT bulwark.later ON SCHEDULE EVERY 1 DAY DO SELECT 1", schema],
  [
    "make a trigger",
    "CREATE TRIGGER bulwark.quiet BEFORE INSERT ON bulwark.bookings FOR EACH ROW SET NEW.notes = ''",
    table,
  ],
  ["make a view", "CREATE VIEW bulwark.window AS SELECT 1", table],
  [
    "read statements with their values",
    "SELECT sql_text FROM performance_schema.events_statements_history",
    table,
  ],
  ["read others' running statements", "SELECT processlist_info FROM performance_schema.threads", table],
  ["forget what was counted", "TRUNCATE TABLE performance_schema.events_statements_summary_by_digest", table],
];

/** Data and trail are the application's; their shape is not, and the trail only grows. */
export const refusedToApplication: readonly Refused[] = [
  ["make a table", "CREATE TABLE bulwark.more (id INT)", table],
  ["make a temporary table", "CREATE TEMPORARY TABLE bulwark.more (id INT)", schema],
  ["alter a table", "ALTER TABLE bulwark.bookings ADD COLUMN more INT", table],
  ["rename a table", "RENAME TABLE bulwark.bookings TO bulwark.gone", table],
  ["drop a table", "DROP TABLE bulwark.bookings", table],
  ["empty a table at once", "TRUNCATE TABLE bulwark.bookings", table],
  ["make an index", "CREATE INDEX more ON bulwark.bookings (notes)", table],
  ["drop an index", "DROP INDEX bookings_by_time ON bulwark.bookings", table],
  ["drop its schema", "DROP DATABASE bulwark", schema],
  ["change the trail", "UPDATE bulwark_audit.audit_log SET actor = 'somebody else'", table],
  ["delete from the trail", "DELETE FROM bulwark_audit.audit_log", table],
  ["empty the trail", "TRUNCATE TABLE bulwark_audit.audit_log", table],
  ["drop the trail", "DROP TABLE bulwark_audit.audit_log", table],
  ["alter the trail", "ALTER TABLE bulwark_audit.audit_log DROP COLUMN actor", table],
  [
    "replace in the trail",
    "REPLACE INTO bulwark_audit.audit_log SELECT * FROM bulwark_audit.audit_log",
    table,
  ],
  [
    "overwrite in the trail",
    "INSERT INTO bulwark_audit.audit_log SELECT * FROM bulwark_audit.audit_log AS old ON DUPLICATE KEY UPDATE actor = 'x'",
    table,
  ],
  ["lock rows of the trail", "SELECT * FROM bulwark_audit.audit_log FOR UPDATE", table],
  ["drop the trail's schema", "DROP DATABASE bulwark_audit", schema],
  ["work in the schema of restores", "CREATE TABLE bulwark_restore.more (id INT)", table],
  [
    "read what the server counted",
    "SELECT digest_text FROM performance_schema.events_statements_summary_by_digest",
    table,
  ],
];

/** Its rights end at the product's schemas. */
export const refusedToMigrator: readonly Refused[] = [
  ["make a table elsewhere", "CREATE TABLE scratch.more (id INT)", table],
  ["drop a table elsewhere", "DROP TABLE scratch.elsewhere", table],
  [
    "read what the server counted",
    "SELECT digest_text FROM performance_schema.events_statements_summary_by_digest",
    table,
  ],
];

/** Counters and shapes of statements, and not one row of a tenant. */
export const refusedToMonitor: readonly Refused[] = [
  ["read bookings", "SELECT * FROM bulwark.bookings", table],
  ["count bookings", "SELECT COUNT(*) FROM bulwark.bookings", table],
  ["read organisations", "SELECT name FROM bulwark.organisations", table],
  ["read the trail", "SELECT * FROM bulwark_audit.audit_log", table],
  ["go into the data", "USE bulwark", schema],
  ["write bookings", "INSERT INTO bulwark.bookings () VALUES ()", table],
  ["change bookings", "UPDATE bulwark.bookings SET notes = NULL", table],
  ["delete bookings", "DELETE FROM bulwark.bookings", table],
  [
    "read a statement with its values",
    "SELECT query_sample_text FROM performance_schema.events_statements_summary_by_digest",
    "ER_COLUMNACCESS_DENIED_ERROR",
  ],
  ["read values bound to statements", "SELECT * FROM performance_schema.user_variables_by_thread", table],
  ["count other things", "UPDATE performance_schema.setup_consumers SET enabled = 'NO'", table],
];
