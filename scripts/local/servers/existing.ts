import { readFileSync } from "node:fs";

/** A MySQL server that was there already: `MYSQL_URL=mysql://user:password@host:port`, its CA file in `MYSQL_CA`. */
export interface ExistingMysql {
  host: string;
  port: number;
  adminUser: string;
  adminPassword: string;
  ca: string;
}

/** The server named by MYSQL_URL, if any. Throws when the address or the CA file cannot be used. */
export const existingMysql = (env: NodeJS.ProcessEnv = process.env): ExistingMysql | undefined => {
  if (!env.MYSQL_URL) return undefined;
  const url = URL.canParse(env.MYSQL_URL) ? new URL(env.MYSQL_URL) : undefined;
  if (url?.protocol !== "mysql:" || !url.username) {
    throw new Error(
      "MYSQL_URL must look like mysql://user:password@host:3306, with a user who may create users and schemas.",
    );
  }
  if (!env.MYSQL_CA)
    throw new Error(
      "MYSQL_URL needs MYSQL_CA, the PEM file of the authority that signed the server's certificate.",
    );
  return {
    host: url.hostname,
    port: Number(url.port || 3306),
    adminUser: decodeURIComponent(url.username),
    adminPassword: decodeURIComponent(url.password),
    ca: readFileSync(env.MYSQL_CA, "utf8"),
  };
};
