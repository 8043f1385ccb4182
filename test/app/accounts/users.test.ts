import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Invitations } from "../../../app/accounts/invitations.ts";
import { Signer } from "../../../app/platform/signer.ts";
import { addPerson, Browser, codeOf, type Person, send, signedIn } from "../support/browser.ts";
import { withApiFixture } from "../support/fixture.ts";
import { makeOrganisation } from "../support/people.ts";

const fixture = await withApiFixture();
const roomy = { RATE_LIMIT_SIGN_IN_MAX: "100000", RATE_LIMIT_ADMIN_MAX: "100000" };
const api = await fixture.start(roomy);
const { dbname } = fixture.login;
const admin = await signedIn(api, await addPerson(api, { role: "admin" }));
const { organisationId } = await makeOrganisation(fixture);
const foreigner = await addPerson(api, { organisationId });
const foreignAdmin = await signedIn(api, await addPerson(api, { organisationId, role: "admin" }));

const invite = (email = `${randomUUID()}@example.org`, role = "member", by = admin) =>
  by.send("POST /v1/users", { body: { email, name: "Bob Example", role } });
const change = (id: string, body: object, by = admin) => by.send(`PATCH /v1/users/${id}`, { body });
const accept = (token: string, password: string) =>
  send(api, "POST /v1/auth/accept-invitation", { body: { token, password } });
const signIn = (person: Pick<Person, "email" | "password">) => new Browser(api).signIn(person);
const audit = (id: string) =>
  fixture.mysql.query(
    `SELECT action, \`before\`, \`after\` FROM ${dbname}_audit.audit_log WHERE entity_id = UUID_TO_BIN(?) ORDER BY id`,
    [id],
  );

describe("A8 users", () => {
  it("201: an admin invites, the invited chooses a password once, and signs in", async () => {
    const email = `${randomUUID()}@Example.org`;
    const answer = await invite(email);
    expect(answer.statusCode, answer.body).toBe(201);
    const { user, invitation } = answer.json();
    expect(answer.headers.location).toBe(`/v1/users/${user.id}`);
    expect(user).toMatchObject({ email: email.toLowerCase(), status: "invited", role: "member", version: 1 });
    const password = "a password of Bob's";
    expect(codeOf(await accept(invitation.token, "password123"))).toBe("password_refused");
    expect((await accept(invitation.token, password)).statusCode).toBe(204);
    expect(codeOf(await accept(invitation.token, password))).toBe("invitation_refused");
    expect((await signIn({ email, password })).json().user).toMatchObject({ status: "active" });
    const rows = await audit(user.id);
    expect(rows.map(({ action }) => action)).toEqual(["user.created", "user.password_changed"]);
    expect(JSON.stringify(rows)).not.toContain("argon2");
    expect(JSON.stringify(api.lines)).not.toContain(invitation.token);
  });

  it("A8 400 for an invitation that was changed, replaced, used or withdrawn", async () => {
    const { user, invitation } = (await invite()).json();
    const refused = async (token: string) =>
      expect(codeOf(await accept(token, "a good password"))).toBe("invitation_refused");
    const { token } = invitation;
    for (const fake of ["", "AAAA", `${token}A`, token.slice(0, -4), `B${token.slice(1)}`])
      await refused(fake);
    const next = (await admin.send(`POST /v1/users/${user.id}/invitation`)).json();
    await refused(token);
    await change(user.id, { version: 2, disabled: true });
    await refused(next.token);
    await change(user.id, { version: 3, disabled: false });
    expect((await accept(next.token, "a good password")).statusCode).toBe(204);
    await refused(next.token);
    expect(codeOf(await accept("x".repeat(201), "a good password"))).toBe("validation_failed");
  });

  it("A8 an invitation counts for seven days", () => {
    const key = { current: randomUUID() };
    const invitations = new Invitations(new Signer(() => key));
    const issued = (ago: number) => ({ userId: randomUUID(), issuedAt: Date.now() - ago * 1_000 });
    const [young, old] = [issued(604_700), issued(604_800)];
    expect(invitations.read(invitations.write(young).token)).toEqual(young);
    expect(invitations.read(invitations.write(old).token)).toBeUndefined();
  });

  it("A8 one invitation accepted twice at once sets one password", async () => {
    const { user, invitation } = (await invite()).json();
    const passwords = ["the first good password", "the second good password"];
    const answers = await Promise.all(passwords.map((password) => accept(invitation.token, password)));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([204, 400]);
    const chosen = passwords[answers.findIndex(({ statusCode }) => statusCode === 204)] ?? "";
    expect((await signIn({ email: user.email, password: chosen })).statusCode).toBe(200);
  });

  it("A8 an invitation of a user with a password is a reset: the old one counts until then, and sessions end with it", async () => {
    const person = await addPerson(api);
    const browser = await signedIn(api, person);
    const { token } = (await admin.send(`POST /v1/users/${person.id}/invitation`)).json();
    expect((await browser.send("GET /v1/auth/session")).statusCode).toBe(200);
    expect((await accept(token, "another good password")).statusCode).toBe(204);
    expect(codeOf(await browser.send("GET /v1/auth/session"))).toBe("credential_refused");
    expect(codeOf(await signIn(person))).toBe("sign_in_failed");
  });

  it("409 for an address that has a user, in whatever letters and organisation, also for two at once", async () => {
    const email = `${randomUUID()}@example.org`;
    const answers = await Promise.all([invite(email), invite(email.toUpperCase(), "admin", foreignAdmin)]);
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, 409]);
    expect(JSON.stringify(api.lines)).not.toContain(email);
  });

  it("200: the list is the organisation's own, in pages", async () => {
    const all = [];
    let after = "";
    do {
      const page = (await admin.send(`GET /v1/users?limit=3${after && `&after=${after}`}`)).json();
      all.push(...page.items);
      after = page.nextAfter ?? "";
    } while (after);
    const rows = await fixture.mysql.query(
      `SELECT COUNT(*) AS n FROM ${dbname}.users WHERE organisation_id <> UUID_TO_BIN(?)`,
      [organisationId],
    );
    expect(all).toHaveLength(rows[0]?.n);
    expect(all.map(({ id }) => id)).not.toContain(foreigner.id);
    expect(Object.keys(all[0]).sort()).toEqual([
      "createdAt",
      "email",
      "id",
      "lastSignedInAt",
      "name",
      "role",
      "status",
      "updatedAt",
      "version",
    ]);
    for (const query of ["limit=0", "limit=101", "after=x", "organisation=1"])
      expect(codeOf(await admin.send(`GET /v1/users?${query}`)), query).toBe("validation_failed");
  });

  it.each([
    ["a new role", { role: "admin" }, "role_changed"],
    ["disabling", { disabled: true }, "user_disabled"],
  ])("A8 ASVS 7.4.2 8.3.2 %s ends the user's sessions", async (_name, body, reason) => {
    const person = await addPerson(api);
    const browser = await signedIn(api, person);
    expect((await change(person.id, { version: 2, ...body })).statusCode).toBe(200);
    expect(codeOf(await browser.send("GET /v1/sessions"))).toBe("credential_refused");
    expect(codeOf(await browser.refresh())).toBe("session_ended");
    const [row] = await fixture.mysql.query(
      `SELECT revoked_reason AS reason FROM ${dbname}.sessions WHERE user_id = UUID_TO_BIN(?)`,
      [person.id],
    );
    expect(row?.reason).toBe(reason);
  });

  it("A8 ASVS 7.4.2 15.4.2 disabling at the moment of sign-ins and refreshes leaves no session", async () => {
    const person = await addPerson(api);
    const browser = await signedIn(api, person);
    const others = Array.from({ length: 4 }, () => new Browser(api));
    const [disabled] = await Promise.all([
      change(person.id, { version: 2, disabled: true }),
      browser.refresh(),
      ...others.map((other) => other.signIn(person)),
    ]);
    expect(disabled.statusCode).toBe(200);
    for (const one of [browser, ...others]) {
      expect((await one.send("GET /v1/sessions")).statusCode).toBe(401);
      expect(codeOf(await one.refresh())).toBe("session_ended");
    }
  });

  it("200 for a new name, which ends no session; 409 with the current state for an old version", async () => {
    const person = await addPerson(api);
    const browser = await signedIn(api, person);
    expect((await change(person.id, { version: 2, name: "Zoë 😀" })).json()).toMatchObject({
      name: "Zoë 😀",
      version: 3,
    });
    expect((await browser.send("GET /v1/auth/session")).json().user.name).toBe("Zoë 😀");
    const stale = await change(person.id, { version: 2, name: "Ann" });
    expect(stale.statusCode).toBe(409);
    expect(stale.json().current).toMatchObject({ name: "Zoë 😀", version: 3 });
  });

  it("409: the last admin stays one, also when two admins remove each other", async () => {
    const { organisationId: own } = await makeOrganisation(fixture, "standard", "member");
    const people = [
      await addPerson(api, { organisationId: own, role: "admin" }),
      await addPerson(api, { organisationId: own, role: "admin" }),
    ] as const;
    const browsers = [await signedIn(api, people[0]), await signedIn(api, people[1])] as const;
    const answers = await Promise.all([
      change(people[1].id, { version: 2, role: "member" }, browsers[0]),
      change(people[0].id, { version: 2, disabled: true }, browsers[1]),
    ]);
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409]);
    const left = answers[0].statusCode === 200 ? 0 : 1;
    const self = await change(people[left].id, { version: 2, role: "member" }, browsers[left]);
    expect(self.statusCode).toBe(409);
  });

  it.each([
    ["no address", { name: "Bob", role: "member" }],
    ["an address that is none", { email: "bob", name: "Bob", role: "member" }],
    ["a long address", { email: `${"b".repeat(250)}@example.org`, name: "Bob", role: "member" }],
    ["no name", { email: "bob@example.org", name: " ", role: "member" }],
    ["a name of two lines", { email: "bob@example.org", name: "Bob\nRoot", role: "member" }],
    ["another role", { email: "bob@example.org", name: "Bob", role: "root" }],
    ["another organisation", { email: "bob@example.org", name: "Bob", role: "member", organisationId }],
    ["a password", { email: "bob@example.org", name: "Bob", role: "member", password: "a good password" }],
  ])("A6 400 for %s", async (_name, body) => {
    expect(codeOf(await admin.send("POST /v1/users", { body }))).toBe("validation_failed");
  });

  it.each([
    ["nothing to change", { version: 2 }],
    ["no version", { name: "Ann" }],
    ["an address", { version: 2, email: "other@example.org" }],
    ["a status", { version: 2, status: "active" }],
  ])("A6 400 for a change of %s", async (_name, body) => {
    expect(codeOf(await change(foreigner.id, body))).toBe("validation_failed");
  });
});

const routesOfOne: [string, object | undefined][] = [
  ["PATCH /v1/users/:id", { version: 2, name: "Mallory" }],
  ["POST /v1/users/:id/invitation", undefined],
  ["GET /v1/users/:id/sessions", undefined],
  ["DELETE /v1/users/:id/sessions", undefined],
];

describe("A9 an admin's view of others", () => {
  it("200 and 204: lists and ends another user's sessions", async () => {
    const person = await addPerson(api);
    const browser = await signedIn(api, person);
    const { items } = (await admin.send(`GET /v1/users/${person.id}/sessions`)).json();
    expect(items).toEqual([expect.objectContaining({ current: false })]);
    expect((await admin.send(`DELETE /v1/users/${person.id}/sessions`)).statusCode).toBe(204);
    expect(codeOf(await browser.send("GET /v1/sessions"))).toBe("credential_refused");
    expect((await admin.send(`GET /v1/users/${person.id}/sessions`)).json().items).toEqual([]);
  });

  it.each(routesOfOne)("ASVS 8.2.2 404 for %s of another organisation, or of nobody", async (line, body) => {
    for (const id of [foreigner.id, randomUUID()]) {
      const answer = await admin.send(line.replace(":id", id), { body });
      expect([answer.statusCode, codeOf(answer)]).toEqual([404, "not_found"]);
    }
    expect(codeOf(await admin.send(line.replace(":id", "1"), { body }))).toBe("validation_failed");
  });

  it("409 for the invitation of a disabled user", async () => {
    const person = await addPerson(api);
    await change(person.id, { version: 2, disabled: true });
    expect((await admin.send(`POST /v1/users/${person.id}/invitation`)).statusCode).toBe(409);
  });
});
