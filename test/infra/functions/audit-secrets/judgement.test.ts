import { describe, expect, it } from "vitest";
import { overdue, type SecretLife, unused } from "../../../../infra/functions/audit-secrets/judgement.ts";

const limits = { rotationDays: 90, unusedAfterDays: 14 };
const at = (text: string): Date => new Date(text);
const made = at("2026-01-01T12:00:00Z");
const life = (more: Partial<SecretLife>): SecretLife => ({ rotationEnabled: true, createdAt: made, ...more });

describe("R9 S11 a rotation that is overdue", () => {
  it.each([
    // Rotated on 1 January at noon: due by 1 April at noon (90 days), a day's grace until 2 April at noon.
    ["2026-04-01T12:00:00Z", undefined],
    ["2026-04-02T12:00:00Z", undefined],
    ["2026-04-02T12:00:01Z", "last rotated 91 days ago; due every 90"],
    ["2026-06-01T12:00:00Z", "last rotated 151 days ago; due every 90"],
  ])("last rotation in January, seen at %s: %s", (now, verdict) => {
    expect(overdue(life({ rotatedAt: made }), limits, at(now))).toBe(verdict);
  });

  it("is counted from the secret's making when it has never rotated", () => {
    expect(overdue(life({}), limits, at("2026-04-02T12:00:00Z"))).toBeUndefined();
    expect(overdue(life({}), limits, at("2026-04-03T12:00:00Z"))).toBe(
      "made and never rotated 92 days ago; due every 90",
    );
  });

  it("is told at once when somebody switched rotation off", () => {
    expect(overdue(life({ rotationEnabled: false, rotatedAt: made }), limits, made)).toBe(
      "its rotation is switched off",
    );
  });
});

describe("R9 S11 a secret that nobody fetches", () => {
  it.each([
    // Secrets Manager keeps the day alone: the fetch may have been at its last moment.
    ["2026-01-01T00:00:00Z", "2026-01-16T00:00:00Z", undefined],
    [
      "2026-01-01T00:00:00Z",
      "2026-01-16T00:00:01Z",
      "not fetched for 14 days; the API reads it every few minutes",
    ],
    ["2026-01-15T00:00:00Z", "2026-01-16T23:59:59Z", undefined],
    // Fetched today: the end of the day lies ahead.
    ["2026-01-16T00:00:00Z", "2026-01-16T08:00:00Z", undefined],
  ])("last fetched on %s, seen at %s: %s", (accessedAt, now, verdict) => {
    expect(unused(life({ accessedAt: at(accessedAt) }), limits, at(now))).toBe(verdict);
  });

  it("that was never fetched has as long from its making", () => {
    expect(unused(life({}), limits, at("2026-01-15T12:00:00Z"))).toBeUndefined();
    expect(unused(life({}), limits, at("2026-01-15T12:00:01Z"))).toBe(
      "made and never fetched: 14 days; the API reads it every few minutes",
    );
  });
});
