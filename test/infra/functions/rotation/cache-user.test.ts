import { once } from "node:events";
import { createServer, type Server } from "node:tls";
import { beforeEach, describe, expect, inject, it } from "vitest";
import { cacheAccount } from "../../../../infra/functions/redis/cache-account.ts";
import { cacheLogin } from "../../../../infra/functions/redis/login.ts";
import { withRedis } from "../../../support/index.ts";
import { type TestCacheUser, withCacheUser } from "../cache-world.ts";
import { impostorCertificate } from "../impostor.ts";
import { stepEvent, withSecrets } from "../secrets.ts";

const cache = await withRedis();
/** What a test may put between ElastiCache and the server. */
const nothing = async (): Promise<void> => {};
let [beforeApply, afterApply] = [nothing, nothing];
const secrets = await withSecrets({
  modifyCacheUser: async ({ userName: name, passwords, accessString }) => {
    await beforeApply();
    await cache.setUser({ name, passwords, accessString });
    await afterApply();
  },
});
/** @returns the port of 127.0.0.1 that the server got. */
const listen = async (server: Server): Promise<number> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
};
const refusal = (reason: string) => expect.objectContaining({ name: "Failure", reason });

let user: TestCacheUser;
beforeEach(async () => {
  [beforeApply, afterApply] = [nothing, nothing];
  user = await withCacheUser(cache, secrets);
});

describe("R3 two passwords in overlap", () => {
  it("old and new password work until the next rotation", async () => {
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

  it("a connection that is open goes on through two rotations", async () => {
    const client = cache.connect({ ...user.first, lazyConnect: true });
    await client.connect();
    await user.rotate();
    await user.rotate();
    await expect(client.incrby("rate:still", 1)).resolves.toBe(1);
  });

  it.each([
    ["the server has it", false],
    ["ElastiCache says that every node has it", true],
  ])("setSecret waits until %s", async (_what, reached) => {
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const hold = () => gate;
    [beforeApply, afterApply] = reached ? [nothing, hold] : [hold, nothing];
    const token = await secrets.open(user.secret);
    await user.run(stepEvent(user.secret, token, "createSecret"));
    const pending = await user.credentials("AWSPENDING");
    const asked = secrets.aws.requests().length;
    let done = false;
    const set = user.run(stepEvent(user.secret, token, "setSecret")).then(() => {
      done = true;
    });
    // It has asked for the change and looked at it a few times since.
    const looks = () =>
      secrets.aws
        .requests()
        .slice(asked)
        .filter(({ action }) => action === "DescribeUsers").length;
    await expect.poll(looks).toBeGreaterThan(6);
    expect([done, await user.works(pending), await user.works(user.first)]).toEqual([false, reached, true]);
    release();
    await set;
    expect(await user.works(pending)).toBe(true);
  });

  it("setSecret again finds its work done and modifies nothing", async () => {
    const token = await secrets.open(user.secret);
    const modifications = () => secrets.aws.requests().filter(({ action }) => action === "ModifyUser").length;
    await user.run(stepEvent(user.secret, token, "createSecret"));
    await user.run(stepEvent(user.secret, token, "setSecret"));
    const before = modifications();
    await user.run(stepEvent(user.secret, token, "setSecret"));
    expect(modifications()).toBe(before);
  });

  it("testSecret signs in for real: ElastiCache saying so is not enough", async () => {
    const token = await secrets.open(user.secret);
    await user.run(stepEvent(user.secret, token, "createSecret"));
    await expect(user.run(stepEvent(user.secret, token, "testSecret"))).rejects.toEqual(
      refusal("pending-refused"),
    );
  });

  it("a change that never becomes active ends with a reason after the time it may take", async () => {
    beforeApply = () => Promise.reject(new Error("the server is away"));
    const account = (timeoutSeconds: number) =>
      cacheAccount(user.client, user.login, { userId: user.userId, timeoutSeconds, intervalMs: 10 });
    const change = account(0.1).setPasswords("bulwark-app", ["a-password-that-never-arrives"]);
    await expect(change).rejects.toEqual(refusal("cache-user-stuck"));
    // ElastiCache does not give up: the next test must not meet its change.
    beforeApply = nothing;
    await account(5).settled();
  });
});

describe("R3 confused deputy", () => {
  it("whoever does not know the current password cannot change it", async () => {
    const stranger = await secrets.create("stranger", { ...user.first, password: "a-guess-of-a-stranger" });
    const run = user.functionFor(stranger);
    const token = await secrets.open(stranger);
    await run(stepEvent(stranger, token, "createSecret"));
    await expect(run(stepEvent(stranger, token, "setSecret"))).rejects.toEqual(refusal("current-refused"));
    expect(await user.works(user.first)).toBe(true);
  });

  it("a secret or a pending value that names another user is refused", async () => {
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

  it("a server that is not vouched for is not given a password", async () => {
    const login = cacheLogin({ ...address(), authorities: [] });
    await expect(login("bulwark-app", user.first.password)).rejects.toThrow(/certificate/);
  });

  it("nor is one whose certificate is good but for another name", async () => {
    const { ca, cert, key } = await impostorCertificate();
    const heard: string[] = [];
    const server = createServer({ cert, key }, (socket) =>
      socket.on("data", (text) => heard.push(String(text))),
    );
    server.on("tlsClientError", () => undefined);
    const login = cacheLogin({ host: "localhost", port: await listen(server), authorities: [ca] });
    await expect(login("bulwark-app", user.first.password)).rejects.toMatchObject({
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
    expect(heard).toEqual([]);
    server.close();
  });

  it("an unknown user and a wrong password are refused, nothing else is", async () => {
    const login = cacheLogin({ ...address(), authorities: [cache.ca] });
    expect(await login("nobody", "whatever-password")).toBe("refused");
    expect(await login("bulwark-app", "whatever-password")).toBe("refused");
    const { cert, key } = inject("servers");
    const odd = createServer({ cert, key }, (socket) =>
      socket.end("-LOADING Redis is loading the dataset\r\n"),
    );
    const loading = cacheLogin({ host: "localhost", port: await listen(odd), authorities: [cache.ca] });
    await expect(loading("bulwark-app", "whatever-password")).rejects.toThrow(/answered AUTH with -LOADING/);
    odd.close();
  });

  it("no log line and no error holds a password", () => secrets.expectNoLeak());
});
