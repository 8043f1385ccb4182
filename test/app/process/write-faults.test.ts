import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { applicationUser, grantedOn, schemas } from "../../../app/contract/database-users.ts";
import { migrate } from "../../../app/migrations/runner.ts";
import { createTrust } from "../../../app/platform/trust.ts";
import { verifyChains } from "../../../scripts/ops/audit/verify.ts";
import { type Session, withSession } from "../../../scripts/ops/database/session.ts";
import { eventually } from "../../support/index.ts";
import { addClient } from "../support/client.ts";
import { silent, withApiFixture } from "../support/fixture.ts";
import { type Running, runServer, withImage } from "../support/process.ts";
import { restartableMysql, restartableRedis } from "../support/restartable.ts";
import { WriteLedger } from "../support/write-ledger.ts";
import { type FaultFigures, WriteTruth } from "../support/write-truth.ts";

declare module "vitest" {
  interface TaskMeta {
    /** For `npm run crash-table`. */
    writeFaults?: FaultFigures[];
  }
}

/** How often each server is killed. */
const rounds = Number(process.env.WRITE_FAULT_ROUNDS ?? 1);
const victims = ["API", "MySQL", "Redis"] as const;

const fixture = await withApiFixture({ migrated: false });
const image = await withImage();
const admin = { username: "admin", password: "password-of-the-master" };
const mysql = await restartableMysql(admin.username, admin.password);
const redis = await restartableRedis(fixture.redis.user);
const login = { host: "localhost", port: mysql.port, authorities: [fixture.mysql.ca] };
const onServer = <T>(work: (session: Session) => Promise<T>) => withSession({ ...login, ...admin }, work);
const databaseSecret = "bulwark/test/db-of-this-file";

const prepare = async () => {
  const app = { username: applicationUser.name, password: "password-of-the-application" };
  await onServer(async (session) => {
    for (const schema of Object.values(schemas)) await session.query(`CREATE DATABASE ${schema}`);
    await session.query(`CREATE USER '${app.username}'@'%' IDENTIFIED BY '${app.password}' REQUIRE SSL`);
    for (const grant of applicationUser.grants) {
      await session.query(`GRANT ${grant.privileges.join()} ON ${grantedOn(grant)} TO '${app.username}'@'%'`);
    }
  });
  const at = { engine: "mysql" as const, host: login.host, port: login.port, dbname: schemas.data };
  const trust = createTrust(login.authorities);
  await migrate("up", { credentials: { ...at, ...admin }, trust, logger: silent() });
  await onServer((session) => addClient(session, schemas.data));
  await fixture.putSecret(databaseSecret, { ...at, ...app });
};
await prepare();

const startReplica = () =>
  runServer(image.server, fixture, { DB_SECRET_ID: databaseSecret, REDIS_PORT: String(redis.port) });
const replicas: Running[] = [await startReplica(), await startReplica()];

const killings: Record<(typeof victims)[number], (round: number) => Promise<() => Promise<void>>> = {
  API: async (round) => {
    const index = round % replicas.length;
    replicas[index]?.process.kill("SIGKILL");
    await replicas[index]?.ended;
    return async () => {
      replicas[index] = await startReplica();
    };
  },
  MySQL: async () => {
    await mysql.kill();
    return () => mysql.start();
  },
  Redis: async () => {
    await redis.kill();
    return () => redis.start();
  },
};

describe("A12 servers killed in the middle of writes", () => {
  it(
    "A11 A12 A14 nothing is lost, done twice or without its entry, and the chain is whole",
    async ({ task }) => {
      const ledger = new WriteLedger(() => replicas.map(({ url }) => url));
      const end = ledger.begin(2);
      const goesOn = (answers: number) =>
        eventually(() => expect(ledger.answered).toBeGreaterThan(answers), 30_000);
      for (let round = 0; round < rounds; round++) {
        for (const victim of victims) {
          await goesOn(ledger.answered + 3);
          // Anywhere in a write: one takes a few milliseconds.
          await delay(Math.random() * 20);
          ledger.kill(victim);
          const restart = await killings[victim](round);
          await restart();
          await goesOn(ledger.answered + 3);
        }
      }
      await end();
      const { operations } = ledger;
      const truth = await onServer(WriteTruth.read);
      const figures = truth.figures(operations, victims);
      task.meta.writeFaults = figures;
      expect(truth.faults(operations)).toEqual({ lost: 0, doubled: 0 });
      expect(truth.orphans()).toEqual([]);
      const [keys] = await onServer((session) =>
        session.query(`SELECT COUNT(*) AS n FROM ${schemas.data}.idempotency_keys`),
      );
      const keyed = operations.filter(({ key, done, imported }) => key !== undefined && (done ?? imported));
      expect(Number(keys?.n)).toBe(keyed.length);
      const chains = await onServer((session) =>
        verifyChains(session, { schema: schemas.data, progress: () => undefined }),
      );
      expect(chains.map(({ fault, unchained }) => ({ fault, unchained }))).toEqual([
        { fault: undefined, unchained: 0 },
      ]);
      for (const victim of ["API", "MySQL"]) {
        expect(figures.filter((row) => row.victim === victim && row.interrupted > 0)).not.toEqual([]);
      }
    },
    60_000 + rounds * 60_000,
  );
});
