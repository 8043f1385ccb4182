import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { fastify } from "fastify";
import { afterAll, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { AuditPages } from "../../../app/audit/pages.ts";
import { auditEntry, auditPage } from "../../../app/audit/schema.ts";
import { limitHandling } from "../../../app/http/handler-timeout.ts";
import { collectFacts } from "../../../app/http/request-facts.ts";
import { sendFile } from "../../../app/http/send-file.ts";
import { idToBytes, newId } from "../../../app/platform/ids.ts";
import { eventually } from "../../support/index.ts";
import { agent, bookingBody } from "../support/bookings.ts";
import { addBearer, codeOf, send } from "../support/browser.ts";
import { withApiFixture } from "../support/fixture.ts";
import { makeKey, makeOrganisation } from "../support/people.ts";

const fixture = await withApiFixture();
const api = await fixture.start();
const { mysql, login } = fixture;
const log = `${login.dbname}_audit.audit_log`;

/** An organisation with an admin and a key, and two bookings of the key's, one of them changed. */
const makeTenant = async () => {
  const { organisationId, userId } = await makeOrganisation(fixture);
  const admin = await addBearer(api, { role: "admin", organisationId });
  const key = await makeKey(api, { organisationId, userId });
  const headers = { authorization: `Bearer ${key.key}` };
  const made: string[] = [];
  for (const hour of ["10", "11"]) {
    const times = { startsAt: `2027-05-01T${hour}:00:00Z`, endsAt: `2027-05-01T${hour}:30:00Z` };
    const answer = await send(api, "POST /v1/bookings", { headers, body: bookingBody(times) });
    made.push(z.object({ id: z.string() }).parse(answer.json()).id);
  }
  const [first = "", second = ""] = made;
  await send(api, `PATCH /v1/bookings/${first}`, { headers, body: { version: 1, notes: "changed" } });
  const list = async (query = "") => {
    const answer = await send(api, `GET /v1/audit?${query}`, { headers: admin.headers });
    expect(answer.statusCode, answer.body).toBe(200);
    return auditPage.parse(answer.json());
  };
  return { organisationId, admin, key, first, second, list };
};
type Tenant = Awaited<ReturnType<typeof makeTenant>>;
const actionsIn = async ({ list }: Tenant, query: string) =>
  (await list(query)).items.map(({ action }) => action);

describe("A14 GET /v1/audit", () => {
  it("A14 shows the newest entries first, with both states, and by each filter", async () => {
    const tenant = await makeTenant();
    const { first, key, admin } = tenant;
    const ofOne = await tenant.list(`entity=booking&entityId=${first}`);
    expect(ofOne.items.map(({ action }) => action)).toEqual(["booking.updated", "booking.created"]);
    const [updated, created] = ofOne.items;
    expect(updated).toMatchObject({
      actor: `key:${key.id}`,
      entityId: first,
      before: { version: 1, notes: "by the window" },
      after: { version: 2, notes: "changed" },
      position: 1,
      linkHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(created).toMatchObject({ before: null, link: (updated?.link ?? 0) - 2 });
    const ofKey = ["booking.updated", "booking.created", "booking.created"];
    expect(await actionsIn(tenant, `actor=key:${key.id}`)).toEqual(ofKey);
    expect(await actionsIn(tenant, `actor=key:${key.id}&action=booking.updated`)).toEqual([
      "booking.updated",
    ]);
    expect(await actionsIn(tenant, "action=api_key.created")).toEqual(["api_key.created"]);
    const since = encodeURIComponent(created?.occurredAt ?? "");
    expect(await actionsIn(tenant, `actor=key:${key.id}&to=${since}`)).toEqual([]);
    expect(await actionsIn(tenant, `actor=key:${key.id}&from=${since}`)).toEqual(ofKey);
    for (const query of [
      "entity=booking",
      `entityId=${first}`,
      "action=created",
      "actor=a%0Ab",
      "cursor=AAAA",
    ]) {
      const refused = await send(api, `GET /v1/audit?${query}`, { headers: admin.headers });
      expect([query, codeOf(refused)]).toEqual([query, "validation_failed"]);
    }
  });

  it("A14 pages neither skip nor repeat while entries come, also of one millisecond", async () => {
    const { organisationId, list } = await makeTenant();
    await copyEntries(organisationId, 30, "{}");
    const first = await list("limit=100");
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      // Each page that is read is an entry itself, in front of all of them.
      const page = await list(`limit=7${cursor && `&cursor=${cursor}`}`);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    const there = first.items.map(({ id }) => id);
    expect(seen.filter((id) => there.includes(id))).toEqual(there);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it("A14 is for the admins of the organisation only", async () => {
    const [one, other] = [await makeTenant(), await makeTenant()];
    const member = await addBearer(api, { role: "member", organisationId: one.organisationId });
    for (const route of ["GET /v1/audit", "GET /v1/audit/export"]) {
      expect(codeOf(await send(api, route, { headers: member.headers }))).toBe("forbidden");
      const keyed = { authorization: `Bearer ${one.key.key}` };
      expect(codeOf(await send(api, route, { headers: keyed }))).toBe("forbidden");
      const answer = await send(api, `${route}?entity=booking&entityId=${one.first}`, {
        headers: other.admin.headers,
      });
      expect(answer.body).not.toContain(one.first);
    }
    const { nextCursor } = await one.list("limit=1");
    const stolen = await send(api, `GET /v1/audit?cursor=${nextCursor}`, { headers: other.admin.headers });
    expect(codeOf(stolen)).toBe("validation_failed");
  });

  it("A14 records who read personal data: the trail, its export, users, another's sessions", async () => {
    const { admin, organisationId, list } = await makeTenant();
    const { headers } = admin;
    await send(api, "GET /v1/users?limit=3", { headers });
    await send(api, `GET /v1/users/${admin.id}/sessions`, { headers });
    await send(api, "GET /v1/audit/export?action=booking.created", { headers });
    expect((await send(api, "GET /v1/audit/export?action=nothing.done", { headers })).body).toBe("");
    const { items } = await list("limit=5");
    expect(items.map(({ actor, action, entityId, after }) => [actor, action, entityId, after])).toEqual(
      [
        ["audit.read", organisationId, { limit: 5 }],
        ["audit.exported", organisationId, { action: "nothing.done" }],
        ["audit.exported", organisationId, { action: "booking.created" }],
        ["user.sessions_read", admin.id, {}],
        ["user.listed", organisationId, { limit: 3 }],
      ].map((entry) => [`user:${admin.id}`, ...entry]),
    );
  });

  it.each([
    [{}, "audit_by_time"],
    [{ entity: "booking", entityId: newId(), actor: "operator" }, "audit_by_entity"],
    [{ actor: "operator" }, "audit_by_actor"],
    [{ actor: "operator", action: "booking.created", from: new Date() }, "audit_by_actor"],
    [{ action: "booking.created", to: new Date() }, "audit_by_action"],
  ])("A14 reads %j in the order of its index, without sorting", async (filter, index) => {
    const { organisationId } = await makeOrganisation(fixture);
    for (const after of [undefined, { at: new Date(), id: newId() }]) {
      const plans: unknown[] = [];
      const explain = {
        run: async (sql: string, values: unknown[]) => {
          plans.push(
            ...(await mysql.query(`EXPLAIN FORMAT=TREE ${sql}`, values)).map(({ EXPLAIN }) => EXPLAIN),
          );
          return [];
        },
      };
      await new AuditPages(`${login.dbname}_audit`).read(explain, organisationId, filter, {
        after,
        limit: 50,
      });
      const [plan] = z.array(z.string()).parse(plans);
      expect(plan).toContain(`using ${index}`);
      expect(plan).not.toMatch(/Sort|Table scan/);
    }
  });
});

/** Entries of one millisecond, outside of the chain. */
const copyEntries = (organisationId: string, count: number, after: string) =>
  mysql.query(
    `INSERT INTO ${log} (id, organisation_id, occurred_at, actor, action, entity, entity_id, after, request_id)
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
     SELECT /*+ SET_VAR(cte_max_recursion_depth = 100000) */ UUID_TO_BIN(UUID()), ?, '2026-01-01', 'operator', 'booking.copied',
     'booking', UUID_TO_BIN(UUID()), ?, 'copy' FROM n`,
    [count, idToBytes(organisationId), after],
  );

describe("A14 GET /v1/audit/export", () => {
  it("A14 is one JSON line for each entry, and reads on only while the client takes it", async () => {
    const { organisationId, admin } = await makeTenant();
    await copyEntries(organisationId, 5_000, JSON.stringify({ notes: "x".repeat(4_000) }));
    const reads = vi.spyOn(api.database, "read");
    const { body, headers } = await send(api, "GET /v1/audit/export", { headers: admin.headers });
    const all = reads.mock.calls.length;
    expect(headers).toMatchObject({
      "content-type": "application/x-ndjson; charset=utf-8",
      "content-disposition": 'attachment; filename="audit.ndjson"',
    });
    const entries = body
      .trimEnd()
      .split("\n")
      .map((line) => auditEntry.parse(JSON.parse(line)));
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
    expect(entries.length).toBeGreaterThan(5_000);

    const port = await listen(api.app);
    const answer = await open(port, "/v1/audit/export", admin.headers);
    await once(answer, "readable");
    const second = await open(port, "/v1/audit/export", admin.headers);
    const third = await send(api, "GET /v1/audit/export", { headers: admin.headers });
    expect(codeOf(third)).toBe("rate_limited");
    second.destroy();
    reads.mockClear();
    answer.destroy();
    await eventually(() => {
      const line = api.lines.findLast(({ route }) => route === "/v1/audit/export");
      expect(line).toBeDefined();
    });
    await send(api, "GET /v1/users", { headers: admin.headers });
    expect(reads.mock.calls.length).toBeLessThan(all - 2);
    const head = await api.app.inject({
      method: "HEAD",
      url: "/v1/audit/export",
      headers: { ...agent, ...admin.headers },
    });
    expect(head.statusCode).toBe(405);
  });

  it("A14 a file may take longer than an answer, and breaks off where its client takes nothing, or where reading fails", async () => {
    const app = fastify();
    afterAll(() => app.close());
    collectFacts(app);
    limitHandling(app, 1_000);
    const ended: string[] = [];
    async function* parts(name: string, count: number) {
      try {
        for (let part = 0; part < count; part++) yield "x".repeat(1_000_000);
        // Longer than a request may take that has no answer yet.
        if (name === "slow") await delay(1_300);
        if (name === "failing") throw new Error("the database went");
      } finally {
        ended.push(name);
      }
    }
    app.get("/:name", async (request, reply) => {
      const { name } = z.object({ name: z.string() }).parse(request.params);
      const file = { name: "x", type: "text/plain", ...(name === "stalled" && { patience: 20 }) };
      return sendFile(reply, file, parts(name, name === "stalled" ? 1_000 : 1));
    });
    await app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = z.object({ port: z.number() }).parse(app.server.address());
    expect((await (await fetch(`http://127.0.0.1:${port}/slow`)).text()).length).toBe(1_000_000);
    const failing = await open(port, "/failing");
    failing.resume();
    await expect(once(failing, "end")).rejects.toThrow("aborted");
    const stalled = await open(port, "/stalled");
    stalled.on("error", () => undefined);
    await eventually(() => expect(ended).toEqual(["slow", "failing", "stalled"]));
    stalled.destroy();
  });
});

const listen = async (app: typeof api.app): Promise<number> => {
  await app.listen({ host: "127.0.0.1", port: 0 });
  return z.object({ port: z.number() }).parse(app.server.address()).port;
};

const open = async (port: number, path: string, headers = {}): Promise<IncomingMessage> => {
  const request = get({ port, host: "127.0.0.1", path, headers: { ...agent, ...headers }, agent: false });
  const [answer] = await once(request, "response");
  return answer;
};
