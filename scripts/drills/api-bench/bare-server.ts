/**
 * What the API is measured against: `node:http` and mysql2 with the same statements and the same answers, and nothing else, by
 * callbacks, since mysql2's promises record a stack for each call. It validates nothing, handles no error, logs nothing and sends
 * no header that HTTP does not need. It says itself which statements those are, so that a change of the API does not change what
 * the API is measured against.
 */
import { hash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import mysql, { type Pool, type PoolConnection, type RowDataPacket } from "mysql2";
import { databaseCredentials } from "../../../app/contract/secret-values.ts";
import { defaultOrganisation } from "../../../app/organisations/table.ts";
import { idFromBytes, idToBytes, newId } from "../../../app/platform/ids.ts";
import { createTrust } from "../../../app/platform/trust.ts";

const login = databaseCredentials.parse(JSON.parse(process.env.BENCH_LOGIN ?? ""));
const organisation = idToBytes(defaultOrganisation);
const pool = mysql.createPool({
  host: login.host,
  port: login.port,
  user: login.username,
  password: login.password,
  database: login.dbname,
  ssl: createTrust().database,
  connectionLimit: 10,
  timezone: "Z",
});

const selectBookings = "select * from bookings where organisation_id = ?";
const lockChain = "select number, hash from audit_chains where organisation_id = ? for update";
const readOverlapping = `select id, starts_at, ends_at from bookings
  where organisation_id = ? and resource = ? and status = 'confirmed'
  and starts_at < ? and ends_at > ? and starts_at > cast(? as datetime(3)) - interval 31 day limit 1`;
const insertBooking = `insert into bookings values (${Array(13).fill("?").join()})`;
const insertAudit = `insert into ${login.dbname}_audit.audit_log values (${Array(13).fill("?").join()})`;
const updateChain = "update audit_chains set number = ?, hash = ? where organisation_id = ?";
const path = "/v1/bookings";

type Done = (error: Error | null) => void;
const ended = (start: (done: Done) => void): Promise<void> =>
  new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));

const execute = (
  on: Pool | PoolConnection,
  sql: string,
  values: (string | number | Date | Buffer | null)[],
) =>
  new Promise<RowDataPacket[]>((resolve, reject) => {
    on.execute<RowDataPacket[]>(sql, values, (error, rows) => (error ? reject(error) : resolve(rows)));
  });

const connect = () =>
  new Promise<PoolConnection>((resolve, reject) => {
    pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection)));
  });

const read = async (id: string): Promise<unknown> => {
  const rows = await execute(pool, `${selectBookings} and id = ?`, [organisation, idToBytes(id)]);
  return rows.map(toBooking)[0];
};

const list = async (limit: number): Promise<unknown> => {
  const sql = `${selectBookings} order by starts_at, id limit ?`;
  const rows = await execute(pool, sql, [organisation, String(limit + 1)]);
  return { items: rows.slice(0, limit).map(toBooking), nextCursor: null };
};

const create = async (input: RowDataPacket): Promise<unknown> => {
  const now = new Date();
  const id = newId();
  const row = {
    ...{ id: idToBytes(id), organisation_id: organisation },
    ...{ client_name: input.clientName, client_email: input.clientEmail, client_phone: input.clientPhone },
    ...{ notes: input.notes ?? null, starts_at: new Date(input.startsAt), ends_at: new Date(input.endsAt) },
    ...{ status: "confirmed", version: 1, created_at: now, updated_at: now, resource: input.resource },
  };
  const booking = toBooking(row);
  const audit = ["anonymous", "booking.created", "booking", row.id, null, JSON.stringify(booking), id];
  const connection = await connect();
  await ended((done) => connection.beginTransaction(done));
  const [head] = await execute(connection, lockChain, [organisation]);
  const place = [row.resource, row.ends_at, row.starts_at, row.starts_at];
  await execute(connection, readOverlapping, [organisation, ...place]);
  await execute(connection, insertBooking, Object.values(row));
  const link = hash("sha256", Buffer.concat([head?.hash, Buffer.from(JSON.stringify(audit))]), "buffer");
  const entry = [idToBytes(newId()), organisation, now, ...audit, head?.number + 1, 1, link];
  await execute(connection, insertAudit, entry);
  await execute(connection, updateChain, [head?.number + 1, link, organisation]);
  await ended((done) => connection.commit(done));
  connection.release();
  return booking;
};

const toBooking = (row: Record<string, unknown> | RowDataPacket) => {
  const { id, starts_at, ends_at, created_at, updated_at, ...rest } = row as RowDataPacket;
  return {
    id: idFromBytes(id),
    resource: rest.resource,
    clientName: rest.client_name,
    clientEmail: rest.client_email,
    clientPhone: rest.client_phone,
    notes: rest.notes,
    startsAt: starts_at.toISOString(),
    endsAt: ends_at.toISOString(),
    status: rest.status,
    version: rest.version,
    createdAt: created_at.toISOString(),
    updatedAt: updated_at.toISOString(),
  };
};

const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { url = "", method } = request;
  let body: unknown;
  if (method === "POST") body = await create((await json(request)) as RowDataPacket);
  else if (url.startsWith(`${path}/`)) body = await read(url.slice(path.length + 1));
  else body = await list(Number(url.slice(url.indexOf("=") + 1)));
  const text = JSON.stringify(body);
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
  };
  response.writeHead(method === "POST" ? 201 : 200, headers).end(text);
};

const server = createServer((request, response) => {
  // A failure ends the bench: what has no error handling is not measured with errors.
  void answer(request, response);
});
server.keepAliveTimeout = 75_000;
server.listen(Number(process.env.PORT), "127.0.0.1");
