import { describe, expect, it } from "vitest";
import { canonicalJson, EntriesDigest, genesis, nextHead } from "../../../app/audit/chain.ts";

const entry = (after: unknown) => ({
  id: "01890000-0000-7000-8000-000000000001",
  organisationId: "01890000-0000-7000-8000-000000000002",
  occurredAt: "2027-03-01T10:00:00.000Z",
  actor: "key:01890000-0000-7000-8000-000000000003",
  action: "booking.created",
  entity: "booking",
  entityId: "01890000-0000-7000-8000-000000000004",
  before: null,
  after,
  requestId: "request-1",
});
const linkOf = (...afters: unknown[]) => {
  const entries = new EntriesDigest();
  for (const after of afters) entries.add(entry(after));
  return nextHead(genesis, entries.digest()).hash.toString("hex");
};

describe("A14 the chain's form", () => {
  it("A14 is what it was: another one could not verify what is written", () => {
    expect(linkOf({ notes: null, clientName: "Zoë 🌍", version: 1 })).toBe(
      "1b276c80f4e0a1aba20c5b15162edc02854fd841fa47405b190a09670d40422c",
    );
  });

  it("A14 does not depend on the order of members, and does on that of entries and on each value", () => {
    expect(linkOf({ a: 1, b: [1, 2] })).toBe(linkOf({ b: [1, 2], a: 1 }));
    const links = [
      linkOf({ a: 1 }, { a: 2 }),
      linkOf({ a: 2 }, { a: 1 }),
      linkOf({ a: 1 }),
      linkOf({ a: "1" }),
      linkOf({ a: null }),
      linkOf({}),
      linkOf(null),
    ];
    expect(new Set(links).size).toBe(links.length);
  });

  it("A14 is RFC 8785: the example of its section 3.2.3, and JSON.stringify's view of what JSON has not", () => {
    const sorted = {
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis",
    };
    const order = [...canonicalJson(sorted).matchAll(/":"([^"]+)"/g)].map(([, text]) => text?.split(" ")[0]);
    expect(order).toEqual(["Carriage", "One", "Control", "Latin", "Euro", "Emoji:", "Hebrew"]);
    const value = { c: 4.5, b: [undefined, 0.002, 1e-27], a: undefined, d: new Date(0) };
    expect(canonicalJson(value)).toBe('{"b":[null,0.002,1e-27],"c":4.5,"d":"1970-01-01T00:00:00.000Z"}');
  });
});
