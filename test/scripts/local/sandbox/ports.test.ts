import { mkdirSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { listenForOrders } from "../../../../scripts/local/sandbox/control.ts";
import { prepareHome, sandboxHome } from "../../../../scripts/local/sandbox/home.ts";
import type { SandboxOptions } from "../../../../scripts/local/sandbox/options.ts";
import type { AskedPorts } from "../../../../scripts/local/sandbox/port-numbers.ts";
import { choosePorts, sandboxOf } from "../../../../scripts/local/sandbox/ports.ts";
import { readState, StateFile } from "../../../../scripts/local/sandbox/state.ts";
import { temporaryFolder } from "../../../../scripts/local/servers/index.ts";

const folder = temporaryFolder("ports");
const home = sandboxHome(join(folder.path, "state"));
const state = () => new StateFile(home.stateFile, readState(home.stateFile, "reset it"));
const taken: Server[] = [];
beforeAll(() => {
  mkdirSync(home.dir);
  prepareHome(home);
});
afterEach(() => {
  for (const server of taken.splice(0)) server.close();
});
afterAll(folder.remove);

/** A port that this process listens on. */
const take = async (): Promise<number> => {
  const server = createServer();
  taken.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
};
const choose = (ports: AskedPorts) => {
  const options: SandboxOptions = {
    ...{ command: { kind: "up" }, stack: "sandbox", stateDir: home.dir, config: {} },
    ports: { https: 0, http: 0, mysql: 0, redis: 0, aws: 0, ...ports },
  };
  return choosePorts({ home, state: state() }, options);
};

describe("S1 the sandbox's ports", () => {
  it.runIf(process.platform === "linux")(
    "names all that are taken, and another sandbox as such",
    async () => {
      const [redis, https] = [await take(), await take()];
      const alone = await choose({ redis, https }).catch(String);
      const who = new RegExp(
        `^  ${https} \\(HTTPS\\): \\S+ \\(process ${process.pid}\\)\n  ${redis} \\(Redis\\): .+\nUse`,
        "m",
      );
      expect(alone).toMatch(who);
      expect(alone).toContain(", which takes any, or --https-port N --redis-port N");

      const control = await listenForOrders(home.controlSocket, async () => undefined);
      expect(sandboxOf(process.pid)).toBe(home.dir);
      const beside = await choose({ redis }).catch(String);
      control.close();
      expect(beside).toContain(`(process ${process.pid}) of the sandbox in ${home.dir}\n`);
      expect(beside).toContain(`Stop that sandbox: npm run sandbox -- --down --state-dir ${home.dir}`);
    },
  );

  it("are all different where any will do; MySQL keeps its own, and nobody else gets it", async () => {
    const first = await choose({});
    expect(new Set(Object.values(first)).size).toBe(5);
    const second = await choose({});
    expect(second.mysql).toBe(first.mysql);
    await expect(choose({ aws: first.mysql })).rejects.toThrow(
      `--mysql-port and --aws-port are both ${first.mysql}`,
    );
    await expect(choose({ mysql: await take() })).rejects.toMatchObject({ exitCode: 2 });
    const server = createServer().listen(first.mysql, "127.0.0.1");
    taken.push(server);
    await new Promise((resolve) => server.once("listening", resolve));
    const refused = await choose({}).catch(String);
    expect(refused).toMatch(/MySQL's port stays, because the secrets in .+: npm run sandbox -- --reset/);
    expect(refused).not.toContain("--free-ports");
  });
});
