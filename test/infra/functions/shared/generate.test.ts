import { describe, expect, it } from "vitest";
import { makePassword, makeRandomValue } from "../../../../infra/functions/shared/generate.ts";

describe("R2 R3 passwords", () => {
  it("suit MySQL's policy and ElastiCache's limits, and none comes twice", () => {
    const passwords = Array.from({ length: 500 }, makePassword);
    for (const password of passwords) {
      expect(password).toMatch(/^[A-Za-z0-9-]{48}$/);
      for (const kind of [/[A-Z]/, /[a-z]/, /[0-9]/, /-/]) expect(password).toMatch(kind);
    }
    expect(new Set(passwords).size).toBe(500);
  });

  it("R5 random values have 256 bits", () => {
    expect(Buffer.from(makeRandomValue(), "base64url")).toHaveLength(32);
  });
});
