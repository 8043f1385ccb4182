import { setTimeout as delay } from "node:timers/promises";
import { type Login, openSession, type Session } from "../../ops/database/session.ts";

const pollMs = 5;
const organisation = "x'00000000000070008000000000000001'";
const columns =
  "(id, organisation_id, client_name, client_email, client_phone, notes, starts_at, ends_at, status, version, created_at, updated_at)";

/** So many bookings, made by the server. @param from how many there are already */
export const seedBookings = (session: Session, number: number, from = 0): Promise<unknown> =>
  session.query(
    `INSERT INTO bulwark.bookings ${columns}
     SELECT UNHEX(LPAD(HEX(n), 32, '0')), ${organisation}, CONCAT('Client ', n, ' ', LEFT(SHA2(n, 256), 12)),
       CONCAT('client', n, '@', LEFT(SHA2(n + 1, 256), 8), '.example.com'), CONCAT('+1555', LPAD(n, 7, '0')),
       IF(n % 3 = 0, NULL, CONCAT('Wants room ', n % 40, ', called ', LEFT(SHA2(n + 2, 256), 32))),
       '2030-01-01' + INTERVAL n MINUTE, '2030-01-01' + INTERVAL n + 30 MINUTE, 'confirmed', 1, NOW(3), NOW(3)
     FROM (SELECT CAST(ROW_NUMBER() OVER () AS SIGNED) + ${from} AS n
       FROM information_schema.columns a, information_schema.columns b LIMIT ${number}) AS numbers`,
  );

/**
 * A client at work: one change after the other, each committed by itself. Most make a booking, some alter or delete an earlier
 * one, so that a replay that leaves something out or repeats it shows.
 */
export class Writer {
  readonly #session: Session;
  #written = 0;
  #going: Promise<void> = Promise.resolve();
  #paused = true;

  constructor(session: Session) {
    this.#session = session;
  }

  static async open(login: Login): Promise<Writer> {
    return new Writer(await openSession(login));
  }

  /** Changes made so far. */
  get count(): number {
    return this.#written;
  }

  resume(): void {
    this.#paused = false;
    this.#going = this.#work();
    // The next pause() or more() reports it; nothing handles it before.
    this.#going.catch(() => undefined);
  }

  /** Resolves when the last change is committed; says with what the work ended if it failed. */
  async pause(): Promise<void> {
    this.#paused = true;
    await this.#going;
  }

  /** Resolves when so many further changes are made. */
  async more(changes: number): Promise<void> {
    const until = this.#written + changes;
    while (this.#written < until && !this.#paused) await Promise.race([this.#going, delay(pollMs)]);
  }

  async close(): Promise<void> {
    await this.pause().catch(() => undefined);
    await this.#session.end();
  }

  async #work(): Promise<void> {
    while (!this.#paused) {
      await this.#change(this.#written + 1);
      this.#written += 1;
    }
  }

  async #change(number: number): Promise<void> {
    const id = (of: number) => `UNHEX(CONCAT('ff', LPAD(HEX(${of}), 30, '0')))`;
    await this.#session.query(
      `INSERT INTO bulwark.bookings ${columns} VALUES (${id(number)}, ${organisation}, 'Written ${number}',
        'w${number}@example.com', '+15550100', NULL, '2031-01-01', '2031-01-02', 'confirmed', 1, NOW(3), NOW(3))`,
    );
    if (number % 5 === 0) {
      await this.#session.query(
        `UPDATE bulwark.bookings SET version = version + 1 WHERE id = ${id(number - 3)}`,
      );
    }
    if (number % 7 === 0)
      await this.#session.query(`DELETE FROM bulwark.bookings WHERE id = ${id(number - 4)}`);
  }
}
