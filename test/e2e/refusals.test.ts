import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../scripts/local/servers/index.ts";
import { runScript } from "./sandbox-child.ts";

const folder = temporaryFolder("sandbox-refusals");
const here = ["--state-dir", join(folder.path, "state")];

/** Something that has a port. */
const listening = async (): Promise<{ server: Server; port: number }> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return { server, port: typeof address === "object" ? (address?.port ?? 0) : 0 };
};
let taken: Server;
let port: string;
beforeAll(async () => {
  const first = await listening();
  taken = first.server;
  port = String(first.port);
});
afterAll(() => {
  taken.close();
  folder.remove();
});

describe("what the sandbox cannot do it says in words, with what fixes it", () => {
  it("S1 an unknown environment: those that there are", async () => {
    for (const script of ["sandbox.ts", "rotate.ts"]) {
      const { code, output } = await runScript(
        script,
        "nowhere",
        ...(script === "rotate.ts" ? ["jwt"] : []),
        ...here,
      );
      expect(code).toBe(2);
      expect(output).toContain('There is no environment "nowhere"');
      expect(output).toMatch(/production, sandbox, staging/);
      expect(output).not.toContain("    at ");
    }
  });

  it("ports that are taken: all of them at once, who has them, and the flags", async () => {
    const second = await listening();
    const flags = ["--free-ports", "--http-port", port, "--redis-port", String(second.port)];
    const { code, output } = await runScript("sandbox.ts", ...here, ...flags);
    second.server.close();
    expect(code).toBe(2);
    expect(output).toMatch(new RegExp(`^  ${port} \\(HTTP\\): \\S+ \\(process ${process.pid}\\)$`, "m"));
    expect(output).toMatch(
      new RegExp(`^  ${second.port} \\(Redis\\): \\S+ \\(process ${process.pid}\\)$`, "m"),
    );
    expect(output).toContain(", which takes any, or --http-port N --redis-port N");
  });

  it("commands for a sandbox that does not run", async () => {
    const { code, output } = await runScript("sandbox.ts", "--restart-pod", "api-1", ...here);
    expect(code).toBe(3);
    expect(output).toContain("Start it: npm run sandbox");
    expect((await runScript("sandbox.ts", "--down", ...here)).code).toBe(0);
    expect((await runScript("load.ts", ...here)).code).toBe(3);
    expect((await runScript("drills/attack.ts", ...here)).code).toBe(3);
  });
});
