import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll } from "vitest";
import { grantedOn, schemas } from "../../../../app/contract/database-users.ts";
import { type RotatedBy, secretCatalogue, secretName } from "../../../../app/contract/secrets.ts";
import { migrate } from "../../../../app/migrations/runner.ts";
import { createTrust } from "../../../../app/platform/trust.ts";
import { repositoryRoot, temporaryFolder } from "../../../../scripts/local/servers/index.ts";
import type { EnvironmentAccess } from "../../../../scripts/ops/database/access.ts";
import { dump } from "../../../../scripts/ops/database/dump.ts";
import { dataKeyOf } from "../../../../scripts/ops/database/envelope.ts";
import { writeBackup } from "../../../../scripts/ops/database/file.ts";
import { withProof } from "../../../../scripts/ops/database/proof.ts";
import { type Login, withSession } from "../../../../scripts/ops/database/session.ts";
import { silent } from "../../../app/support/fixture.ts";
import { withOwnMysql, withStandin } from "../../../support/index.ts";

/** Only a name: what counts is where its secrets point to. */
export const environment = "staging";

/** An environment's database with the contract's schemas, tables, users and rights; its secrets, its key, and an age key. */
export const withDatabase = async (settings: Readonly<Record<string, string>> = {}) => {
  const [mysql, aws] = await Promise.all([
    withOwnMysql({ performanceSchema: true, settings }),
    withStandin(),
  ]);
  const folder = temporaryFolder("database-operations");
  afterAll(() => folder.remove());
  const { host, port } = mysql;
  await mysql.query(`CREATE DATABASE ${schemas.audit}`);
  const login = (username: string, password: string): Login => ({
    host,
    port,
    username,
    password,
    authorities: [mysql.ca],
  });
  const admin = login(mysql.admin.username, mysql.admin.password);

  const addUser = async (purpose: RotatedBy<"mysql-user">): Promise<Login> => {
    const { name: username, home: dbname, grants } = secretCatalogue[purpose].rotation.user;
    const password = `password-of-${username}`;
    await mysql.query("CREATE USER ?@'%' IDENTIFIED BY ? REQUIRE SSL", [username, password]);
    for (const grant of grants) {
      await mysql.query(`GRANT ${grant.privileges.join(", ")} ON ${grantedOn(grant)} TO ?@'%'`, [username]);
    }
    await putSecret(secretName(environment, purpose), {
      engine: "mysql",
      host,
      port,
      dbname,
      username,
      password,
    });
    return login(username, password);
  };
  const putSecret = async (Name: string, value: unknown) => {
    const SecretString = JSON.stringify(value);
    await aws.secrets.CreateSecret({ Name, SecretString, ClientRequestToken: randomUUID() });
  };
  const migrator = await addUser("db-migrator");
  const app = await addUser("db-app");
  const monitor = await addUser("db-monitor");
  const credentials = { ...migrator, engine: "mysql" as const, dbname: schemas.data };
  await migrate("up", { credentials, trust: createTrust([mysql.ca]), logger: silent() });

  const { KeyMetadata } = await aws.keys.CreateKey({ Description: "data" });
  await aws.keys.CreateAlias({ AliasName: dataKeyOf(environment), TargetKeyId: KeyMetadata.KeyId });
  const access: EnvironmentAccess = {
    environment,
    where: "the test",
    aws: { ...aws.client, maxAttempts: 1 },
    authorities: [mysql.ca],
  };
  const age = await ageKey(folder.path, "identity.txt");

  let files = 0;
  const path = (name = `backup-${++files}.age`): string => join(folder.path, name);
  /** Backs the live schemas up as the command does, for the age key. */
  const backup = async (file = path(), as = migrator) => {
    const options = { environment, schemas: [schemas.data, schemas.audit], withBinlog: as === admin };
    const sealing = { recipients: [age.recipient] };
    const { result } = await withSession(as, (session) =>
      withProof(as, false, (proof) =>
        writeBackup(dump(session, { ...options, proof }), { file, sealing, access }),
      ),
    );
    return { file, manifest: result };
  };
  /** What `scripts/…` does when a person types it. */
  const command = (script: string, ...args: string[]) =>
    runScript(script, args, { ...aws.env, NODE_EXTRA_CA_CERTS: mysql.caFile });
  const schemasNow = async (): Promise<string[]> => {
    const rows = await mysql.query(
      "SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name LIKE 'bulwark%' ORDER BY 1",
    );
    return rows.map(({ name }) => String(name));
  };
  return {
    mysql,
    aws,
    access,
    admin,
    migrator,
    app,
    monitor,
    age,
    folder: folder.path,
    path,
    backup,
    command,
    schemasNow,
  };
};
export type TestDatabase = Awaited<ReturnType<typeof withDatabase>>;

/** A new age key: its public half, and the file that a person would keep its secret half in. */
export const ageKey = async (folder: string, name: string) => {
  const identity = await generateIdentity();
  const identityFile = join(folder, name);
  writeFileSync(identityFile, `# created for a test\n${identity}\n`);
  chmodSync(identityFile, 0o600);
  return { recipient: await identityToRecipient(identity), identityFile };
};

const runScript = async (script: string, args: readonly string[], env: Record<string, string>) => {
  const child = spawn(process.execPath, [join(repositoryRoot, "scripts", script), ...args], {
    cwd: repositoryRoot,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (data) => (output.stdout += data));
  child.stderr.on("data", (data) => (output.stderr += data));
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.on("close", resolve);
  return { code: await promise, ...output };
};

/** So many bookings, made by the server, with texts that are hard to write down. */
export const addBookings = (mysql: TestDatabase["mysql"], number: number) =>
  mysql.query(
    `INSERT INTO bulwark.bookings
     SELECT UNHEX(LEFT(SHA2(CONCAT('booking', n, RAND()), 256), 32)), x'00000000000070008000000000000001',
       CONCAT('Zoë O''Brien \\\\ ', n, ' 🛡'), CONCAT('client', n, '@example.com'), '+15550100',
       IF(n % 3 = 0, NULL, CONCAT('line one\\nline two\\r\\0\\Z "', n, '"')),
       '2030-01-01' + INTERVAL n MINUTE, '2030-01-01' + INTERVAL n + 30 MINUTE, 'confirmed', 1,
       '2029-12-31 23:59:59.999', '2029-12-31 23:59:59.999', 'default'
     FROM (SELECT ROW_NUMBER() OVER () AS n FROM information_schema.columns a, information_schema.columns b
       LIMIT ${number}) numbers`,
  );
