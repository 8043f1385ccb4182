import { sendFile } from "../http/send-file.ts";
import type { HttpServer } from "../http/server.ts";
import { exportSlots } from "../http/slots.ts";
import { originOf } from "./origin.ts";
import { auditPage, exportAudit, listAudit } from "./schema.ts";
import type { AuditView } from "./view.ts";

/** The HTTP face of the audit trail (A14). */
export function serveAudit(app: HttpServer, view: AuditView): void {
  const path = "/v1/audit";

  app.get(path, { schema: { querystring: listAudit, response: { 200: auditPage } } }, (request) =>
    view.list(originOf(request), request.query),
  );

  const slots = exportSlots();
  // HEAD would read all of it, and send nothing.
  const options = { exposeHeadRoute: false, schema: { querystring: exportAudit } };
  app.get(`${path}/export`, options, async (request, reply) => {
    slots.takeForFile(reply);
    const lines = await view.export(originOf(request), request.query);
    return sendFile(reply, { name: "audit.ndjson", type: "application/x-ndjson; charset=utf-8" }, lines);
  });
}
