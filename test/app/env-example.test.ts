import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { describe, expect, it } from "vitest";
import { apiEnv } from "../../app/contract/env.ts";
import { envExample } from "../../app/env-example.ts";

describe("A22 .env.example", () => {
  it("is the one that the schema makes (fix: node app/env-example.ts)", () => {
    expect(readFileSync(join(import.meta.dirname, "../../.env.example"), "utf8")).toBe(envExample());
  });

  it("explains every variable, and is itself a valid development environment", () => {
    const names = Object.keys(apiEnv.shape);
    for (const name of names) expect(envExample()).toMatch(new RegExp(`^# \\S.+\\.\n#?${name}=`, "m"));
    expect(apiEnv.parse({ NODE_ENV: "development", ...parseEnv(envExample()) })).toMatchObject({
      PORT: 3000,
    });
  });

  it("shows defaults that the schema takes back as they are", () => {
    const defaults = envExample().replace(/^#([A-Z_]+=.+)$/gm, "$1");
    const parsed = apiEnv.parse({ ...parseEnv(defaults), NODE_ENV: "development" });
    expect(parsed).toEqual(apiEnv.parse({ NODE_ENV: "development", ...parseEnv(envExample()) }));
  });
});
