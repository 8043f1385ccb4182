import { type Verification, verifyChains } from "../../../scripts/ops/audit/verify.ts";
import { withSession } from "../../../scripts/ops/database/session.ts";
import type { ApiFixture } from "./fixture.ts";

/** What `npm run audit -- ENVIRONMENT verify` finds of one organisation. */
export const verifyChain = async (
  { mysql, login }: ApiFixture,
  organisationId: string,
  expected: Verification["expected"] = new Map(),
) => {
  const admin = { ...mysql, ...mysql.admin, authorities: [mysql.ca] };
  const reports = await withSession(admin, (session) =>
    verifyChains(session, { schema: login.dbname, expected, progress: () => undefined }),
  );
  const report = reports.find(({ organisation }) => organisation === organisationId);
  if (report === undefined) throw new Error(`nothing was said of ${organisationId}`);
  return report;
};
