import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type * as z from "zod";
import { apiEnv, workerEnv } from "./contract/env.ts";
import { secretIdVariables, secretName } from "./contract/secrets.ts";

/** Values that show the form of what has no default. */
const examples: Readonly<Record<string, string>> = {
  ENVIRONMENT: "development",
  AWS_REGION: "eu-central-1",
  REDIS_HOST: "localhost",
  ...secretIdVariables("api", (purpose) => secretName("development", purpose)),
};

/** The text of `.env.example`: every variable of the API, and after them those that the worker alone has, with its meaning and its default, if any (A22). */
export function envExample(): string {
  const variables = Object.entries<z.ZodType>({ ...apiEnv.shape, ...workerEnv.shape }).map(
    ([name, schema]) => {
      const description = `# ${schema.description}.`;
      const { success, data } = schema.safeParse(undefined);
      if (!success) return `${description}\n${name}=${examples[name] ?? ""}`;
      const value = data === undefined ? "" : String(data);
      return `${description}\n#${name}=${value}`;
    },
  );
  const head =
    "# The environment of API and worker. Written by `node app/env-example.ts` from app/contract/env.ts: change it there.\n" +
    "# Lines that begin with #NAME= show the default; the others must be given.";
  return `${[head, ...variables].join("\n\n")}\n`;
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, "../.env.example"), envExample());
