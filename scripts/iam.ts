import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./local/servers/index.ts";
import { iamPage } from "./plan/iam/page.ts";
import { runProgram } from "./plan/monitor/index.ts";

/** Writes docs/iam.md anew, from the plan of production. */
const run = await runProgram({ stack: "production", preview: true });
writeFileSync(join(repositoryRoot, "docs/iam.md"), iamPage(run));
