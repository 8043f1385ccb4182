import { type Grant, grantedOn } from "../../../app/contract/database-users.ts";
import { Failure } from "../shared/failure.ts";
import { account } from "./accounts.ts";
import { column, type Session } from "./server.ts";

/** Privileges by their object, as SHOW GRANTS writes it: "`bulwark`.*" → SELECT, INSERT. */
export type Grants = ReadonlyMap<string, ReadonlySet<string>>;

/** Not a privilege to MySQL's grammar, but granted and revoked like one. */
const grantOption = "GRANT OPTION";

const quoted = "`(?:[^`]|``)*`";
const line = new RegExp(`^GRANT (.+?) ON (.+) TO ${quoted}@${quoted}( WITH GRANT OPTION)?$`, "s");

/**
 * Reads the lines of SHOW GRANTS, without USAGE, which means "no privilege".
 * @throws Failure for all but plain grants (roles, proxies, partial revokes): the product uses none, and a partial copy
 * would be worse than none.
 */
export const parseGrants = (lines: readonly string[]): Grants => {
  const grants = new Map<string, Set<string>>();
  for (const text of lines) {
    const [, privileges, on, option] = line.exec(text) ?? [];
    if (privileges === undefined || on === undefined) {
      throw new Failure(
        "grants-differ",
        `it holds something that is no plain grant, to be revoked by hand: ${text}`,
      );
    }
    const held = [...splitPrivileges(privileges), ...(option ? [grantOption] : [])];
    const known = grants.get(on) ?? new Set();
    for (const privilege of held) if (privilege !== "USAGE") known.add(privilege);
    if (known.size > 0) grants.set(on, known);
  }
  return grants;
};

/** "SELECT, INSERT (`b`, `a`)" → two: commas inside parentheses separate columns. */
const splitPrivileges = (text: string): string[] =>
  text.split(/,(?![^(]*\))/).map((privilege) => inOrder(privilege.trim()));

/** Columns come in any order: "SELECT (`b`, `a`)" → "SELECT (`a`, `b`)". */
const inOrder = (privilege: string): string => {
  const columns = privilege.match(new RegExp(quoted, "g"))?.sort();
  return columns ? `${privilege.slice(0, privilege.indexOf("("))}(${columns.join(", ")})` : privilege;
};

/** An account's privileges. Without a user: those of the session's own account. */
export const readGrants = async (session: Session, user?: string): Promise<Grants> =>
  parseGrants(
    column(await session.query(user === undefined ? "SHOW GRANTS" : `SHOW GRANTS FOR ${account(user)}`)),
  );

/** The grants declared for a user (app/contract/database-users.ts). */
export const declaredGrants = (declared: readonly Grant[]): Grants =>
  new Map(declared.map((grant) => [grantedOn(grant), new Set(grant.privileges.map(inOrder))]));

/** What `a` holds and `b` does not. */
const without = (a: Grants, b: Grants): Grants => {
  const rest = [...a].map(
    ([on, held]) => [on, new Set([...held].filter((one) => !b.get(on)?.has(one)))] as const,
  );
  return new Map(rest.filter(([, held]) => held.size > 0));
};

/** The difference in words, one a privilege: "+SELECT on `bulwark`.*" is missing in `have`, "-" is too much. */
export const describeDifference = (have: Grants, want: Grants): string[] => {
  const words = (sign: string, grants: Grants) =>
    [...grants].flatMap(([on, held]) => [...held].map((privilege) => `${sign}${privilege} on ${on}`));
  return [...words("+", without(want, have)), ...words("-", without(have, want))];
};

/**
 * Gives the user exactly the wanted grants. It first grants all that is missing and then revokes the rest, so that the account
 * never lacks a privilege that it keeps.
 * @returns what changed, in words; empty when nothing did.
 * @throws Failure `grants-differ` when the server then reports other grants.
 */
export const alignGrants = async (session: Session, user: string, want: Grants): Promise<string[]> => {
  const have = await readGrants(session, user);
  const changes = describeDifference(have, want);
  if (changes.length === 0) return changes;
  const objects = [...new Set([...have.keys(), ...want.keys()])];
  for (const statements of [grantsOf, revokesOf]) {
    for (const on of objects) {
      const difference = { on, have: have.get(on) ?? none, want: want.get(on) ?? none, name: account(user) };
      for (const statement of statements(difference)) await session.query(statement);
    }
  }
  const left = describeDifference(await readGrants(session, user), want);
  if (left.length === 0) return changes;
  throw new Failure("grants-differ", `the grants of "${user}" could not be corrected: ${left.join(", ")}`);
};

const none: ReadonlySet<string> = new Set();
const all = "ALL PRIVILEGES";

/** What the account holds on one object, and what it shall hold. */
interface Difference {
  on: string;
  have: ReadonlySet<string>;
  want: ReadonlySet<string>;
  name: string;
}

/** The statements that grant what is missing. ALL holds every privilege except those on columns, which count separately. */
const grantsOf = ({ on, have, want, name }: Difference): string[] => {
  const covered = (one: string) => have.has(one) || (have.has(all) && !one.includes("("));
  const missing = [...want].filter((one) => one !== grantOption && !covered(one));
  const option = want.has(grantOption) && !have.has(grantOption);
  if (missing.length === 0 && !option) return [];
  return [`GRANT ${missing.join(", ") || "USAGE"} ON ${on} TO ${name}${option ? " WITH GRANT OPTION" : ""}`];
};

/** The statements that take away what is too much. */
const revokesOf = ({ on, have, want, name }: Difference): string[] => {
  const revoke = (what: readonly string[]) =>
    what.length > 0 ? [`REVOKE ${what.join(", ")} ON ${on} FROM ${name}`] : [];
  const option = have.has(grantOption) && !want.has(grantOption) ? revoke([grantOption]) : [];
  const kept = [...want].filter((one) => one !== grantOption);
  if (want.has(all)) return option;
  if (!have.has(all)) {
    return [...revoke([...have].filter((one) => one !== grantOption && !want.has(one))), ...option];
  }
  // ALL means many privileges; revoke them one by one if some stay.
  if (kept.length > 0 && /^`.*`\.\*$/.test(on)) {
    return [...revoke(schemaPrivileges.filter((one) => !want.has(one))), ...option];
  }
  return [
    ...revoke([all]),
    ...(kept.length > 0 ? [`GRANT ${kept.join(", ")} ON ${on} TO ${name}`] : []),
    ...option,
  ];
};

/** What ALL means on a schema: https://dev.mysql.com/doc/refman/8.4/en/grant.html#grant-database-privileges */
const schemaPrivileges: readonly string[] = [
  "ALTER", "ALTER ROUTINE", "CREATE", "CREATE ROUTINE", "CREATE TEMPORARY TABLES", "CREATE VIEW", "DELETE", "DROP", "EVENT",
  "EXECUTE", "INDEX", "INSERT", "LOCK TABLES", "REFERENCES", "SELECT", "SHOW VIEW", "TRIGGER", "UPDATE",
]; // biome-ignore format: one list
