import { existsSync, readFileSync, writeFileSync } from "node:fs";
import http2 from "node:http2";
import { join } from "node:path";
import {
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import mysql from "mysql2/promise";
import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { databaseCredentials, masterCredentials } from "../../app/contract/secret-values.ts";
import type { Figures } from "../../scripts/drills/load/figures.ts";
import { load } from "../../scripts/drills/load/generator.ts";
import { portTaken, temporaryFolder } from "../../scripts/local/servers/index.ts";
import { summaryOf } from "../leaks/search.ts";
import { eventually } from "../support/eventually.ts";
import { keptStatements, searchSandbox } from "./leaks.ts";
import { alive, runScript, SandboxChild } from "./sandbox-child.ts";

const folder = temporaryFolder("sandbox-e2e");
const stateDir = join(folder.path, "state");
const here = ["--state-dir", stateDir];
const booking = z.object({ id: z.string(), version: z.number() });
const newBooking = {
  clientName: "Ada Lovelace",
  clientEmail: "ada@example.com",
  clientPhone: "+4915112345678",
  startsAt: "2035-01-01T10:00:00Z",
  endsAt: "2035-01-01T11:00:00Z",
};
/** Modest: what is counted is failures, and the machine may be busy. */
const rate = 50;

let sandbox: SandboxChild;
let agent: Agent;
/** The booking that survives everything. */
let kept: string;
/** The MySQL user in the API's secret at the end of the first run. */
let appUser: string;

const start = async (...flags: string[]): Promise<void> => {
  sandbox = new SandboxChild(stateDir, ...flags);
  await sandbox.up();
  agent = new Agent({ connect: { ca: sandbox.running.ca } });
};

beforeAll(() => start());
afterAll(async () => {
  if (alive(sandbox.process.pid ?? 0)) await sandbox.signal("SIGTERM");
  await runScript("sandbox.ts", "--down", ...here);
  folder.remove();
});

const api = async (path: string, body?: unknown) => {
  const answer = await request(`${sandbox.running.urls.https}${path}`, {
    dispatcher: agent,
    method: body === undefined ? "GET" : "POST",
    headers: { "user-agent": "bulwark-e2e/1", "content-type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { status: answer.statusCode, headers: answer.headers, body: await answer.body.json() };
};

/** Does something while requests come in, and reports what became of them. */
const underLoad = async (work: () => Promise<void>): Promise<Figures> => {
  const { urls, ca } = sandbox.running;
  const over = new AbortController();
  let answered = 0;
  const progress = ({ requests }: Figures) => {
    answered = requests;
  };
  const figures = load({ url: urls.https, ca, rate, signal: over.signal, progress });
  try {
    await eventually(() => expect(answered).toBeGreaterThan(rate), 30_000);
    await work();
    const during = answered;
    await eventually(() => expect(answered).toBeGreaterThan(during + rate), 30_000);
  } finally {
    over.abort();
  }
  return figures;
};

const secretsManager = () =>
  new SecretsManagerClient({
    region: "us-east-1",
    endpoint: sandbox.running.urls.aws,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });

/** What the API's database secret holds. */
const appCredentials = async () => {
  const found = await secretsManager().send(
    new GetSecretValueCommand({ SecretId: "bulwark/sandbox/db-app" }),
  );
  return databaseCredentials.parse(JSON.parse(found.SecretString ?? ""));
};

/** A connection to MySQL as its master user. */
const asMaster = async (): Promise<mysql.Connection> => {
  const client = secretsManager();
  const { SecretList = [] } = await client.send(new ListSecretsCommand({}));
  const master = SecretList.find(({ Name }) => Name?.startsWith("rds!"));
  const value = await client.send(new GetSecretValueCommand({ SecretId: master?.ARN }));
  const { username: user, password } = masterCredentials.parse(JSON.parse(value.SecretString ?? ""));
  const { port } = await appCredentials();
  return await mysql.createConnection({
    ...{ host: "localhost", port, user, password, ssl: { ca: sandbox.running.ca } },
  });
};

/** Which users the connections to MySQL belong to. */
const databaseUsers = async (): Promise<string[]> => {
  const connection = await asMaster();
  const [rows] = await connection.query<mysql.RowDataPacket[]>(
    "SELECT DISTINCT user FROM information_schema.processlist WHERE user LIKE 'bulwark\\_app%'",
  );
  await connection.end();
  return rows.map((row) => String(Object.values(row)[0]));
};

const replicas = (): string[] =>
  sandbox.state.processes.map(({ name }) => name).filter((name) => /^api-\d+$/.test(name));

describe("the sandbox runs the whole stack", () => {
  test("S10 A11 bookings are made and read over HTTPS, by HTTP/1.1 and HTTP/2", async () => {
    const made = await api("/v1/bookings", newBooking);
    expect(made.status).toBe(201);
    kept = booking.parse(made.body).id;
    const session = http2.connect(sandbox.running.urls.https, { ca: sandbox.running.ca });
    const stream = session.request({ ":path": `/v1/bookings/${kept}`, "user-agent": "bulwark-e2e/1" });
    let text = "";
    for await (const chunk of stream.setEncoding("utf8")) text += String(chunk);
    session.close();
    expect(JSON.parse(text)).toMatchObject({ id: kept, clientName: "Ada Lovelace" });
    // A browser would keep it for every other server on this machine.
    expect(made.headers["strict-transport-security"]).toBeUndefined();
  });

  test("S10 A3 plain HTTP is answered with 301 to HTTPS", async () => {
    const answer = await request(`${sandbox.running.urls.http}/v1/bookings?limit=1`);
    expect(answer.statusCode).toBe(301);
    expect(answer.headers.location).toBe(`${sandbox.running.urls.https}/v1/bookings?limit=1`);
    await answer.body.dump();
  });

  test("S6 S9 a replica has the pod's environment and nothing else, and no secret in it", () => {
    const [pod = ""] = replicas();
    const environment = Object.fromEntries(
      readFileSync(`/proc/${sandbox.processId(pod)}/environ`, "utf8")
        .split("\0")
        .filter((line) => line !== "")
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
    const outside = [
      "AWS_ENDPOINT_URL",
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
      "NODE_EXTRA_CA_CERTS",
      "PATH",
      "HOME",
    ];
    for (const name of outside) delete environment[name];
    expect(environment).toMatchObject({
      ENVIRONMENT: "sandbox",
      NODE_ENV: "production",
      REDIS_HOST: "localhost",
    });
    expect(environment.HOST).toMatch(/^127\.\d+\.\d+\.\d+$/);
    expect(environment.DB_SECRET_ID).toMatch(/^arn:aws:secretsmanager:/);
    // Whatever looks like a credential must be the name of a secret, not its value.
    for (const [name, value] of Object.entries(environment)) {
      if (/SECRET|PASSWORD|TOKEN|KEY/.test(name) && !/^SECRETS_REFRESH|^KEEP_ALIVE/.test(name)) {
        expect(value).toMatch(/^arn:aws:secretsmanager:/);
      }
    }
  });

  test("a second start in the same folder is refused, and disturbs nothing", async () => {
    const { code, output } = await runScript("sandbox.ts", ...here, "--free-ports");
    expect(code).toBe(4);
    expect(output).toContain("runs in");
    expect(output).toContain("--down");
    expect((await api(`/v1/bookings/${kept}`)).status).toBe(200);
  });
});

describe("R7 R8 rotation under load", () => {
  test("R2 R7 R8 db-app: no request fails, and the API's connections belong to the other user", async () => {
    const [before] = await databaseUsers();
    const figures = await underLoad(async () => {
      const { code, output } = await runScript("rotate.ts", "sandbox", "db-app", ...here);
      expect(output).toContain(`MySQL user   ${before} → `);
      expect(code).toBe(0);
      await eventually(async () => expect(await databaseUsers()).not.toContain(before), 60_000);
    });
    expect(figures.failures).toEqual({});
    expect(figures.requests).toBeGreaterThan(2 * rate);
    const after = await databaseUsers();
    expect(new Set([before, ...after])).toEqual(new Set(["bulwark_app", "bulwark_app_clone"]));
  });

  test("R3 R7 cache: no request fails, and no value is ever shown", async () => {
    let output = "";
    const figures = await underLoad(async () => {
      const rotated = await runScript("rotate.ts", "sandbox", "cache", ...here);
      expect(rotated.code).toBe(0);
      output = rotated.output;
    });
    expect(figures.failures).toEqual({});
    const client = secretsManager();
    const value = await client.send(new GetSecretValueCommand({ SecretId: "bulwark/sandbox/cache" }));
    const { password } = z.object({ password: z.string() }).parse(JSON.parse(value.SecretString ?? ""));
    expect(output).toContain("bulwark-app, with a new password");
    expect(output).not.toContain(password);
  });
});

describe("R4 R5 R7 the drill", () => {
  test("rotates every secret twice under reads, writes, paging and reads of the keys: nothing fails", async () => {
    const flags = ["--seconds", "10", "--rate", String(rate), ...here];
    const { code, output } = await runScript("drills/rotate.ts", ...flags);
    expect(output).toContain("No request failed, no rotation failed.");
    expect(output).toMatch(/^new token keys +2 published by the API/m);
    expect(output).toMatch(/^two MySQL users in turn +6 +0 /m);
    expect(code).toBe(0);
  });
});

describe("R10 passwords changed behind the stack's back", () => {
  test("rotate says that the secret in use does not work, and one command repairs MySQL and Redis", async () => {
    const [user] = await databaseUsers();
    const master = await asMaster();
    await master.query("ALTER USER ?@'%' IDENTIFIED BY 'somebody-elses-password'", [user]);
    await master.end();
    const failed = await runScript("rotate.ts", "sandbox", "db-app", ...here);
    expect(failed.code).toBe(1);
    expect(failed.output).toContain("The secret in use does NOT work");
    expect(failed.output).not.toContain("goes on working");
    const repaired = await runScript("rotate.ts", "sandbox", "--repair", ...here);
    expect(repaired.output).toContain(`db-app: set the password of ${user} to the secret's`);
    expect(repaired.output.match(/every current value works/g)).toHaveLength(4);
    expect(repaired.code).toBe(0);
    expect((await runScript("rotate.ts", "sandbox", "db-app", ...here)).code).toBe(0);
    await eventually(async () => expect(await databaseUsers()).not.toContain(user), 60_000);
    expect((await api(`/v1/bookings/${kept}`)).status).toBe(200);
  });
});

describe("R9 a rotation that fails", () => {
  test("names the step and the reason, leaves the API as it was, and is taken up by the next one", async () => {
    const before = await databaseUsers();
    const master = await asMaster();
    await master.query("ALTER USER CURRENT_USER() ACCOUNT LOCK");
    const failed = await runScript("rotate.ts", "sandbox", "db-app", ...here);
    await master.query("ALTER USER CURRENT_USER() ACCOUNT UNLOCK");
    await master.end();
    expect(failed.code).toBe(1);
    expect(failed.output).toContain("setSecret failed (master-refused)");
    expect(failed.output).toContain("goes on working");
    expect(sandbox.output()).toContain("bulwark/sandbox/db-app: RotationFailed, in setSecret");
    expect((await api(`/v1/bookings/${kept}`)).status).toBe(200);
    expect(await databaseUsers()).toEqual(before);
    const next = await runScript("rotate.ts", "sandbox", "db-app", ...here);
    expect(next.output).toContain("an earlier rotation was not finished: it is taken up again");
    expect(next.code).toBe(0);
  });
});

describe("A21 S9 replicas", () => {
  test("A21 one is replaced under load: no request fails", async () => {
    const [leaving = ""] = replicas();
    const figures = await underLoad(async () => {
      const { code, output } = await runScript("sandbox.ts", "--restart-pod", leaving, ...here);
      expect(output).toContain(`${leaving} has left; `);
      expect(code).toBe(0);
    });
    expect(figures.failures).toEqual({});
    expect(replicas()).toHaveLength(2);
    expect(replicas()).not.toContain(leaving);
  });

  test("S9 one that is killed is started again and becomes ready", async () => {
    const [killed = ""] = replicas();
    const before = sandbox.processId(killed);
    process.kill(before, "SIGKILL");
    await eventually(() => expect(sandbox.processId(killed)).not.toBe(before), 20_000);
    await eventually(async () => {
      const { output } = await runScript("sandbox.ts", "--status", ...here);
      expect(output).toContain(`${killed} (ready, restarted 1×)`);
    }, 60_000);
    expect(sandbox.output()).toContain(`${killed} ended with signal SIGKILL`);
  });

  test("A6 A26 A27 an attack through the balancer, and at each replica, gets the answers that it must", async () => {
    const { code, output } = await runScript("drills/attack.ts", "--count", "20", ...here);
    expect(code, output).toBe(0);
    expect(output).toContain("against 2 replicas");
  });

  test("an unknown replica is named with those that there are", async () => {
    const { code, output } = await runScript("sandbox.ts", "--restart-pod", "api-99", ...here);
    expect(code).toBe(1);
    expect(output).toContain('there is no pod "api-99". Pods: api-');
    for (const pod of replicas()) expect(output).toContain(pod);
  });
});

describe("S6 R6 R9 secret values", () => {
  test("are in Secrets Manager and nowhere else, after all that was above and a rotation of them all", async () => {
    const rotation = await runScript("rotate.ts", "sandbox", "--all", ...here);
    expect(rotation.code).toBe(0);
    const master = await asMaster();
    const printed = { "rotate --all": rotation.output, "statements in MySQL": await keptStatements(master) };
    await master.end();
    const { texts, planted, outcome } = await searchSandbox(sandbox, stateDir, printed);
    process.stdout.write(`S6 ${summaryOf(texts, outcome)}\n`);
    expect(outcome.leaks).toEqual([]);
    // One was put where none belongs, for the search to find: else the line above says nothing.
    expect(planted.map(({ of }) => of)).toEqual(["bulwark/sandbox/db-app password"]);
    expect(texts.length).toBeGreaterThanOrEqual(20);
    expect(outcome.places).toEqual(
      expect.arrayContaining([
        ...["the sandbox's output", "statements in MySQL", "plan of production", "state.json", "stack.json"],
        ...replicas().flatMap((pod) => [`environ of ${pod}`, `logs/${pod}.log`]),
        ...["environ of bulwark-sandbox-secrets-rotate-jwt", "logs/bulwark-sandbox-secrets-rotate-jwt.log"],
        ...["mysql/error.log", "mysql/data/binlog.000001", "redis/server.log"],
      ]),
    );
  });
});

describe("the sandbox stops and starts again", () => {
  test("Ctrl-C stops everything in order and leaves no process, port or socket", async () => {
    ({ username: appUser } = await appCredentials());
    const { urls } = sandbox.running;
    const processes = sandbox.processIds();
    expect(processes.length).toBeGreaterThanOrEqual(5);
    const ports = Object.values(urls).map((url) => Number(new URL(url).port));
    const { code, output } = await sandbox.signal("SIGINT");
    expect(output).toContain("Nothing of it is left running.");
    expect(code).toBe(0);
    expect(processes.filter(alive)).toEqual([]);
    for (const port of ports) expect(await portTaken(port)).toBe(false);
    for (const file of ["control.sock", "sandbox.pid", "mysql/data/mysql.sock"]) {
      expect(existsSync(join(stateDir, file))).toBe(false);
    }
    const status = await runScript("sandbox.ts", "--status", ...here);
    expect(status.code).toBe(3);
    const rotation = await runScript("rotate.ts", "sandbox", "db-app", ...here);
    expect(rotation.code).toBe(3);
    expect(rotation.output).toContain("is not running");
  });

  test("R8 the next start keeps data and secrets; with a raised generation it rotates all, waits, and says what changed", async () => {
    await start("--config", "bulwark:rotation.generation=2");
    const output = sandbox.output();
    // Nothing else is made anew.
    expect(output.match(/✓ function \S+/g)).toEqual([expect.stringMatching(/rotate-all$/)]);
    expect(output).toContain("Generation 2: 7 secrets rotated, one after the other.");
    const [after = ""] = ["bulwark_app", "bulwark_app_clone"].filter((user) => user !== appUser);
    expect(output).toContain(`MySQL user   ${appUser} → ${after}`);
    expect(output).toContain("Redis user   bulwark-app, with a new password");
    expect(output).toMatch(/keys after .* signing, .* pending/);
    expect(output).toContain("new values   cookie, csrf, pepper; those before stay accepted");
    expect(output).not.toContain("TestRotation");
    expect((await api(`/v1/bookings/${kept}`)).status).toBe(200);
    expect(await databaseUsers()).toEqual([after]);
  });

  test("killed outright: --down clears away what is left, and says so", async () => {
    const processes = sandbox.processIds();
    await sandbox.signal("SIGKILL");
    const { code, output } = await runScript("sandbox.ts", "--down", ...here);
    expect(code).toBe(0);
    expect(output).toMatch(/No sandbox (ran|runs) in/);
    expect(processes.filter(alive)).toEqual([]);
  });

  test("a database that is broken: the start says so, shows its log and the command that fixes it", async () => {
    writeFileSync(join(stateDir, "mysql/data/ibdata1"), "not a database");
    const { code, output } = await runScript("sandbox.ts", ...here, "--free-ports");
    expect(code).toBe(1);
    expect(output).toContain("MySQL did not start");
    expect(output).toContain("ibdata1");
    const reset = `npm run sandbox -- --reset --state-dir ${stateDir}`;
    expect(output).toContain(reset);
    const { code: done } = await runScript("sandbox.ts", "--reset", "--yes", ...here);
    expect(done).toBe(0);
    expect(existsSync(stateDir)).toBe(false);
  });
});
