/** A parameter that takes effect at once. A static one would have to say pending-reboot, or RDS reports a difference for ever. */
const dynamic = (name: string, value: string) => ({ name, value, applyMethod: "immediate" });

/**
 * Parameters of the MySQL 8.4 instance, and why each is not left at its default. Which are static:
 * `aws rds describe-db-parameters`, column ApplyType.
 *
 * `performance_schema` is not among them: Database Insights turns it on, with the instruments and consumers that it needs, only
 * as long as no parameter group says 0 or 1.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.EnableMySQL.determining-status.html
 */
export const mysqlParameters = [
  // No password and no row in clear text on the wire, whatever a client asks for.
  dynamic("require_secure_transport", "1"),
  // Point-in-time recovery and replicas that repeat exactly what happened.
  dynamic("binlog_format", "ROW"),
  dynamic("sync_binlog", "1"),
  dynamic("innodb_flush_log_at_trx_commit", "1"),
  // Statements over a second, into a file that CloudWatch collects: the slow-query alarm counts its lines.
  dynamic("slow_query_log", "1"),
  dynamic("long_query_time", "1"),
  dynamic("log_output", "FILE"),
  // Statement texts carry personal data: never all of them.
  dynamic("general_log", "0"),
  // Both sides of every deadlock in the error log, not only of the last one.
  dynamic("innodb_print_all_deadlocks", "1"),
  // Reading files of the client's machine is a way in, and nothing here needs it.
  dynamic("local_infile", "0"),
  // Refuse what does not fit instead of cutting it off.
  dynamic(
    "sql_mode",
    "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
  ),
  dynamic("character_set_server", "utf8mb4"),
  dynamic("collation_server", "utf8mb4_0900_ai_ci"),
  dynamic("time_zone", "UTC"),
];
