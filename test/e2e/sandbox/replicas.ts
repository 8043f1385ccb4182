import { describe, expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { runScript } from "../sandbox-child.ts";
import type { SandboxWorld } from "./world.ts";

/** Replicas that are replaced, killed and attacked. */
export const replicas = (world: SandboxWorld): void => {
  describe("A21 S9 replicas", () => {
    it("A21 one is replaced under load: no request fails", async () => {
      const [leaving = ""] = world.replicas();
      const figures = await world.underLoad(async () => {
        const { code, output } = await runScript("sandbox.ts", "--restart-pod", leaving, ...world.here);
        expect(output).toContain(`${leaving} has left; `);
        expect(code).toBe(0);
      });
      expect(figures.failures).toEqual({});
      // Each session is refreshed within the first five seconds.
      expect(figures.sessions).toMatchObject({ signedOut: 0, refreshes: expect.toSatisfy((n) => n > 0) });
      expect(world.replicas()).toHaveLength(2);
      expect(world.replicas()).not.toContain(leaving);
    });

    it("S9 one that is killed is started again and becomes ready", async () => {
      const [killed = ""] = world.replicas();
      const before = world.sandbox.processId(killed);
      process.kill(before, "SIGKILL");
      await eventually(() => expect(world.sandbox.processId(killed)).not.toBe(before), 20_000);
      await eventually(async () => {
        const { output } = await runScript("sandbox.ts", "--status", ...world.here);
        expect(output).toContain(`${killed} (ready, restarted 1×)`);
      }, 60_000);
      expect(world.sandbox.output()).toContain(`${killed} ended with signal SIGKILL`);
    });

    it("A6 A26 A27 an attack through the balancer, and at each replica, gets the answers that it must", async () => {
      const { code, output } = await runScript("drills/attack.ts", "--count", "20", ...world.here);
      expect(code, output).toBe(0);
      expect(output).toContain("against 2 replicas");
    });

    it("an unknown replica is named with those that there are", async () => {
      const { code, output } = await runScript("sandbox.ts", "--restart-pod", "api-99", ...world.here);
      expect(code).toBe(1);
      expect(output).toContain('there is no pod "api-99". Pods: ');
      for (const pod of world.replicas()) expect(output).toContain(pod);
    });
  });
};
