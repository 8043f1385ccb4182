import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { iamPage } from "./iam/page.ts";
import { runProgram } from "./monitor/index.ts";
import { repositoryRoot } from "./servers/index.ts";

/** Writes docs/iam.md anew, from the plan of production. */
const run = await runProgram({ stack: "production", preview: true });
writeFileSync(join(repositoryRoot, "docs/iam.md"), iamPage(run));
