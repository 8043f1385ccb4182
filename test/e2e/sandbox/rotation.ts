import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { eventually } from "../../support/eventually.ts";
import { runScript } from "../sandbox-child.ts";
import { rate, type SandboxWorld } from "./world.ts";

/** Rotation by the commands that a person types. */
export const rotation = (world: SandboxWorld): void => {
  describe("R7 R8 rotation under load", () => {
    it("R2 R7 R8 db-app: no request fails, and the API's connections belong to the other user", async () => {
      const [before] = await world.databaseUsers();
      const figures = await world.underLoad(async () => {
        const { code, output } = await runScript("rotate.ts", "sandbox", "db-app", ...world.here);
        expect(output).toContain(`MySQL user   ${before} → `);
        expect(code).toBe(0);
        await eventually(async () => expect(await world.databaseUsers()).not.toContain(before), 60_000);
      });
      expect(figures.failures).toEqual({});
      expect(figures.sent).toBeGreaterThan(2 * rate);
      const after = await world.databaseUsers();
      expect(new Set([before, ...after])).toEqual(new Set(["bulwark_app", "bulwark_app_clone"]));
    });

    it("R3 R7 cache: no request fails, and no value is ever shown", async () => {
      let output = "";
      const figures = await world.underLoad(async () => {
        const rotated = await runScript("rotate.ts", "sandbox", "cache", ...world.here);
        expect(rotated.code).toBe(0);
        output = rotated.output;
      });
      expect(figures.failures).toEqual({});
      const client = world.secretsManager();
      const value = await client.send(new GetSecretValueCommand({ SecretId: "bulwark/sandbox/cache" }));
      const { password } = z.object({ password: z.string() }).parse(JSON.parse(value.SecretString ?? ""));
      expect(output).toContain("bulwark-app, with a new password");
      expect(output).not.toContain(password);
    });
  });

  describe("R4 R5 R7 A8 the drill", () => {
    it("rotates every secret twice under reads, writes, paging, sign-ins and refreshes: nothing fails, nobody is signed out", async () => {
      const flags = ["--seconds", "10", "--rate", String(rate), ...world.here];
      const { code, output } = await runScript("drills/rotate.ts", ...flags);
      expect(output).toContain("No request failed, no rotation failed.");
      expect(output).toMatch(/^new token keys +2 published by the API/m);
      expect(output).toMatch(/^people +\d+ sign-ins, [1-9]\d* refreshes, 0 signed out$/m);
      expect(output).toMatch(/^two MySQL users in turn +6 +0 /m);
      expect(code).toBe(0);
    });
  });

  describe("R10 passwords changed behind the stack's back", () => {
    it("rotate says that the secret in use does not work, and one command repairs MySQL and Redis", async () => {
      const [user] = await world.databaseUsers();
      const master = await world.asMaster();
      await master.query("ALTER USER ?@'%' IDENTIFIED BY 'somebody-elses-password'", [user]);
      await master.end();
      const failed = await runScript("rotate.ts", "sandbox", "db-app", ...world.here);
      expect(failed.code).toBe(1);
      expect(failed.output).toContain("The secret in use does NOT work");
      expect(failed.output).not.toContain("goes on working");
      const repaired = await runScript("rotate.ts", "sandbox", "--repair", ...world.here);
      expect(repaired.output).toContain(`db-app: set the password of ${user} to the secret's`);
      expect(repaired.output.match(/every current value works/g)).toHaveLength(4);
      expect(repaired.code).toBe(0);
      expect((await runScript("rotate.ts", "sandbox", "db-app", ...world.here)).code).toBe(0);
      await eventually(async () => expect(await world.databaseUsers()).not.toContain(user), 60_000);
      expect((await world.api(`/v1/bookings/${world.kept}`)).status).toBe(200);
    });
  });

  describe("R9 a rotation that fails", () => {
    it("names the step and the reason, leaves the API as it was, and is taken up by the next one", async () => {
      const before = await world.databaseUsers();
      const master = await world.asMaster();
      await master.query("ALTER USER CURRENT_USER() ACCOUNT LOCK");
      const failed = await runScript("rotate.ts", "sandbox", "db-app", ...world.here);
      await master.query("ALTER USER CURRENT_USER() ACCOUNT UNLOCK");
      await master.end();
      expect(failed.code).toBe(1);
      expect(failed.output).toContain("setSecret failed (master-refused)");
      expect(failed.output).toContain("goes on working");
      expect(world.sandbox.output()).toContain("bulwark/sandbox/db-app: RotationFailed, in setSecret");
      expect((await world.api(`/v1/bookings/${world.kept}`)).status).toBe(200);
      expect(await world.databaseUsers()).toEqual(before);
      const next = await runScript("rotate.ts", "sandbox", "db-app", ...world.here);
      expect(next.output).toContain("an earlier rotation was not finished: it is taken up again");
      expect(next.code).toBe(0);
    });
  });
};
