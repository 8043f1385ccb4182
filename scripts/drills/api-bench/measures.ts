import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "esbuild";
import { defaultOrganisation } from "../../../app/organisations/table.ts";
import { repositoryRoot } from "../../local/servers/index.ts";
import { type Credential, credentials } from "./credentials.ts";

/** A change of a source. */
interface Edit {
  file: string;
  from: string;
  to: string;
}

/** Something the API does for every request besides its work, and what leaves it out of the sources. */
export interface Measure {
  name: string;
  edits: readonly Edit[];
  /** What requests carry. Default: an API key. */
  credential?: Credential;
  /** Most that it may cost, µs. */
  promised?: number;
}

/** Leaves out a step of the server's composition: the function that adds it adds nothing. */
const step = (file: string, name: string): Edit => ({
  file: `app/http/${file}.ts`,
  from: `function ${name}(`,
  // What it was may await.
  to: `function ${name}() {}\nasync function leftOut${name}(`,
});
const without = (name: string, file: string, left: string): Measure => ({ name, edits: [step(file, left)] });

/** Every request is anonymous then, and acts for the organisation that has the bookings. */
const identification: readonly Edit[] = [
  {
    file: "app/http/actor.ts",
    from: 'organisationId: "00000000-0000-0000-0000-000000000000"',
    to: `organisationId: "${defaultOrganisation}"`,
  },
  step("actor", "identifyActor"),
  step("rate-limit/hook", "limitByActor"),
  step("authorise", "authorise"),
];

export const measures: readonly Measure[] = [
  without("security headers and request id", "headers", "sendSecurityHeaders"),
  without("rate limit", "rate-limit/hook", "limitByAddress"),
  without("access log", "access-log", "logResponses"),
  without("metrics of requests", "request-metrics", "measureRequests"),
  without("CORS", "cors", "allowOrigins"),
  without("HTTPS only", "https-only", "requireHttps"),
  without("URL and User-Agent checked", "input-guards", "guardInput"),
  without("time limit of a request", "handler-timeout", "limitHandling"),
  {
    name: "answers checked by their schema",
    edits: [
      {
        file: "app/http/server.ts",
        from: "setSerializerCompiler(serializerCompiler)",
        to: "setSerializerCompiler(() => JSON.stringify)",
      },
    ],
  },
  ...credentials.map((credential) => ({
    name: `${credential}, its limits and rights`,
    credential,
    promised: 15,
    edits: identification,
  })),
];

/**
 * Bundles the API without these measures, so that the API itself needs no switch for any of them.
 * @throws Error in the build when a source no longer has what is left out.
 */
export const leaveOut = (left: readonly Measure[]): Plugin => ({
  name: "leave-out",
  setup(build) {
    build.onLoad({ filter: /app\/http\/.*\.ts$/ }, ({ path }) => {
      // Two measures may leave out the same.
      const contents = [...new Set(left.flatMap(({ edits }) => edits))]
        .filter(({ file }) => path === join(repositoryRoot, file))
        .reduce(
          (text, { file, from, to }) => {
            if (!text.includes(from)) throw new Error(`${file} no longer has: ${from}`);
            return text.replace(from, to);
          },
          readFileSync(path, "utf8"),
        );
      return { contents, loader: "ts" };
    });
  },
});
