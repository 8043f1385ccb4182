import { join } from "node:path";
import mysql from "mysql2";
import { listBookings } from "../../../app/bookings/pages.ts";
import { findBooking } from "../../../app/bookings/repository.ts";
import { schemas } from "../../../app/contract/database-users.ts";
import { connectionOptions } from "../../../app/platform/database/client.ts";
import type { Connection } from "../../../app/platform/database/statement.ts";
import { auditSchemaOf } from "../../../app/platform/database/tables.ts";
import { idToBytes } from "../../../app/platform/ids.ts";
import { createTrust } from "../../../app/platform/trust.ts";
import type { At } from "../../cli/progress.ts";
import { localCertificates, startMysql, temporaryFolder } from "../../local/servers/index.ts";
import { databaseOn } from "../../ops/database/application.ts";
import { withSession } from "../../ops/database/session.ts";
import { makeBooking, organisations, type SeededBooking } from "../../ops/seed/bookings.ts";
import { seedBookings } from "../../ops/seed/load.ts";
import { prepare } from "../pitr/servers.ts";
import { type Case, cases } from "./cases.ts";
import { type Access, accessOf } from "./plan.ts";

export interface Options {
  bookings: number;
  rounds: number;
}

/** How long one kind of question took, milliseconds, and what MySQL did for it. */
export interface Figure {
  name: string;
  access: Access | undefined;
  p50: number;
  p99: number;
}

export interface Results extends Options {
  server: string;
  /** Bookings of the organisation that asks. */
  own: number;
  /** A read by primary key first: what the others are compared with. */
  figures: Figure[];
}

const seed = 1;
const organisation = organisations[0];
/** A third of what the smallest instance of RDS that these environments use gives it. */
const bufferPool = "1G";
/** Questions of a kind before any counts. */
const warmUp = 20;

/** Fills a server of its own, and asks it every case in turn, round by round: what disturbs the machine disturbs all alike. */
export const measure = async (options: Options, at: At): Promise<Results> => {
  const folder = temporaryFolder("lists-bench");
  const { ca, cert, key } = await localCertificates(join(folder.path, "certificates"));
  const settings = { innodb_buffer_pool_size: bufferPool, loose_innodb_redo_log_capacity: bufferPool };
  const server = await startMysql({ dataDir: join(folder.path, "mysql"), tls: { ca, cert, key }, settings });
  try {
    const { host, port, adminUser: username, adminPassword: password } = server;
    const login = { host, port, username, password, authorities: [ca] };
    await prepare({ login });
    const [own] = await withSession(login, async (session) => {
      await session.query(`USE ${schemas.data}`);
      const counts = await seedBookings(
        databaseOn(session, auditSchemaOf(schemas.data)),
        { seed, ...options },
        at,
      );
      await session.query("ANALYZE TABLE bookings");
      return counts;
    });
    const credentials = { engine: "mysql" as const, host, port, username, password, dbname: schemas.data };
    const raw = mysql.createConnection(connectionOptions(credentials, createTrust([ca])));
    try {
      const figures = await ask(connectionOn(raw), options, at);
      return { ...options, server: server.version, own: own?.bookings ?? 0, figures };
    } finally {
      raw.destroy();
    }
  } finally {
    await server.kill();
    folder.remove();
  }
};

/** Prepared statements, as the API's pool sends them. */
const connectionOn = (raw: mysql.Connection): Connection => ({
  run: (text, values) =>
    new Promise((resolve, reject) => {
      raw.execute<mysql.RowDataPacket[]>(text, values as mysql.ExecuteValues, (error, rows) =>
        error ? reject(error) : resolve(rows),
      );
    }),
});

const ask = async (connection: Connection, { bookings, rounds }: Options, at: At): Promise<Figure[]> => {
  const questions: [name: string, ask: (of: SeededBooking) => Promise<unknown>, one?: Case][] = [
    ["read by primary key", ({ id }) => findBooking(connection, organisation.id, id)],
    ...Object.entries(cases).map(([name, one]): (typeof questions)[number] => [
      name,
      (of) => {
        const { filter, after } = one(of);
        return listBookings(connection, organisation.id, filter, after);
      },
      one,
    ]),
  ];
  const times = new Map(questions.map(([name]): [string, number[]] => [name, []]));
  for (let round = -warmUp; round < rounds; round += 1) {
    if (round % 20 === 0) at(`round ${round + 1} of ${rounds}`);
    for (const [name, ask] of questions) {
      const of = bookingOf(round + warmUp, bookings);
      const began = performance.now();
      await ask(of);
      if (round >= 0) times.get(name)?.push(performance.now() - began);
    }
  }
  const substring = await searchWithoutIndex(connection);
  const figures: Figure[] = [];
  for (const [name, _ask, one] of questions) {
    // One after the other: the server's counters are those of the connection.
    const access = one && (await accessOf(connection, organisation.id, one(bookingOf(rounds, bookings))));
    figures.push({ name, access, ...percentiles(times.get(name) ?? []) });
  }
  return [...figures, substring];
};

/** A booking of the organisation that asks: each round another one, spread over all of them. */
const bookingOf = (round: number, bookings: number): SeededBooking => {
  const tens = Math.max(1, Math.floor(bookings / 10));
  return makeBooking(seed, ((round * 7_919) % tens) * 10);
};

/** How the API searched before its indexes: any part of the texts. */
const withoutIndex =
  "select * from bookings where organisation_id = ? and client_name like ? order by starts_at, id limit 21";

const searchWithoutIndex = async (connection: Connection): Promise<Figure> => {
  const times: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const began = performance.now();
    await connection.run(withoutIndex, [idToBytes(organisation.id), "%the Fifth%"]);
    times.push(performance.now() - began);
  }
  return { name: "a part of any text, nothing found", access: undefined, ...percentiles(times) };
};

const percentiles = (times: readonly number[]): Pick<Figure, "p50" | "p99"> => {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
};
