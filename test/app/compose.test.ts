import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { apiEnv, migrationEnv, workerEnv } from "../../app/contract/env.ts";

const text = readFileSync(join(import.meta.dirname, "../../app/compose.yaml"), "utf8");
const file: unknown = parse(text, { merge: true });

/** What every service must have, and what may be in it of what weakens it. */
const service = z.object({
  image: z.string(),
  user: z.string().optional(),
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal("ALL")]),
  security_opt: z.tuple([z.literal("no-new-privileges:true")]),
  privileged: z.undefined().optional(),
  cap_add: z.undefined().optional(),
  ports: z.array(z.string().startsWith("127.0.0.1:")).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  healthcheck: z.unknown().optional(),
});
const { services } = z.object({ services: z.record(z.string(), service) }).parse(file);

describe("A25 app/compose.yaml", () => {
  it("runs every container without rights and not as root, and asks for its health unless it ends", () => {
    const dependencies = Object.values(services).flatMap(({ depends_on }) =>
      Object.entries(depends_on ?? {}),
    );
    const ending = dependencies.filter(([, { condition }]) => condition === "service_completed_successfully");
    for (const [name, { image, user = "0", healthcheck }] of Object.entries(services)) {
      // Our images name their user; those of others begin as root.
      if (!image.startsWith("bulwark-")) expect(user, name).toMatch(/^[1-9]\d*:[1-9]\d*$/);
      // The API's image brings its own check.
      if (image === "bulwark-api" || healthcheck !== undefined) continue;
      expect(ending.map(([ended]) => ended)).toContain(name);
    }
  });

  it("gives API, worker and migrations what they need, as strictly as in production", () => {
    expect(apiEnv.parse(services.api?.environment)).toMatchObject({
      NODE_ENV: "production",
      HTTPS_ONLY: true,
    });
    expect(workerEnv.parse(services.worker?.environment).NODE_ENV).toBe("production");
    expect(migrationEnv.parse(services.migrate?.environment).NODE_ENV).toBe("production");
  });
});
