import { beforeEach, describe, expect, it } from "vitest";
import { applicationAccess } from "../../../../app/contract/cache-access.ts";
import { applicationUser } from "../../../../app/contract/database-users.ts";
import { cacheCredentials, databaseCredentials } from "../../../../app/contract/secret-values.ts";
import {
  type SecretPurpose,
  secretCatalogue,
  secretPurposes,
  secretsRotatedBy,
} from "../../../../app/contract/secrets.ts";
import { mysqlServer } from "../../../../infra/functions/mysql/server.ts";
import { creationPassword, type Environment, withEnvironment } from "./world.ts";

const { database, secrets, login, fresh, users, grants } = await withEnvironment();
const { schema: appKeys } = secretCatalogue["app-keys"];
const databasePurposes = secretsRotatedBy("mysql-user");
const databaseUsers = databasePurposes.map((purpose) => secretCatalogue[purpose].rotation.user.name);

let environment: Environment;
beforeEach(async () => {
  environment = await fresh();
});

const credentials = async (purpose: SecretPurpose) =>
  databaseCredentials.parse(await environment.value(purpose));
const works = async (purpose: SecretPurpose): Promise<boolean> => {
  const { dbname, ...user } = await credentials(purpose);
  const connection = await database.connect(user, dbname).catch(() => undefined);
  connection?.destroy();
  return connection !== undefined;
};

describe("R6 first values", () => {
  it("every secret gets a value of its shape, Twilio's says none", async () => {
    const summary = await environment.run();
    expect(summary).toMatchObject({ changed: true, warnings: [] });
    for (const purpose of secretPurposes) {
      const value = await environment.value(purpose);
      expect(secretCatalogue[purpose].schema.parse(value)).toEqual(value);
      const { AWSCURRENT: version } = await secrets.labels(environment.arns[purpose]);
      expect(summary.secrets[purpose]?.version).toBe(version);
    }
    expect(await environment.value("twilio")).toBeNull();
  });

  it("the database users log in with them, into the schema that each works in", async () => {
    await environment.run();
    expect(await Promise.all(databasePurposes.map(works))).toEqual(databasePurposes.map(() => true));
    expect((await credentials("db-monitor")).dbname).toBe("performance_schema");
  });

  it("the Redis user, which nobody could be before, takes the secret's password, and never the one of its creation", async () => {
    expect(await login("bulwark-app", creationPassword)).toBe("refused");
    await environment.run();
    const { username, password } = cacheCredentials.parse(await environment.value("cache"));
    expect(await login(username, password)).toBe("accepted");
    expect(await login(username, creationPassword)).toBe("refused");
  });

  it("the Redis user gets the commands and keys of its contract, and nothing else", async () => {
    await environment.run();
    const access = await environment.parts.cache.access();
    expect(access).toBe(applicationAccess);
    expect(access).toMatch(/^on ~rate:\* ~live:\* ~queue:\* resetchannels &live:\* -@all (\+[a-z|]+ ?)+$/);
  });

  it("a second run changes nothing and says so", async () => {
    const first = await environment.run();
    const before = await Promise.all(
      secretPurposes.map((purpose) => secrets.labels(environment.arns[purpose])),
    );
    const written = await database.query("SHOW BINARY LOGS");
    const second = await environment.run();
    expect(second).toEqual({ changed: false, changes: [], warnings: [], secrets: first.secrets });
    expect(
      await Promise.all(secretPurposes.map((purpose) => secrets.labels(environment.arns[purpose]))),
    ).toEqual(before);
    expect(await database.query("SHOW BINARY LOGS")).toEqual(written); // not one statement was written
  });

  it("neither the summary nor the log holds a secret", async () => {
    const summary = await environment.run();
    secrets.expectNoLeak(JSON.stringify(summary), JSON.stringify(await environment.run()));
    expect(
      [...secrets.lines, JSON.stringify(summary)].filter((line) => line.includes(creationPassword)),
    ).toEqual([]);
  });

  it("Twilio's credentials, once a person has put them, are left alone", async () => {
    await environment.run();
    const twilio = { accountSid: `AC${"0".repeat(32)}`, authToken: "t".repeat(32), from: "+4915112345678" };
    await secrets.aws.secrets.PutSecretValue({
      SecretId: environment.arns.twilio,
      ClientRequestToken: "00000000-0000-4000-8000-000000000001",
      SecretString: JSON.stringify(twilio),
    });
    expect(await environment.run()).toMatchObject({ changed: false });
    expect(await environment.value("twilio")).toEqual(twilio);
  });

  it("a key that the product has come to need since is added, the others stay", async () => {
    await environment.run();
    const { cookie, csrf } = appKeys.parse(await environment.value("app-keys"));
    const token = "00000000-0000-4000-8000-000000000002";
    await secrets.store.write(environment.arns["app-keys"], { cookie, csrf }, { stage: "AWSCURRENT", token });
    expect((await environment.run()).changes).toEqual(["app-keys: added what the value lacked"]);
    expect(appKeys.parse(await environment.value("app-keys"))).toMatchObject({ cookie, csrf });
  });

  it("a value of another shape is refused, named by its members", async () => {
    await environment.run();
    const token = "00000000-0000-4000-8000-000000000003";
    await secrets.store.write(environment.arns.jwt, { keys: "none" }, { stage: "AWSCURRENT", token });
    await expect(environment.run()).rejects.toThrow(
      /bootstrap of jwt failed \(malformed-value\).*shape: keys/,
    );
  });
});

describe("D1 least-privilege users", () => {
  it("each holds exactly what is declared, needs TLS and caching_sha2_password", async () => {
    await environment.run();
    expect(await users()).toEqual(
      databaseUsers.toSorted().map((name) => ({
        name,
        host: "%",
        tls: "ANY",
        plugin: "caching_sha2_password",
      })),
    );
    expect(await grants("bulwark_app")).toEqual([
      "GRANT USAGE ON *.* TO `bulwark_app`@`%`",
      "GRANT SELECT, INSERT, UPDATE, DELETE ON `bulwark`.* TO `bulwark_app`@`%`",
      "GRANT SELECT, INSERT ON `bulwark_audit`.* TO `bulwark_app`@`%`",
    ]);
    expect(await grants("bulwark_monitor")).toEqual([
      "GRANT USAGE ON *.* TO `bulwark_monitor`@`%`",
      expect.stringMatching(
        /^GRANT SELECT \(`AVG_TIMER_WAIT`, .*`DIGEST_TEXT`.*\) ON `performance_schema`.`events_statements_summary_by_digest` TO /,
      ),
      expect.stringMatching(
        /^GRANT SELECT \(`COUNT_EXECUTE`, .*`SQL_TEXT`.*\) ON `performance_schema`.`prepared_statements_instances` TO /,
      ),
    ]);
    const migrator = (await grants("bulwark_migrator")).join();
    expect(migrator).toContain("CREATE, DROP, REFERENCES, INDEX, ALTER ON `bulwark`.*");
    expect(migrator).not.toMatch(/FILE|SUPER|PROCESS|GRANT OPTION|ALL PRIVILEGES/);
  });

  it("the application may add to the audit trail and read it, not change or remove", async () => {
    await environment.run();
    await database.query("CREATE TABLE bulwark_audit.entries (id INT PRIMARY KEY)");
    const app = await database.connect(await credentials("db-app"));
    await app.query("INSERT INTO bulwark_audit.entries VALUES (1)");
    await expect(app.query("SELECT id FROM bulwark_audit.entries")).resolves.toBeDefined();
    for (const denied of ["UPDATE bulwark_audit.entries SET id = 2", "DELETE FROM bulwark_audit.entries"]) {
      await expect(app.query(denied)).rejects.toMatchObject({ code: "ER_TABLEACCESS_DENIED_ERROR" });
    }
    await expect(app.query("CREATE TABLE bulwark.t (id INT)")).rejects.toMatchObject({
      code: "ER_TABLEACCESS_DENIED_ERROR",
    });
  });

  it("drift is corrected, in the user and in its clone, and nothing else is touched", async () => {
    await environment.run();
    await database.query(
      "CREATE USER 'bulwark_app_clone'@'%' IDENTIFIED BY 'a-clone-of-an-earlier-rotation'",
    );
    await database.query("GRANT ALL PRIVILEGES ON bulwark.* TO 'bulwark_app_clone'@'%' WITH GRANT OPTION");
    await database.query("REVOKE INSERT ON bulwark_audit.* FROM 'bulwark_app'@'%'");
    await database.query("GRANT PROCESS ON *.* TO 'bulwark_app'@'%'");
    await database.query("ALTER USER 'bulwark_app'@'%' REQUIRE NONE");
    const { changes } = await environment.run();
    expect(changes).toEqual(
      expect.arrayContaining([
        "db-app: bulwark_app needs TLS again",
        "db-app: grants of bulwark_app: +INSERT on `bulwark_audit`.*",
        "db-app: grants of bulwark_app: -PROCESS on *.*",
        "db-app: grants of bulwark_app_clone: -GRANT OPTION on `bulwark`.*",
      ]),
    );
    expect(changes.every((change) => change.startsWith("db-app: "))).toBe(true);
    const named = (user: string) => async () =>
      (await grants(user)).map((line) => line.replaceAll(user, "USER"));
    expect(await named("bulwark_app_clone")()).toEqual(await named("bulwark_app")());
    expect(await environment.run()).toMatchObject({ changed: false });
  });
});

describe("D1 drift of an account", () => {
  it("roles are taken away, and so are accounts of its name for other hosts, which would answer in its stead", async () => {
    await environment.run();
    await database.query("CREATE ROLE IF NOT EXISTS helper");
    await database.query("GRANT helper TO 'bulwark_monitor'@'%'");
    const password = "a-password-that-somebody-chose";
    for (const host of ["127.0.0.1", "10.%"])
      await database.query(`CREATE USER 'bulwark_app'@'${host}' IDENTIFIED BY '${password}'`);
    expect(await works("db-app")).toBe(false); // from here, the narrower account answers
    const { changes } = await environment.run();
    expect(changes).toEqual([
      "db-app: dropped bulwark_app@10.%, which the product does not make",
      "db-app: dropped bulwark_app@127.0.0.1, which the product does not make",
      "db-monitor: took the role helper from bulwark_monitor",
    ]);
    expect(await Promise.all(databasePurposes.map(works))).toEqual(databasePurposes.map(() => true));
    expect(await environment.run()).toMatchObject({ changed: false });
  });

  it.each([
    ["no TLS", "REQUIRE NONE"],
    ["a client certificate", "REQUIRE X509"],
    ["a certain issuer", "REQUIRE ISSUER '/CN=somebody'"],
  ])("%s instead of TLS is set right, and said", async (_, requirement) => {
    await environment.run();
    await database.query(`ALTER USER 'bulwark_app'@'%' ${requirement}`);
    const { changes } = await environment.run();
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatch(
      /^db-app: (bulwark_app needs TLS again|set the password of bulwark_app to the secret's)$/,
    );
    expect((await users()).map(({ tls }) => tls)).toEqual(databasePurposes.map(() => "ANY"));
    expect(await works("db-app")).toBe(true);
    expect(await environment.run()).toMatchObject({ changed: false });
  });

  it("a locked account is opened again", async () => {
    await environment.run();
    await database.query("ALTER USER 'bulwark_app'@'%' ACCOUNT LOCK");
    expect((await environment.run()).changes).toEqual(["db-app: unlocked bulwark_app"]);
    expect(await works("db-app")).toBe(true);
  });
});

describe("R6 repair", () => {
  it("after a restore with older passwords the users take the secrets' again", async () => {
    await environment.run();
    const before = await credentials("db-app");
    await database.query("ALTER USER 'bulwark_app'@'%' IDENTIFIED BY 'password-of-the-backup'");
    await database.query("DROP USER 'bulwark_monitor'@'%'");
    await environment.parts.cache.setPasswords("bulwark-app", ["password-of-the-cache-backup"]);
    const { changes } = await environment.run();
    expect(changes).toEqual([
      "db-app: set the password of bulwark_app to the secret's",
      "db-monitor: made user bulwark_monitor",
      expect.stringMatching(
        /^db-monitor: grants of bulwark_monitor: \+SELECT \(.*\) on .*summary_by_digest`/,
      ),
      expect.stringMatching(/^db-monitor: grants of bulwark_monitor: \+SELECT \(.*\) on .*_instances`/),
      "cache: set the password of bulwark-app to the secret's",
    ]);
    expect(await credentials("db-app")).toEqual(before);
    expect(await Promise.all(databasePurposes.map(works))).toEqual(databasePurposes.map(() => true));
  });

  it("rights of the Redis user that were changed are set again, and its passwords stay", async () => {
    await environment.run();
    const { username, password } = cacheCredentials.parse(await environment.value("cache"));
    const { cache } = environment.parts;
    await cache.setPasswords(username, [password, "password-of-an-overlap"], "on ~* +@all");
    expect((await environment.run()).changes).toEqual(["cache: set the rights of bulwark-app"]);
    expect(await cache.access()).toBe(applicationAccess);
    expect(await login(username, "password-of-an-overlap")).toBe("accepted");
    // ElastiCache adds words on channels by itself: those are no change.
    await cache.setAccess(applicationAccess.replace(" -@all", " resetchannels -@all"));
    expect(await environment.run()).toMatchObject({ changed: false });
  });

  it("a database that has moved is written into the secrets, users and passwords stay", async () => {
    await environment.run();
    const before = await credentials("db-app");
    const { port, ca } = database;
    const moved = mysqlServer({ host: "127.0.0.1", port, authorities: [ca] });
    const { changes } = await environment.run({ server: moved });
    expect(changes).toEqual(
      databasePurposes.map((purpose) => `${purpose}: the secret's server is now 127.0.0.1:${port}`),
    );
    expect(await credentials("db-app")).toEqual({ ...before, host: "127.0.0.1" });
  });

  it("a secret that names another user is not acted on", async () => {
    await environment.run();
    const foreign = { ...(await credentials("db-app")), username: "admin" };
    const token = "00000000-0000-4000-8000-000000000004";
    await secrets.store.write(environment.arns["db-app"], foreign, { stage: "AWSCURRENT", token });
    await expect(environment.run()).rejects.toThrow(/db-app failed \(mismatched-value\)/);
    await expect(database.query("SELECT 1")).resolves.toBeDefined(); // the master user's password is as it was
  });

  it("rotated users are left as they are: the clone in use is not taken for a stranger", async () => {
    await environment.run();
    const rotated = { ...(await credentials("db-app")), username: `${applicationUser.name}_clone` };
    const token = "00000000-0000-4000-8000-000000000005";
    await secrets.store.write(environment.arns["db-app"], rotated, { stage: "AWSCURRENT", token });
    await environment.run();
    expect(await works("db-app")).toBe(true);
    expect(await environment.run()).toMatchObject({ changed: false });
  });
});

describe("D2 what no backup by the migrator has", () => {
  it("is told at each deployment, by name", async () => {
    await environment.run();
    await database.query("CREATE PROCEDURE bulwark.work() SELECT 1");
    await database.query("CREATE VIEW bulwark_audit.window AS SELECT 1 AS one");
    const { warnings } = await environment.run();
    expect(warnings).toEqual([
      expect.stringMatching(/^schemas: procedure bulwark\.work is in no backup made by the migrator/),
      expect.stringMatching(/^schemas: view bulwark_audit\.window is in no backup made by the migrator/),
    ]);
  });
});

describe("D2 binlog retention", () => {
  it("on a server without RDS's procedure the variable is looked at, and a short one is a warning", async () => {
    const { warnings } = await environment.run({ binlogRetentionHours: 2_000 });
    expect(warnings).toEqual([
      "binlog: binlogs stay 720 h, not 2000 h: set binlog_expire_logs_seconds=7200000",
    ]);
  });

  it("on RDS it is set by the procedure, once", async () => {
    await asRds();
    expect((await environment.run()).changes).toContain("binlog: binlogs stay 168 h (before: none kept)");
    expect(await environment.run()).toMatchObject({ changed: false });
    expect((await environment.run({ binlogRetentionHours: 24 })).changes).toEqual([
      "binlog: binlogs stay 24 h (before: 168)",
    ]);
    await database.query("DROP PROCEDURE mysql.rds_set_configuration");
    await database.query("DROP PROCEDURE mysql.rds_show_configuration");
    await database.query("DROP TABLE scratch.configuration");
  });

  it("on RDS it is read back: a server that does not keep it is no success", async () => {
    await asRds();
    await database.query("UPDATE scratch.configuration SET name = 'another setting'");
    await expect(environment.run()).rejects.toThrow(
      /bootstrap of binlog failed \(binlog-retention\).*to stay 168 h, and RDS says that none are kept/,
    );
    await database.query("DROP PROCEDURE mysql.rds_set_configuration");
    await database.query("DROP PROCEDURE mysql.rds_show_configuration");
    await database.query("DROP TABLE scratch.configuration");
  });

  /** The two procedures of RDS, with their signatures and results. */
  const asRds = async (): Promise<void> => {
    await database.query(
      "CREATE TABLE scratch.configuration (name VARCHAR(40) PRIMARY KEY, value VARCHAR(20))",
    );
    await database.query("INSERT INTO scratch.configuration VALUES ('binlog retention hours', NULL)");
    await database.query(
      "CREATE PROCEDURE mysql.rds_set_configuration(wanted VARCHAR(30), given INT) UPDATE scratch.configuration SET value = given WHERE name = wanted",
    );
    await database.query(
      "CREATE PROCEDURE mysql.rds_show_configuration() SELECT name, value, 'binlog retention hours specifies …' AS description FROM scratch.configuration",
    );
  };
});
