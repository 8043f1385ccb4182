import { once } from "node:events";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { withRedis } from "../../../support/index.ts";

const cache = await withRedis();

/** PING as that user; a refused sign-in comes as an event, the rejected call only says that the connection closed. */
const answerTo = async (username: string, password: string): Promise<string> => {
  const client = cache.connect({ username, password, lazyConnect: true, retryStrategy: () => null });
  const refused = once(client, "error").then(([error]) => Promise.reject(error));
  return Promise.race([refused, client.connect().then(() => client.ping())]);
};

describe("S5 the local Redis stands in for ElastiCache", () => {
  it("refuses the default user and plain connections", async () => {
    const client = cache.connect({ username: undefined, password: undefined, retryStrategy: () => null });
    await expect(client.ping()).rejects.toThrow(/NOAUTH|Connection is closed/);
    const plain = new Redis({
      host: cache.host,
      port: cache.port,
      lazyConnect: true,
      retryStrategy: () => null,
    });
    plain.on("error", () => undefined);
    await expect(plain.connect()).rejects.toThrow();
  });

  it("R3 accepts both passwords of a user, and only the newest two after a change", async () => {
    const [first, second, third] = [
      "first-password-0001",
      "second-password-0002",
      "third-password-00003",
    ] as const;
    const accessString = "on ~* &* +@all";
    await cache.setUser({ name: "someone", passwords: [first, second], accessString });
    expect(await answerTo("someone", first)).toBe("PONG");
    expect(await answerTo("someone", second)).toBe("PONG");
    await cache.setUser({ name: "someone", passwords: [second, third], accessString });
    expect(await answerTo("someone", second)).toBe("PONG");
    expect(await answerTo("someone", third)).toBe("PONG");
    await expect(answerTo("someone", first)).rejects.toThrow(/WRONGPASS/);
  });
});
