import { describe, expect, it } from "vitest";
import type { RotatingValue } from "../../app/contract/secret-values.ts";
import { secretCatalogue } from "../../app/contract/secrets.ts";
import { defaultOrganisation } from "../../app/organisations/table.ts";
import { Cursors } from "../../app/platform/cursor.ts";
import { newId } from "../../app/platform/ids.ts";
import { Signer } from "../../app/platform/signer.ts";
import { firstValues, livesOf, randomValues } from "../../infra/functions/rotation/random-values.ts";
import { eventually } from "../support/index.ts";
import { bookingBody } from "./support/bookings.ts";
import { keyed } from "./support/client.ts";
import { withApiFixture } from "./support/fixture.ts";

const fixture = await withApiFixture();
const api = await fixture.start({ SECRETS_REFRESH_SECONDS: "1" });
const list = async (query: string, { app } = api) => {
  const answer = await app.inject({ url: `/v1/bookings?limit=1${query}`, headers: keyed });
  return { status: answer.statusCode, body: answer.json() };
};
for (const day of [1, 2, 3]) {
  const payload = bookingBody({ startsAt: `2027-04-0${day}T10:00:00Z`, endsAt: `2027-04-0${day}T11:00:00Z` });
  await api.app.inject({ method: "POST", url: "/v1/bookings", headers: keyed, payload });
}

const key = (letter: string) => letter.repeat(40);
const cursorsWith = (value: RotatingValue) => new Cursors(new Signer(() => value), "bookings");
const position = { at: new Date("2027-04-01T10:00:00.123Z"), id: newId() };

describe("R5 A11 cursors", () => {
  it("hold a position, also one before 1970", () => {
    const cursors = cursorsWith({ current: key("a") });
    for (const at of [position.at, new Date("1969-07-20T20:17:40.001Z")]) {
      const cursor = cursors.write(defaultOrganisation, { ...position, at });
      expect(cursor.length).toBeLessThanOrEqual(100);
      expect(cursors.read(defaultOrganisation, cursor)).toEqual({ ...position, at });
    }
  });

  it("of any key that is accepted count, of another key, organisation or list do not", () => {
    const cursor = cursorsWith({ current: key("a") }).write(defaultOrganisation, position);
    const read = (value: RotatingValue, organisation = defaultOrganisation) =>
      cursorsWith(value).read(organisation, cursor);
    expect(read({ current: key("b"), previous: key("a") })).toEqual(position);
    const until = (time: number) => new Date(Date.now() + time).toISOString();
    const older = (time: number) => [{ value: key("a"), until: until(time) }];
    expect(read({ current: key("c"), previous: key("b"), older: older(60_000) })).toEqual(position);
    expect(read({ current: key("c"), previous: key("b"), older: older(-1) })).toBeUndefined();
    expect(read({ current: key("b") })).toBeUndefined();
    expect(read({ current: key("a") }, newId())).toBeUndefined();
    const other = new Cursors(new Signer(() => ({ current: key("a") })), "audit");
    expect(other.read(defaultOrganisation, cursor)).toBeUndefined();
  });

  it("are signed with the previous key until every process has read the new one", () => {
    const from = new Date(Date.now() + 60_000).toISOString();
    const early = cursorsWith({ current: key("b"), previous: key("a"), from }).write(
      defaultOrganisation,
      position,
    );
    expect(cursorsWith({ current: key("a") }).read(defaultOrganisation, early)).toEqual(position);
  });

  it("that were touched at any byte, or spelt otherwise, are refused", async () => {
    const { nextCursor } = (await list("")).body;
    const bytes = Buffer.from(nextCursor, "base64url");
    for (const at of bytes.keys()) {
      const touched = Buffer.from(bytes);
      touched[at] = (touched[at] ?? 0) ^ 1;
      expect(await list(`&cursor=${touched.toString("base64url")}`)).toMatchObject({
        status: 400,
        body: { code: "validation_failed", errors: [{ in: "query", field: "cursor" }] },
      });
    }
    for (const spelt of [`${nextCursor}!`, `${nextCursor}A`, nextCursor.slice(1)]) {
      expect((await list(`&cursor=${encodeURIComponent(spelt)}`)).status).toBe(400);
    }
    expect((await list(`&cursor=${nextCursor}`)).status).toBe(200);
  });
});

describe("R5 R7 the key rotates in the middle of paging", () => {
  it("no page is refused, by a process that has read the new key or by one that has not, over three rotations", async () => {
    const late = await fixture.start({ SECRETS_REFRESH_SECONDS: "86400" });
    const { schema: appKeys, rotation } = secretCatalogue["app-keys"];
    const lives = livesOf(rotation.values, 3_600);
    let value: Record<string, RotatingValue> = firstValues(Object.keys(lives));
    await fixture.putSecret(fixture.secretIds.appKeys, value);
    const taken = (count: number) =>
      eventually(async () =>
        expect(await api.metrics.text()).toContain(`secret_switches_total{secret="app-keys"} ${count}`),
      );
    await taken(1);
    const onTime = await fixture.start({ SECRETS_REFRESH_SECONDS: "86400" });
    const { nextCursor } = (await list("")).body;
    expect((await list(`&cursor=${nextCursor}`, late)).status).toBe(400); // it never met this key: nobody's case in a rotation
    for (const round of [2, 3, 4]) {
      value = appKeys.parse(await randomValues(lives, { refreshSeconds: 1, slackSeconds: 1 }).next(value));
      await fixture.putSecret(fixture.secretIds.appKeys, value);
      await taken(round);
      const second = await list(`&cursor=${nextCursor}`);
      expect(second.status).toBe(200);
      for (const reader of [api, onTime]) {
        expect((await list(`&cursor=${second.body.nextCursor}`, reader)).status).toBe(200);
      }
    }
  });
});
