import { beforeEach, describe, expect, it } from "vitest";
import { alternateName } from "../../../../infra/functions/mysql/accounts.ts";
import { mysqlServer } from "../../../../infra/functions/mysql/server.ts";
import { startMysql, temporaryFolder } from "../../../../scripts/local/servers/index.ts";
import { withMysql } from "../../../support/index.ts";
import { impostorCertificate } from "../impostor.ts";
import { type TestMysqlUser, withMysqlUser } from "../mysql-world.ts";
import { stepEvent, withSecrets } from "../secrets.ts";

const database = await withMysql();
const secrets = await withSecrets();
const refusal = (reason: string) => expect.objectContaining({ name: "Failure", reason });

let user: TestMysqlUser;
let count = 0;
beforeEach(async () => {
  count += 1;
  user = await withMysqlUser(database, secrets, { name: `u${count}` });
});

/** Drives the steps up to and with the named one. */
const drive = async (...names: string[]): Promise<string> => {
  const token = await secrets.open(user.secret);
  for (const name of names) await user.run(stepEvent(user.secret, token, name));
  return token;
};

describe("R2 alternating users", () => {
  it("the first rotation makes the clone; both credentials work until the next rotation", async () => {
    await user.rotate();
    const second = await user.credentials();
    expect(second).toMatchObject({ ...user.first, username: user.clone, password: expect.any(String) });
    expect(second.password).not.toBe(user.first.password);
    expect([await user.works(user.first), await user.works(second)]).toEqual([true, true]);

    await user.rotate();
    const third = await user.credentials();
    expect(third.username).toBe(user.base);
    expect([await user.works(third), await user.works(second)]).toEqual([true, true]);
    expect(await user.works(user.first)).toBe(false); // the password that has had its two rotations
  });

  it("sessions that are open go on through two rotations", async () => {
    const connection = await user.connect(user.first);
    await user.rotate();
    await user.rotate();
    await expect(connection.query("SELECT 1 AS one")).resolves.toMatchObject([
      [{ one: 1 }],
      expect.anything(),
    ]);
  });

  it("at no step of a rotation does the current user stop working", async () => {
    const token = await secrets.open(user.secret);
    for (const step of ["createSecret", "setSecret", "testSecret", "finishSecret"]) {
      await user.run(stepEvent(user.secret, token, step));
      expect(await user.works(await user.credentials())).toBe(true);
      expect(await user.works(user.first)).toBe(true);
    }
  });

  it("grants are copied exactly, down to columns and routines", async () => {
    await database.query(`CREATE TABLE IF NOT EXISTS \`${database.schema}\`.\`a b\` (id INT, \`x,y\` INT)`);
    await database.query(
      `GRANT SELECT (id, \`x,y\`), REFERENCES ON \`${database.schema}\`.\`a b\` TO '${user.base}'@'%'`,
    );
    await database.query(`GRANT SHOW VIEW ON *.* TO '${user.base}'@'%'`);
    await database.query(`GRANT EXECUTE ON \`${database.schema}\`.* TO '${user.base}'@'%' WITH GRANT OPTION`);
    await user.rotate();
    expect(secrets.aws.rotationFailure(user.secret)).toBeUndefined();
    expect(await user.grants(user.clone)).toEqual(await user.grants(user.base));
    expect(await user.grants(user.base)).toHaveLength(3);
  });

  it("drift of the other user's grants is corrected: what is missing given, what is too much taken", async () => {
    await user.rotate();
    await user.rotate();
    await database.query(`REVOKE INSERT ON \`${database.schema}\`.* FROM '${user.clone}'@'%'`);
    await database.query(`GRANT DROP ON \`${database.schema}\`.* TO '${user.clone}'@'%'`);
    await database.query(`GRANT PROCESS ON *.* TO '${user.clone}'@'%' WITH GRANT OPTION`);
    await user.rotate();
    expect((await user.credentials()).username).toBe(user.clone);
    expect(await user.grants(user.clone)).toEqual(await user.grants(user.base));
  });

  it.each([
    ["everything", "SELECT", "ALL PRIVILEGES"],
    ["less than everything", "ALL PRIVILEGES", "SELECT, DELETE"],
  ])("a clone gets %s where it held %s before", async (_what, before, now) => {
    await database.query(`CREATE USER '${user.clone}'@'%' IDENTIFIED BY 'made-by-somebody-else'`);
    await database.query(
      `GRANT ${before} ON \`${database.schema}\`.* TO '${user.clone}'@'%' WITH GRANT OPTION`,
    );
    await database.query(`REVOKE ALL PRIVILEGES ON \`${database.schema}\`.* FROM '${user.base}'@'%'`);
    await database.query(`GRANT ${now} ON \`${database.schema}\`.* TO '${user.base}'@'%'`);
    await user.rotate();
    expect(secrets.aws.rotationFailure(user.secret)).toBeUndefined();
    expect(await user.grants(user.clone)).toEqual(await user.grants(user.base));
  });

  it("a role, which would not be copied whole, stops the rotation with a reason", async () => {
    const role = database.name("role");
    await database.query(`CREATE ROLE IF NOT EXISTS '${role}'`);
    await database.query(`GRANT '${role}' TO '${user.base}'@'%'`);
    await user.rotate();
    expect(secrets.aws.rotationFailure(user.secret)).toMatchObject({
      step: "setSecret",
      error: expect.stringContaining("no plain grant"),
    });
    expect(await user.works(await user.credentials())).toBe(true);
  });

  it("the new user needs TLS and caching_sha2_password, even when somebody had made it without", async () => {
    await database.query(
      `CREATE USER '${user.clone}'@'%' IDENTIFIED BY 'made-by-somebody-else' ACCOUNT LOCK`,
    );
    await user.rotate();
    const [account] = await database.query(
      "SELECT ssl_type, plugin, account_locked FROM mysql.user WHERE User = ?",
      [user.clone],
    );
    expect(account).toEqual({ ssl_type: "ANY", plugin: "caching_sha2_password", account_locked: "N" });
    expect(await user.works(await user.credentials())).toBe(true);
  });

  it("TLS is required of the new user again when somebody took that away halfway through", async () => {
    const token = await drive("createSecret", "setSecret");
    await database.query(`ALTER USER '${user.clone}'@'%' REQUIRE NONE`);
    await user.run(stepEvent(user.secret, token, "setSecret"));
    const sql = "SELECT ssl_type FROM mysql.user WHERE User = ?";
    expect(await database.query(sql, [user.clone])).toEqual([{ ssl_type: "ANY" }]);
  });

  it("a server that nobody vouches for is not given a password", async () => {
    const stranger = mysqlServer({ host: "localhost", port: database.port, authorities: [] });
    await expect(stranger.login(user.base, user.first.password)).rejects.toThrow(/certificate/);
  });

  it("nor is one whose certificate is good but for another name", async () => {
    const { ca, cert, key } = await impostorCertificate();
    const folder = temporaryFolder("impostor");
    const server = await startMysql({ dataDir: folder.path, tls: { ca, cert, key } });
    const impostor = mysqlServer({ host: "localhost", port: server.port, authorities: [ca] });
    const login = impostor.login(server.adminUser, server.adminPassword);
    await expect(login).rejects.toMatchObject({ code: expect.stringMatching(/ALTNAME|SSL/) });
    await server.kill();
    folder.remove();
  });

  it.each([
    ["app", "app_clone"],
    ["app_clone", "app"],
    ["abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz_clone"],
  ])("%s alternates with %s", (name, other) => expect(alternateName(name)).toBe(other));

  it("a name whose clone would have more than 32 characters is refused", () => {
    expect(() => alternateName("abcdefghijklmnopqrstuvwxyz1")).toThrow(refusal("user-name-too-long"));
    expect(() => alternateName("_clone")).toThrow(refusal("user-name-too-long"));
  });
});

describe("R2 confused deputy", () => {
  it("whoever does not know the current password cannot have the account changed", async () => {
    const stranger = await secrets.create("stranger", { ...user.first, password: "a-guess-of-a-stranger" });
    const token = await secrets.open(stranger);
    const run = user.functionFor(stranger);
    await run(stepEvent(stranger, token, "createSecret"));
    await expect(run(stepEvent(stranger, token, "setSecret"))).rejects.toEqual(refusal("current-refused"));
    expect(await database.query("SELECT 1 FROM mysql.user WHERE User = ?", [user.clone])).toEqual([]);
  });

  it.each([
    ["another user", { username: "root" }],
    ["the master user", { username: "admin" }],
    ["another server", { host: "db.example.com" }],
    ["another port", { port: 3307 }],
  ])("a secret that names %s is refused before anything is made", async (_what, change) => {
    const foreign = await secrets.create("foreign", { ...user.first, ...change });
    const token = await secrets.open(foreign);
    const event = stepEvent(foreign, token, "createSecret");
    await expect(user.functionFor(foreign)(event)).rejects.toEqual(refusal("mismatched-value"));
    expect((await secrets.labels(foreign)).AWSPENDING).toBe(token);
  });

  it.each([
    ["the user in use", () => ({ username: user.base })],
    ["another user", () => ({ username: "root" })],
    ["another schema", () => ({ username: user.clone, dbname: "mysql" })],
    ["another server", () => ({ username: user.clone, host: "db.example.com" })],
  ])("a pending value for %s is refused and dropped", async (_what, change) => {
    const token = await secrets.open(user.secret);
    const forged = { ...user.first, password: "a-password-that-was-forged", ...change() };
    await secrets.store.write(user.secret, forged, { stage: "AWSPENDING", token });
    const event = stepEvent(user.secret, token, "setSecret");
    await expect(user.run(event)).rejects.toEqual(refusal("mismatched-value"));
    expect(await user.works(user.first)).toBe(true);
    expect((await secrets.labels(user.secret)).AWSPENDING).toBeUndefined();
  });
});

describe("R9 trouble on the way leaves the current user working", () => {
  it("the master password in the secret is wrong", async () => {
    secrets.aws.putManagedSecret({
      name: `rds!db-${user.base}`,
      owningService: "rds",
      value: JSON.stringify({ ...database.admin, password: "the-master-password-of-last-week" }),
    });
    await user.rotate();
    expect(secrets.aws.rotationFailure(user.secret)).toMatchObject({
      step: "setSecret",
      error: expect.stringContaining("master-refused"),
    });
    expect(await user.works(await user.credentials())).toBe(true);

    secrets.aws.putManagedSecret({
      name: `rds!db-${user.base}`,
      owningService: "rds",
      value: JSON.stringify(database.admin),
    });
    await expect(user.rotate()).rejects.toThrow(/reattempted/);
    await secrets.aws.settled();
    expect((await user.credentials()).username).toBe(user.clone);
    expect(await user.works(await user.credentials())).toBe(true);
  });

  it("somebody changed the current password in the database: refused, and the message says what fixes it", async () => {
    await database.query(`ALTER USER '${user.base}'@'%' IDENTIFIED BY 'changed-by-hand-in-the-server'`);
    await user.rotate();
    expect(secrets.aws.rotationFailure(user.secret)).toMatchObject({
      step: "setSecret",
      error: expect.stringMatching(/current-refused.*bootstrap function repairs/),
    });
  });

  it("the new user's rights were taken between setSecret and finishSecret: it does not become current", async () => {
    const token = await drive("createSecret", "setSecret", "testSecret");
    await database.query(`REVOKE ALL PRIVILEGES, GRANT OPTION FROM '${user.clone}'@'%'`);
    await expect(user.run(stepEvent(user.secret, token, "finishSecret"))).rejects.toEqual(
      refusal("grants-differ"),
    );
    expect(await user.credentials()).toEqual(user.first);
    await user.run(stepEvent(user.secret, token, "setSecret"));
    await user.run(stepEvent(user.secret, token, "finishSecret"));
    expect(await user.works(await user.credentials())).toBe(true);
  });

  it("no log line, no error and nothing in the binlog holds a password", async () => {
    await user.rotate();
    const logs = await database.query("SHOW BINARY LOGS");
    const events = await database.query(`SHOW BINLOG EVENTS IN '${logs.at(-1)?.Log_name}'`);
    const statements = events.map(({ Info }) => String(Info));
    expect(
      statements.filter((text) => text.includes(`CREATE USER IF NOT EXISTS '${user.clone}'`)),
    ).toHaveLength(1);
    secrets.expectNoLeak(...statements);
  });
});
