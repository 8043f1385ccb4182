import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { search } from "./search.ts";

const secret = 'p"ss/w+rd\\of-the-user?42';
const texts = [{ of: "db-app password", text: secret }];
const source = (text: string | Buffer) => [{ name: "a log", bytes: Buffer.from(text) }];
const noise = () => randomBytes(40).toString("latin1");

describe("S6 the search for secrets finds one that is there", () => {
  it.each([
    ["plain", secret],
    ["JSON", JSON.stringify({ password: secret })],
    ["JSON in JSON", JSON.stringify({ body: JSON.stringify({ password: secret }) })],
    ["URL", `mysql://user:${encodeURIComponent(secret)}@host`],
    ["hex", Buffer.from(secret).toString("hex")],
    ["HEX", Buffer.from(secret).toString("hex").toUpperCase()],
    ["utf-16", Buffer.from(secret, "utf16le")],
    ["base64 (0)", Buffer.from(secret).toString("base64")],
    ["base64 (1)", Buffer.from(`user:x:${secret}`).toString("base64")],
    ["base64 (2)", Buffer.from(`user:${secret}@host`).toString("base64")],
    ["base64url (2)", Buffer.from(`{"a":${secret}}`).toString("base64url")],
  ])("as %s", (writing, written) => {
    const text = Buffer.concat([Buffer.from(noise()), Buffer.from(written), Buffer.from(noise())]);
    const { leaks } = search(texts, source(text));
    expect(leaks).toContainEqual({ source: "a log", of: "db-app password", writing });
  });

  it("in base64, whatever stands before and after it", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12 }), fc.string(), fc.string(), (text, before, after) => {
        const written = Buffer.from(before + text + after).toString("base64");
        expect(search([{ of: "it", text }], source(written)).leaks).not.toEqual([]);
      }),
    );
  });

  it("at the very beginning and end of a place, and in each of several", () => {
    const sources = [...source(`${secret}x`), ...source(`x${secret}`), ...source(secret)];
    expect(search(texts, sources).leaks.filter(({ writing }) => writing === "plain")).toHaveLength(3);
  });

  it("and none where there is none, not even where all but its last letter stands", () => {
    const outcome = search(texts, [...source(noise()), ...source(secret.slice(0, -1)), ...source("")]);
    expect(outcome).toMatchObject({ leaks: [], sources: ["a log", "a log", "a log"] });
  });
});
