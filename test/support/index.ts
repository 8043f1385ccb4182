/**
 * What tests stand on. Real servers, started once per run or per file; each helper is called once at the top of a test
 * file and cleans up after it:
 *
 * ```ts
 * const database = await withMysql();      // own schema and names on the run's server
 * const database = await withOwnMysql();   // a server for this file alone: fixed names, stop, restart
 * const cache = await withRedis();         // a Redis for this file alone
 * const aws = await withStandin({ invokeFunction });   // Secrets Manager, KMS, SNS, ElastiCache users for this file alone
 * await eventually(() => expect(seen).toBe(3));   // instead of sleeping
 * ```
 */
export { eventually } from "./eventually.ts";
export { type OwnMysql, type TestMysql, withMysql, withOwnMysql } from "./mysql.ts";
export { type TestRedis, withRedis } from "./redis.ts";
export { type TestStandin, withStandin } from "./standin.ts";
