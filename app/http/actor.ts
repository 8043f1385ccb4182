import type { FastifyInstance } from "fastify";
import { defaultOrganisation } from "../organisations/table.ts";

/** Whom a request acts for: the audit trail records it, and it decides which data is visible. */
export interface Actor {
  organisationId: string;
  /** "anonymous", or kind and id of the signed-in caller: "user:…", "key:…". */
  name: string;
}

const anonymous: Actor = Object.freeze({ organisationId: defaultOrganisation, name: "anonymous" });

/** Gives every request its actor. The API has no sign-in: every request acts for the default organisation. */
export function identifyActor(app: FastifyInstance): void {
  app.decorateRequest("actor", { getter: () => anonymous });
}
