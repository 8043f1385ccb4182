import { type Grant, grantedOn } from "../../../app/contract/database-users.ts";
import { Failure } from "../shared/failure.ts";
import { account } from "./accounts.ts";
import { column, type Session } from "./server.ts";

/** Privileges by what they are on, as SHOW GRANTS writes it: "`bulwark`.*" → SELECT, INSERT. */
export type Grants = ReadonlyMap<string, ReadonlySet<string>>;

/** Not a privilege to MySQL's grammar, but granted and revoked like one. */
const grantOption = "GRANT OPTION";

const quoted = "`(?:[^`]|``)*`";
const line = new RegExp(`^GRANT (.+?) ON (.+) TO ${quoted}@${quoted}( WITH GRANT OPTION)?$`, "s");

/**
 * Reads the lines of SHOW GRANTS. USAGE, which means "no privilege", is left out.
 * @throws Failure for what is not a plain grant (roles, proxies, partial revokes): the product uses none, and half a copy
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

/** What an account may do. Without a user: what the session's own account may. */
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
 * Gives the user exactly the wanted grants. First what is missing, then what is too much goes, so that somebody who is using
 * the account never lacks a privilege that it keeps.
 * @returns what changed, in words; empty when nothing had to.
 * @throws Failure `grants-differ` when the server says something else afterwards.
 */
export const alignGrants = async (session: Session, user: string, want: Grants): Promise<string[]> => {
  const have = await readGrants(session, user);
  const changes = describeDifference(have, want);
  if (changes.length === 0) return changes;
  for (const on of new Set([...have.keys(), ...want.keys()])) {
    for (const statement of alignment(on, have.get(on) ?? none, want.get(on) ?? none, account(user))) {
      await session.query(statement);
    }
  }
  const left = describeDifference(await readGrants(session, user), want);
  if (left.length === 0) return changes;
  throw new Failure("grants-differ", `the grants of "${user}" could not be mended: ${left.join(", ")}`);
};

const none: ReadonlySet<string> = new Set();
const all = "ALL PRIVILEGES";

/** The statements that turn what the account has on one object into what it shall have. */
const alignment = (
  on: string,
  have: ReadonlySet<string>,
  want: ReadonlySet<string>,
  name: string,
): string[] => {
  // ALL stands for many: as long as it is there, single privileges can be neither added nor told apart from it.
  const clears = have.has(all) && !want.has(all);
  const missing = [...want].filter((one) => one !== grantOption && (clears || !have.has(one)));
  const surplus = [...have].filter((one) => one !== grantOption && !want.has(one) && !want.has(all));
  const option = want.has(grantOption) && !have.has(grantOption);
  const grant = `GRANT ${missing.join(", ") || "USAGE"} ON ${on} TO ${name}${option ? " WITH GRANT OPTION" : ""}`;
  return [
    ...(clears ? [`REVOKE ${all} ON ${on} FROM ${name}`] : []),
    ...(missing.length > 0 || option ? [grant] : []),
    ...(surplus.length > 0 && !clears ? [`REVOKE ${surplus.join(", ")} ON ${on} FROM ${name}`] : []),
    ...(have.has(grantOption) && !want.has(grantOption)
      ? [`REVOKE ${grantOption} ON ${on} FROM ${name}`]
      : []),
  ];
};
