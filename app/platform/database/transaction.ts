import type { MeasuredConnection } from "./connection.ts";
import type { Connection } from "./statement.ts";

/** Runs `work` in one transaction on this connection: committed when it ends well, rolled back when it throws. */
export async function inTransaction<T>(
  connection: MeasuredConnection,
  work: (transaction: Connection) => Promise<T>,
): Promise<T> {
  try {
    await connection.run("begin", []);
    const result = await work(connection);
    await connection.run("commit", []);
    return result;
  } catch (error) {
    // The first error is the one to report; a connection that cannot roll back is useless.
    if (!connection.lost) await connection.run("rollback", []).catch(() => connection.destroy());
    throw error;
  }
}
