import { describe, expect, it } from "vitest";
import { summaryOf } from "../../leaks/search.ts";
import { keptStatements, searchSandbox } from "../leaks.ts";
import { runScript } from "../sandbox-child.ts";
import type { SandboxWorld } from "./world.ts";

/** Looks for secrets in all that the suites before have left: run it after them. */
export const secretValues = (world: SandboxWorld): void => {
  describe("S6 R6 R9 secret values", () => {
    it("are in Secrets Manager and nowhere else, after all that was above and a rotation of them all", async () => {
      const rotation = await runScript("rotate.ts", "sandbox", "--all", ...world.here);
      expect(rotation.code).toBe(0);
      const master = await world.asMaster();
      const printed = {
        "rotate --all": rotation.output,
        "statements in MySQL": await keptStatements(master),
      };
      await master.end();
      const { texts, planted, outcome } = await searchSandbox(world.sandbox, world.stateDir, printed);
      process.stdout.write(`S6 ${summaryOf(texts, outcome)}\n`);
      expect(outcome.leaks).toEqual([]);
      // One was put where none belongs, for the search to find: else the line above says nothing.
      expect(planted.map(({ of }) => of)).toEqual(["bulwark/sandbox/db-app password"]);
      expect(texts.length).toBeGreaterThanOrEqual(20);
      expect(outcome.sources).toEqual(
        expect.arrayContaining([
          ...[
            "the sandbox's output",
            "statements in MySQL",
            "plan of production",
            "state.json",
            "stack.json",
          ],
          ...world.replicas().flatMap((pod) => [`environ of ${pod}`, `logs/${pod}.log`]),
          ...["environ of bulwark-sandbox-secrets-rotate-jwt", "logs/bulwark-sandbox-secrets-rotate-jwt.log"],
          ...["mysql/error.log", "mysql/data/binlog.000001", "redis/server.log"],
        ]),
      );
    });
  });
};
