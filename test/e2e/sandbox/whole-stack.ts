import { readFileSync } from "node:fs";
import http2 from "node:http2";
import { request } from "undici";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { runScript } from "../sandbox-child.ts";
import type { SandboxWorld } from "./world.ts";

const booking = z.object({ id: z.string() });
const newBooking = {
  clientName: "Ada Lovelace",
  clientEmail: "ada@example.com",
  clientPhone: "+4915112345678",
  startsAt: "2035-01-01T10:00:00Z",
  endsAt: "2035-01-01T11:00:00Z",
};

/** The process and all that it has started. */
const processesBelow = (pid: number): number[] => {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  return [pid, ...children.filter((child) => child !== "").flatMap((child) => processesBelow(Number(child)))];
};

/** What a process takes of memory in MiB, its share of what it has in common with others included. */
const proportionalMib = (pid: number): number =>
  Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1]) / 1024;

/** What the whole stack answers, from its front. */
export const wholeStack = (world: SandboxWorld): void => {
  describe("the sandbox runs the whole stack", () => {
    it("S10 A11 bookings are made and read over HTTPS, by HTTP/1.1 and HTTP/2", async () => {
      const made = await world.api("/v1/bookings", newBooking);
      expect(made.status).toBe(201);
      world.kept = booking.parse(made.body).id;
      const session = http2.connect(world.sandbox.running.urls.https, { ca: world.sandbox.running.ca });
      const stream = session.request({
        ":path": `/v1/bookings/${world.kept}`,
        "user-agent": "bulwark-e2e/1",
        authorization: `Bearer ${world.sandbox.running.access.apiKey}`,
      });
      let text = "";
      for await (const chunk of stream.setEncoding("utf8")) text += String(chunk);
      session.close();
      expect(JSON.parse(text)).toMatchObject({ id: world.kept, clientName: "Ada Lovelace" });
      // A browser would keep it for every other server on this machine.
      expect(made.headers["strict-transport-security"]).toBeUndefined();
    });

    it("S15 the smoke test finds no fault in it", async () => {
      const { code, output } = await runScript("smoke.ts", "sandbox", ...world.here);
      expect({ code, output }).toMatchObject({ code: 0 });
    });

    it("S10 A3 plain HTTP is answered with 301 to HTTPS", async () => {
      const answer = await request(`${world.sandbox.running.urls.http}/v1/bookings?limit=1`);
      expect(answer.statusCode).toBe(301);
      expect(answer.headers.location).toBe(`${world.sandbox.running.urls.https}/v1/bookings?limit=1`);
      await answer.body.dump();
    });

    it("S6 S9 a replica has the pod's environment and nothing else, and no secret in it", () => {
      const [pod = ""] = world.replicas();
      const environment = Object.fromEntries(
        readFileSync(`/proc/${world.sandbox.processId(pod)}/environ`, "utf8")
          .split("\0")
          .filter((line) => line !== "")
          .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
      );
      const outside = [
        "AWS_ENDPOINT_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "NODE_EXTRA_CA_CERTS",
        "PATH",
        "HOME",
      ];
      for (const name of outside) delete environment[name];
      expect(environment).toMatchObject({
        ENVIRONMENT: "sandbox",
        NODE_ENV: "production",
        REDIS_HOST: "localhost",
      });
      expect(environment.HOST).toMatch(/^127\.\d+\.\d+\.\d+$/);
      expect(environment.DB_SECRET_ID).toMatch(/^arn:aws:secretsmanager:/);
      // Whatever looks like a credential must be the name of a secret, not its value.
      for (const [name, value] of Object.entries(environment)) {
        if (/SECRET|PASSWORD|TOKEN|KEY/.test(name) && !/^SECRETS_REFRESH|^KEEP_ALIVE/.test(name)) {
          expect(value).toMatch(/^arn:aws:secretsmanager:/);
        }
      }
    });

    it.runIf(process.platform === "linux")("takes less than 900 MiB, and keeps no build service", () => {
      const below = processesBelow(world.sandbox.process.pid ?? 0);
      const commands = below.map((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8"));
      expect(commands.filter((command) => command.includes("esbuild"))).toEqual([]);
      // A function's process ends a minute after its last invocation; one that has ended has no command line.
      const idle = below.filter((_, index) => !/lambda-runtime\.mjs|^$/.test(commands[index] ?? ""));
      expect(idle.map(proportionalMib).reduce((sum, mib) => sum + mib)).toBeLessThan(900);
    });

    it("a second start in the same folder is refused, and disturbs nothing", async () => {
      const { code, output } = await runScript("sandbox.ts", ...world.here, "--free-ports");
      expect(code).toBe(4);
      expect(output).toContain("runs in");
      expect(output).toContain("--down");
      expect((await world.api(`/v1/bookings/${world.kept}`)).status).toBe(200);
    });
  });
};
