import { createServer } from "node:tls";
import { beforeEach, describe, expect, inject, test } from "vitest";
import { cacheAccount } from "../../../infra/functions/redis/cache-account.ts";
import { cacheLogin } from "../../../infra/functions/redis/login.ts";
import { withRedis } from "../../support/index.ts";
import { type TestCacheUser, withCacheUser } from "../cache-world.ts";
import { stepEvent, withSecrets } from "../secrets.ts";

const cache = await withRedis();
/** What a test may put between ElastiCache and the server. */
let beforeApply: () => Promise<void> = async () => {};
const secrets = await withSecrets({
  modifyCacheUser: async ({ userName: name, passwords, accessString }) => {
    await beforeApply();
    await cache.setUser({ name, passwords, accessString });
  },
});
const refusal = (reason: string) => expect.objectContaining({ name: "Failure", reason });

let user: TestCacheUser;
beforeEach(async () => {
  beforeApply = async () => {};
  user = await withCacheUser(cache, secrets);
});

describe("R3 two passwords in overlap", () => {
  test("old and new password work until the next rotation", async () => {
    await user.rotate();
    const second = await user.credentials();
    expect(second).toEqual({
      username: "bulwark-app",
      password: expect.stringMatching(/^[A-Za-z0-9-]{48}$/),
    });
    expect([await user.works(user.first), await user.works(second)]).toEqual([true, true]);
    await user.rotate();
    const third = await user.credentials();
    expect([await user.works(second), await user.works(third)]).toEqual([true, true]);
    expect(await user.works(user.first)).toBe(false);
  });

  test("a connection that is open goes on through two rotations", async () => {
    const client = cache.connect({ ...user.first, lazyConnect: true });
    await client.connect();
    await user.rotate();
    await user.rotate();
    await expect(client.set("still", "here")).resolves.toBe("OK");
    await expect(client.get("still")).resolves.toBe("here");
  });

  test("setSecret waits for ElastiCache to apply the change, and believes only the server", async () => {
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    beforeApply = () => gate;
    const token = await secrets.open(user.secret);
    await user.run(stepEvent(user.secret, token, "createSecret"));
    const pending = await user.credentials("AWSPENDING");
    let done = false;
    const set = user.run(stepEvent(user.secret, token, "setSecret")).then(() => {
      done = true;
    });
    await expect.poll(() => secrets.aws.requests().some(({ action }) => action === "ModifyUser")).toBe(true);
    expect([done, await user.works(pending), await user.works(user.first)]).toEqual([false, false, true]);
    release();
    await set;
    expect(await user.works(pending)).toBe(true);
  });

  test("setSecret again finds its work done and modifies nothing", async () => {
    const token = await secrets.open(user.secret);
    const modifications = () => secrets.aws.requests().filter(({ action }) => action === "ModifyUser").length;
    await user.run(stepEvent(user.secret, token, "createSecret"));
    await user.run(stepEvent(user.secret, token, "setSecret"));
    const before = modifications();
    await user.run(stepEvent(user.secret, token, "setSecret"));
    expect(modifications()).toBe(before);
  });

  test("testSecret signs in for real: ElastiCache saying so is not enough", async () => {
    const token = await secrets.open(user.secret);
    await user.run(stepEvent(user.secret, token, "createSecret"));
    await expect(user.run(stepEvent(user.secret, token, "testSecret"))).rejects.toEqual(
      refusal("pending-refused"),
    );
  });

  test("a change that never becomes active ends with a reason after the time it may take", async () => {
    beforeApply = () => Promise.reject(new Error("the server is away"));
    const account = (timeoutSeconds: number) =>
      cacheAccount(user.client, user.login, { userId: user.userId, timeoutSeconds, intervalMs: 10 });
    const change = account(0.1).setPasswords("bulwark-app", ["a-password-that-never-arrives"]);
    await expect(change).rejects.toEqual(refusal("cache-user-stuck"));
    // ElastiCache does not give up: the next test must not meet its change.
    beforeApply = async () => {};
    await account(5).settled();
  });
});

describe("R3 confused deputy", () => {
  test("whoever does not know the current password cannot change it", async () => {
    const stranger = await secrets.create("stranger", { ...user.first, password: "a-guess-of-a-stranger" });
    const run = user.functionFor(stranger);
    const token = await secrets.open(stranger);
    await run(stepEvent(stranger, token, "createSecret"));
    await expect(run(stepEvent(stranger, token, "setSecret"))).rejects.toEqual(refusal("current-refused"));
    expect(await user.works(user.first)).toBe(true);
  });

  test("a secret or a pending value that names another user is refused", async () => {
    const foreign = await secrets.create("foreign", { ...user.first, username: "default" });
    const token = await secrets.open(foreign);
    const event = stepEvent(foreign, token, "createSecret");
    await expect(user.functionFor(foreign)(event)).rejects.toEqual(refusal("mismatched-value"));

    const own = await secrets.open(user.secret);
    const forged = { username: "default", password: "a-password-that-was-forged" };
    await secrets.store.write(user.secret, forged, { stage: "AWSPENDING", token: own });
    await expect(user.run(stepEvent(user.secret, own, "setSecret"))).rejects.toEqual(
      refusal("mismatched-value"),
    );
  });
});

describe("R3 signing in to the server", () => {
  const address = () => ({ host: cache.host, port: cache.port });

  test("a server that is not vouched for is not given a password", async () => {
    const login = cacheLogin({ ...address(), authorities: [] });
    await expect(login("bulwark-app", user.first.password)).rejects.toThrow(/certificate/);
    const other = cacheLogin({ ...address(), host: "127.0.0.2", authorities: [cache.ca] });
    await expect(other("bulwark-app", user.first.password)).rejects.toThrow(/altname|127\.0\.0\.2/);
  });

  test("an unknown user and a wrong password are refused, nothing else is", async () => {
    const login = cacheLogin({ ...address(), authorities: [cache.ca] });
    expect(await login("nobody", "whatever-password")).toBe("refused");
    expect(await login("bulwark-app", "whatever-password")).toBe("refused");
    const { cert, key } = inject("servers");
    const odd = createServer({ cert, key }, (socket) =>
      socket.end("-LOADING Redis is loading the dataset\r\n"),
    );
    await new Promise<void>((resolve) => odd.listen(0, "127.0.0.1", resolve));
    const bound = odd.address();
    const port = typeof bound === "object" && bound ? bound.port : 0;
    const loading = cacheLogin({ host: "localhost", port, authorities: [cache.ca] });
    await expect(loading("bulwark-app", "whatever-password")).rejects.toThrow(/answered AUTH with -LOADING/);
    odd.close();
  });

  test("no log line and no error holds a password", () => secrets.expectNoLeak());
});
