import { type Kysely, sql } from "kysely";

/**
 * Who may sign in, their sessions, the keys of machines, and the tier by which an organisation is limited.
 *
 * E-mail addresses are kept in small letters and compared byte by byte: an address is one user, whatever its letters. An invited
 * user has no password yet. A session's refresh token is made from its id, generation and seed with a key that is not in the
 * database, so a copy of this table opens no session.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await addTier(db);
  await createUsers(db);
  await createSessions(db);
  await createApiKeys(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table if exists api_keys`.execute(db);
  await sql`drop table if exists sessions`.execute(db);
  await sql`drop table if exists users`.execute(db);
  if (await hasTier(db)) {
    await sql`alter table organisations drop column tier, algorithm=inplace, lock=none`.execute(db);
  }
}

/** MySQL has no "add column if not exists". */
async function addTier(db: Kysely<unknown>): Promise<void> {
  if (await hasTier(db)) return;
  await sql`
    alter table organisations
    add column tier varchar(16) character set ascii collate ascii_bin not null default 'standard',
    algorithm=instant
  `.execute(db);
}

async function hasTier(db: Kysely<unknown>): Promise<boolean> {
  const { rows } = await sql`
    select 1 from information_schema.columns
    where table_schema = database() and table_name = 'organisations' and column_name = 'tier'
  `.execute(db);
  return rows.length > 0;
}

async function createUsers(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists users (
      id binary(16) not null primary key,
      organisation_id binary(16) not null,
      email varchar(254) character set ascii collate ascii_bin not null,
      name varchar(100) not null,
      role varchar(16) character set ascii collate ascii_bin not null,
      password_hash varchar(255) character set ascii collate ascii_bin null,
      pepper_id varchar(16) character set ascii collate ascii_bin null,
      password_changed_at datetime(3) null,
      invited_at datetime(3) null,
      disabled_at datetime(3) null,
      last_signed_in_at datetime(3) null,
      version int unsigned not null,
      created_at datetime(3) not null,
      updated_at datetime(3) not null,
      unique key users_email (email),
      key users_by_organisation (organisation_id, id),
      constraint users_organisation foreign key (organisation_id) references organisations (id),
      constraint users_role check (role in ('admin', 'member')),
      constraint users_password check ((password_hash is null) = (pepper_id is null))
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_0900_ai_ci
  `.execute(db);
}

/** `sessions_by_revocation` is what every replica reads every two seconds. */
async function createSessions(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists sessions (
      id binary(16) not null primary key,
      user_id binary(16) not null,
      organisation_id binary(16) not null,
      generation int unsigned not null,
      seed binary(32) not null,
      user_agent varchar(128) not null,
      created_at datetime(3) not null,
      refreshed_at datetime(3) not null,
      expires_at datetime(3) not null,
      ends_at datetime(3) not null,
      revoked_at datetime(3) null,
      revoked_reason varchar(32) character set ascii collate ascii_bin null,
      key sessions_by_user (user_id, created_at),
      key sessions_by_revocation (revoked_at),
      constraint sessions_user foreign key (user_id) references users (id)
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_0900_ai_ci
  `.execute(db);
}

async function createApiKeys(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists api_keys (
      id binary(16) not null primary key,
      organisation_id binary(16) not null,
      name varchar(100) not null,
      created_by binary(16) not null,
      secret_hash binary(32) not null,
      scopes varchar(255) character set ascii collate ascii_bin not null,
      created_at datetime(3) not null,
      expires_at datetime(3) not null,
      last_used_at datetime(3) null,
      revoked_at datetime(3) null,
      key api_keys_by_organisation (organisation_id, id),
      constraint api_keys_organisation foreign key (organisation_id) references organisations (id),
      constraint api_keys_user foreign key (created_by) references users (id)
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_0900_ai_ci
  `.execute(db);
}
