import { argon2Sync, randomBytes, randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { usualPasswordCost } from "../../../app/contract/env.ts";
import type { RotatingValue } from "../../../app/contract/secret-values.ts";
import { PasswordHasher } from "../../../app/passwords/hasher.ts";
import { passwordFault } from "../../../app/passwords/rules.ts";

const floor = usualPasswordCost;
const pepper = (): string => randomUUID() + randomUUID();
const hasherWith = (value: RotatingValue, cost = floor) => new PasswordHasher(cost, () => value);

describe("A8 ASVS 11.4.2 password hashes", () => {
  it("are Argon2id with OWASP's minimum, salted and peppered", async () => {
    const value = { current: pepper() };
    const hasher = hasherWith(value);
    const [one, other] = [await hasher.hash("a good password"), await hasher.hash("a good password")];
    expect(one.hash).toMatch(/^\$argon2id\$v=19\$m=12288,t=3,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(one.hash).not.toBe(other.hash);
    expect(await hasher.verify("a good password", one)).toEqual({ matches: true, outdated: false });
    expect(await hasher.verify("A good password", one)).toEqual({ matches: false, outdated: false });
    const foreign = hasherWith({ current: pepper() });
    expect(await foreign.verify("a good password", one)).toEqual({ matches: false, outdated: false });
  });

  it("A8 ASVS 6.2.8 are of exactly what was typed: not trimmed, cut, folded or normalised", async () => {
    const hasher = hasherWith({ current: pepper() });
    const composed = "Zoë päßword 😀";
    const stored = await hasher.hash(composed);
    expect((await hasher.verify(composed, stored)).matches).toBe(true);
    for (const other of [composed.normalize("NFD"), `${composed} `, composed.toLowerCase()])
      expect((await hasher.verify(other, stored)).matches, other).toBe(false);
    const long = "x".repeat(127);
    expect((await hasher.verify(`${long}b`, await hasher.hash(`${long}a`))).matches).toBe(false);
  });

  it("R5 made with an earlier pepper still count, and are to be made anew; so are cheaper ones", async () => {
    const [old, previous, current] = [pepper(), pepper(), pepper()];
    const stored = await hasherWith({ current: old }).hash("a good password");
    const rotated = hasherWith({ current, previous, older: [{ value: old }] });
    expect(await rotated.verify("a good password", stored)).toEqual({ matches: true, outdated: true });
    expect(await rotated.verify("a bad password", stored)).toEqual({ matches: false, outdated: false });
    const dearer = hasherWith({ current: old }, { ...floor, passes: 4 });
    expect(await dearer.verify("a good password", stored)).toEqual({ matches: true, outdated: true });
    // R10: a pepper that was thrown out in an emergency takes its passwords with it.
    const bare = hasherWith({ current });
    expect(await bare.verify("a good password", stored)).toEqual({ matches: false, outdated: false });
  });

  it("are the ones of node:crypto, which the API used until it took a package for them: each verifies the other's", async () => {
    const [value, password] = [pepper(), "Zoë päßword 😀"];
    const byNode = (salt: Buffer, memory: number, passes: number) => {
      const [message, secret] = [Buffer.from(password), Buffer.from(value)];
      const options = { message, secret, nonce: salt, memory, passes, parallelism: 1, tagLength: 32 };
      const [nonce, tag] = [salt, argon2Sync("argon2id", options)].map((bytes) =>
        bytes.toString("base64").replaceAll("=", ""),
      );
      return `$argon2id$v=19$m=${memory},t=${passes},p=1$${nonce}$${tag}`;
    };
    const hasher = hasherWith({ current: value });
    const { hash, pepperId } = await hasher.hash(password);
    const old = { hash: byNode(randomBytes(16), 19_456, 2), pepperId };
    expect(await hasher.verify(password, old)).toEqual({ matches: true, outdated: true });
    expect((await hasher.verify(`${password}x`, old)).matches).toBe(false);
    const salt = Buffer.from(hash.split("$")[4] ?? "", "base64");
    expect(hash).toBe(byNode(salt, floor.memoryKib, floor.passes));
  });

  it("no password matches where there is none, nor a hash that is none", async () => {
    const hasher = hasherWith({ current: pepper() });
    expect((await hasher.verify("a good password", undefined)).matches).toBe(false);
    const { pepperId } = await hasher.hash("a good password");
    for (const hash of ["", "$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA", "a good password"])
      expect((await hasher.verify("a good password", { hash, pepperId })).matches).toBe(false);
  });

  it("A26 few are worked on at once and few wait; one more is refused with 503", async () => {
    const value = { current: pepper() };
    const hasher = new PasswordHasher(floor, () => value, { running: 2, waiting: 3 });
    const attempts = Array.from({ length: 7 }, () => hasher.verify("a good password", undefined));
    const outcomes = await Promise.allSettled(attempts);
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    expect(refused).toHaveLength(2);
    expect(refused[0]).toMatchObject({ code: "unavailable", headers: { "retry-after": "1" } });
    expect((await hasher.verify("a good password", undefined)).matches).toBe(false);
  });
});

describe("A8 ASVS 6.2 which passwords may be chosen", () => {
  const person = { email: "ann.miller@example.org", name: "Ann Miller" };
  const fault = (password: string) => passwordFault(password, person);

  it.each([
    ["6.2.1 eight characters", "jW3-x!pq"],
    ["6.2.9 128 characters", "ab".repeat(64)],
    ["6.2.5 no composition", "correct horse battery staple"],
    ["6.2.5 any script", "пароль от сейфа"],
    ["characters outside the plane count once", "😀😁😂🤣😃😄😅😆"],
    ["a name in a password that is long enough without it", "miller wades through rivers"],
  ])("A8 ASVS %s: accepted", (_name, password) => {
    expect(fault(password)).toBeUndefined();
  });

  it.each([
    ["6.2.1 seven characters", "jW3-x!p", /at least 8/],
    ["seven characters of two units each", "😀😁😂🤣😃😄😅", /at least 8/],
    ["129 characters", "x".repeat(129), /at most 128/],
    ["6.2.4 6.2.12 a leaked one", "qwerty123456", /tried first/],
    ["6.2.4 6.2.12 a leaked one in other letters", "PassWord123", /tried first/],
    ["6.2.11 the product's name", "bulwark2027", /besides/],
    ["6.2.11 the address", "ann.miller@example.org", /besides/],
    ["6.2.11 the name", "Miller-2027!", /besides/],
  ])("A8 ASVS %s: refused", (_name, password, why) => {
    expect(fault(password)).toMatch(why);
  });
});
