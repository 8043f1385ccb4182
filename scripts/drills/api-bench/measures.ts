import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "esbuild";
import { defaultOrganisation } from "../../../app/organisations/table.ts";
import { repositoryRoot } from "../../local/servers/index.ts";

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
}

/** Leaves out a step of the server's composition: the function that adds it adds nothing. */
const step = (file: string, name: string): Edit => ({
  file: `app/http/${file}.ts`,
  from: `function ${name}(`,
  // What it was may await.
  to: `function ${name}() {}\nasync function leftOut${name}(`,
});
const without = (name: string, file: string, left: string): Measure => ({ name, edits: [step(file, left)] });

/** Bookings are the default organisation's for requests without a credential. */
const anonymousOfDefault: Edit = {
  file: "app/http/actor.ts",
  from: 'organisationId: "00000000-0000-0000-0000-000000000000"',
  to: `organisationId: "${defaultOrganisation}"`,
};

/** Bookings are public then. All else stays: the hooks find nobody to identify or to refuse. */
export const signIn: Measure = {
  name: "sign-in",
  edits: [
    anonymousOfDefault,
    ...["read", "write"].map((verb) => ({
      file: "app/http/access.ts",
      from: `${verb}Bookings: Access = { roles, scope: "bookings:${verb}" };`,
      to: `${verb}Bookings: Access = "public";`,
    })),
  ],
};

/** Every route is public for a request without a credential: one process answers both with sign-in and without it. */
export const signInUnlessAnonymous: Measure = {
  name: "sign-in for requests without a credential",
  edits: [
    anonymousOfDefault,
    {
      file: "app/http/actor.ts",
      from: "const { access } = request.route;",
      to: "const access = request.headers.authorization && request.route.access;",
    },
    {
      file: "app/http/authorise.ts",
      from: "const { access } = route;",
      to: "const access = request.headers.authorization && route.access;",
    },
  ],
};

/** Left out one by one from the API without sign-in. */
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
