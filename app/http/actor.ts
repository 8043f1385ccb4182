import type { FastifyInstance } from "fastify";
import { defaultOrganisation } from "../organisations/table.ts";

/** On whose behalf something is done: goes into the audit trail, and says whose data may be seen. */
export interface Actor {
  organisationId: string;
  /** "anonymous", or the kind and id of whoever signed in: "user:…", "key:…". */
  name: string;
}

const anonymous: Actor = Object.freeze({ organisationId: defaultOrganisation, name: "anonymous" });

/** Gives every request its actor. Nobody signs in to this API: every request acts for the default organisation. */
export function identifyActor(app: FastifyInstance): void {
  app.decorateRequest("actor", { getter: () => anonymous });
}
