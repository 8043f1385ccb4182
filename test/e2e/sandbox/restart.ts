import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { portTaken } from "../../../scripts/local/servers/index.ts";
import { eventually } from "../../support/eventually.ts";
import { alive, runScript, SandboxChild } from "../sandbox-child.ts";
import type { SandboxWorld } from "./world.ts";

/** Stops the sandbox and starts it again. Nothing of it is left afterwards: run it last. */
export const restart = (world: SandboxWorld): void => {
  /** The MySQL user in the API's secret at the end of the first run. */
  let appUser: string;

  describe("the sandbox stops and starts again", () => {
    it("Ctrl-C stops everything in order and leaves no process, port or socket", async () => {
      ({ username: appUser } = await world.appCredentials());
      const { urls } = world.sandbox.running;
      const processes = world.sandbox.processIds();
      expect(processes.length).toBeGreaterThanOrEqual(5);
      const ports = Object.values(urls).map((url) => Number(new URL(url).port));
      const { code, output } = await world.sandbox.signal("SIGINT");
      expect(output).toContain("Nothing of it is left running.");
      expect(code).toBe(0);
      expect(processes.filter(alive)).toEqual([]);
      for (const port of ports) expect(await portTaken(port)).toBe(false);
      for (const file of ["control.sock", "sandbox.pid", "mysql/data/mysql.sock"]) {
        expect(existsSync(join(world.stateDir, file))).toBe(false);
      }
      const status = await runScript("sandbox.ts", "--status", ...world.here);
      expect(status.code).toBe(3);
      const rotation = await runScript("rotate.ts", "sandbox", "db-app", ...world.here);
      expect(rotation.code).toBe(3);
      expect(rotation.output).toContain("is not running");
    });

    it.each([
      ["as it begins", "✓ AWS stand-in"],
      ["when most of it stands", "✓ job "],
    ])("Ctrl-C breaks the next start off %s: everything is stopped, nothing is left", async (_, said) => {
      const sandbox = new SandboxChild(world.stateDir);
      await eventually(() => expect(sandbox.output()).toContain(said), 120_000);
      const processes = sandbox.processIds();
      const { code, output } = await sandbox.signal("SIGINT");
      expect(output).toContain("in the middle of the start");
      // What the stop breaks off is not told as a failure.
      expect(output).not.toMatch(/failed|✗|Pulumi/);
      expect(code).toBe(0);
      expect(processes.filter(alive)).toEqual([]);
      expect(sandbox.state.processes).toEqual([]);
    });

    it("R8 the next start keeps data and secrets; with a raised generation it rotates all, waits, and says what changed", async () => {
      const image = () => statSync(join(world.stateDir, "image/server.mjs")).mtimeMs;
      const builtAt = image();
      await world.start("--config", "bulwark:rotation.generation=2");
      const output = world.sandbox.output();
      // Nothing else is made anew.
      expect(image()).toBe(builtAt);
      expect(output.match(/✓ function \S+/g)).toEqual([expect.stringMatching(/rotate-all$/)]);
      expect(output).toContain("Generation 2: 7 secrets rotated, one after the other.");
      const [after = ""] = ["bulwark_app", "bulwark_app_clone"].filter((user) => user !== appUser);
      expect(output).toContain(`MySQL user   ${appUser} → ${after}`);
      expect(output).toContain("Redis user   bulwark-app, with a new password");
      expect(output).toMatch(/keys after .* signing, .* pending/);
      expect(output).toContain("new values   cookie, csrf, pepper; those before stay accepted");
      expect(output).not.toContain("TestRotation");
      expect((await world.api(`/v1/bookings/${world.kept}`)).status).toBe(200);
      expect(await world.databaseUsers()).toEqual([after]);
    });

    it("A14 the audit trail is whole after load, rotations and a restart", async () => {
      const { code, output } = await runScript("audit.ts", "sandbox", "verify", ...world.here);
      expect(output).toContain("All chains are whole.");
      expect(code).toBe(0);
    });

    it("killed outright: --down clears away what is left, and says so", async () => {
      const processes = world.sandbox.processIds();
      await world.sandbox.signal("SIGKILL");
      const { code, output } = await runScript("sandbox.ts", "--down", ...world.here);
      expect(code).toBe(0);
      expect(output).toMatch(/No sandbox (ran|runs) in/);
      expect(processes.filter(alive)).toEqual([]);
    });

    it("a database that is broken: the start says so, shows its log and the command that fixes it", async () => {
      writeFileSync(join(world.stateDir, "mysql/data/ibdata1"), "not a database");
      const { code, output } = await runScript("sandbox.ts", ...world.here, "--free-ports");
      expect(code).toBe(1);
      expect(output).toContain("MySQL did not start");
      expect(world.sandbox.state.processes).toEqual([]);
      expect(output).toContain("ibdata1");
      const reset = `npm run sandbox -- --reset --state-dir ${world.stateDir}`;
      expect(output).toContain(reset);
      const { code: done } = await runScript("sandbox.ts", "--reset", "--yes", ...world.here);
      expect(done).toBe(0);
      expect(existsSync(world.stateDir)).toBe(false);
    });
  });
};
