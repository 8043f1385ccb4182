import { describe, expect, it } from "vitest";
import type { Tier } from "../../../app/contract/limits.ts";
import { changeUser, type UserAction, type UserResult } from "../../../scripts/ops/user/actions.ts";
import { withDirectory } from "../../../scripts/ops/user/directory.ts";
import { userReport } from "../../../scripts/ops/user/report.ts";
import { addPerson, codeOf, send } from "../../app/support/browser.ts";
import { withApiFixture } from "../../app/support/fixture.ts";
import { makeKey, makeOrganisation } from "../../app/support/people.ts";

const fixture = await withApiFixture();
const api = await fixture.start();
const { aws, mysql } = fixture;
const credentials = { accessKeyId: "operator", secretAccessKey: "test" };
const access = {
  environment: "test",
  where: "this test",
  aws: { region: aws.region, endpoint: aws.url, credentials, maxAttempts: 1 },
  authorities: [mysql.ca],
};

/** What `npm run user -- test ACTION EMAIL` does. */
const change = (
  action: UserAction,
  email: string,
  more: { password?: boolean; role?: "admin"; tier?: Tier } = {},
) =>
  withDirectory(access, undefined, (directory) =>
    changeUser(directory, action, { email, password: false, ...more }),
  );
const signIn = (email: string, password = "") =>
  send(api, "POST /v1/auth/sign-in", { body: { email, password, tokens: "body" } });
const bearer = async (email: string, password = "") => ({
  authorization: `Bearer ${(await signIn(email, password)).json().accessToken}`,
});
const accept = ({ invitation }: UserResult, password: string) =>
  send(api, "POST /v1/auth/accept-invitation", { body: { token: invitation?.token, password } });

describe("A8 npm run user", () => {
  it("creates the first admin, with a random password that is shown once and kept as a hash", async () => {
    const email = "first@example.org";
    const made = await change("create", email, { password: true, role: "admin" });
    expect(made).toMatchObject({ user: { role: "admin", status: "active" }, invitation: undefined });
    expect(made.password).toMatch(/^[\w-]{24}$/);
    expect(userReport("create", made)).toContain(`Password, shown only now: ${made.password}`);
    const headers = await bearer(email, made.password);
    expect((await send(api, "GET /v1/users", { headers })).statusCode).toBe(200);
    const rows = await mysql.query(`SELECT password_hash FROM ${fixture.login.dbname}.users`);
    expect(JSON.stringify(rows)).not.toContain(made.password);
    await expect(change("create", email)).rejects.toThrow("This e-mail address has a user already.");
  });

  it("invites: the newest invitation counts, and only once", async () => {
    const email = "invited@example.org";
    const first = await change("create", email);
    expect(first.user).toMatchObject({ role: "member", status: "invited" });
    expect(first.password).toBeUndefined();
    const second = await change("invite", email);
    expect(userReport("invite", second)).toContain(second.invitation?.token);
    expect(codeOf(await accept(first, "a password of mine"))).toBe("invitation_refused");
    expect((await accept(second, "a password of mine")).statusCode).toBe(204);
    expect(codeOf(await accept(second, "a password of mine"))).toBe("invitation_refused");
    expect((await signIn(email, "a password of mine")).statusCode).toBe(200);
  });

  it("disables and enables: every session ends", async () => {
    const email = "leaver@example.org";
    const { password } = await change("create", email, { password: true });
    const headers = await bearer(email, password);
    expect(await change("disable", email)).toMatchObject({ user: { status: "disabled" } });
    const other = await fixture.start();
    expect(codeOf(await send(other, "GET /v1/sessions", { headers }))).toBe("credential_refused");
    expect(codeOf(await signIn(email, password))).toBe("sign_in_failed");
    await expect(change("invite", email)).rejects.toThrow("The user is disabled.");
    await change("enable", email);
    expect((await signIn(email, password)).statusCode).toBe(200);
  });

  it("unlocks after too many failures, and resets a password with all sessions", async () => {
    const email = "forgetful@example.org";
    const { password } = await change("create", email, { password: true });
    for (let failure = 0; failure < 5; failure++) await signIn(email, "not the password");
    expect(codeOf(await signIn(email, password))).toBe("locked");
    await change("unlock", email);
    const headers = await bearer(email, password);
    const reset = await change("reset", email);
    expect(reset.user.status).toBe("invited");
    expect(codeOf(await signIn(email, password))).toBe("sign_in_failed");
    const other = await fixture.start();
    expect(codeOf(await send(other, "GET /v1/sessions", { headers }))).toBe("credential_refused");
    expect((await accept(reset, "another password")).statusCode).toBe(204);
    expect((await signIn(email, "another password")).statusCode).toBe(200);
  });

  it("A4 sets the organisation's tier: limits follow for keys and at the next sign-in, and the audit trail says so", async () => {
    const organisation = await makeOrganisation(fixture);
    const { email, password } = await addPerson(api, organisation);
    const { key } = await makeKey(api, organisation);
    // With the limit of plus out of reach, the headers tell of the tier by which limit is nearer.
    const tight = await fixture.start({ RATE_LIMIT_STANDARD_MAX: "70", RATE_LIMIT_PLUS_MAX: "80" });
    const policy = async (authorization: string) =>
      (await send(tight, "GET /v1/bookings", { headers: { authorization } })).headers["ratelimit-policy"];
    const session = await bearer(email, password);
    expect(await policy(session.authorization)).toBe('"standard";q=70;w=60');
    const set = await change("tier", email, { tier: "plus" });
    expect(userReport("tier", set)).toContain("The organisation's tier is plus, and was standard.");
    expect(userReport("tier", await change("tier", email, { tier: "plus" }))).toContain("is plus already");
    expect(await policy((await bearer(email, password)).authorization)).toBe('"plus";q=80;w=60');
    expect(await policy(`Bearer ${key}`)).toBe('"plus";q=80;w=60');
    const rows = await mysql.query(
      `SELECT action, \`before\`, after FROM ${fixture.login.dbname}_audit.audit_log
       WHERE actor = 'operator' AND organisation_id = UUID_TO_BIN(?)`,
      [organisation.organisationId],
    );
    expect(rows).toEqual([
      { action: "organisation.tier_changed", before: { tier: "standard" }, after: { tier: "plus" } },
    ]);
  });

  it("says which user there is not, and leaves each change in the audit trail", async () => {
    await expect(change("unlock", "nobody@example.org")).rejects.toThrow(
      "There is no user nobody@example.org",
    );
    const audit = `${fixture.login.dbname}_audit.audit_log`;
    const rows = await mysql.query(
      `SELECT action FROM ${audit} WHERE actor = 'operator' AND entity = 'user'`,
    );
    const actions = new Set(rows.map(({ action }) => action));
    expect([...actions].sort()).toEqual(
      ["created", "invited", "password_reset", "unlocked", "updated"].map((verb) => `user.${verb}`),
    );
  });
});
