import { describe, expect, it, vi } from "vitest";
import * as z from "zod";

// Ids never go back in time, and test files share a process: one that moved the clock ahead leaves later ids there.
vi.resetModules();
const { idFromBytes, idToBytes, newId } = await import("../../../app/platform/ids.ts");

describe("A11 ids", () => {
  it("are UUIDs of version 7, made now, and survive the way to the database and back", () => {
    const before = Date.now();
    const id = newId();
    expect(z.uuidv7().safeParse(id).success).toBe(true);
    const stamp = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
    expect(stamp).toBeGreaterThanOrEqual(before);
    expect(stamp).toBeLessThanOrEqual(Date.now());
    expect(idFromBytes(idToBytes(id))).toBe(id);
  });

  it("ten thousand in a row are all different and in order", () => {
    const ids = Array.from({ length: 10_000 }, newId);
    expect(new Set(ids).size).toBe(10_000);
    expect(ids.toSorted()).toEqual(ids);
  });
});
