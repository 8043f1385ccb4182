/** `npm run crash-table`: breaks rotation off wherever it can break, against real servers, and counts the cases (R9). */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot, temporaryFolder } from "../local/servers/index.ts";
import { casesOf, crashTable } from "./rotation/crash-table.ts";

/** Where the cases are: the same tests that `npm test` runs. */
const files = [
  "test/infra/functions/rotation",
  "test/infra/functions/rotate-all",
  "test/infra/functions/bootstrap/crash.test.ts",
];

const main = async (): Promise<number> => {
  const folder = temporaryFolder("crash-table");
  try {
    const output = join(folder.path, "results.json");
    console.log(
      "Rotation and bootstrap are broken off at every point, against real servers: one to three minutes …\n",
    );
    const child = spawn(
      process.execPath,
      [
        join(repositoryRoot, "node_modules/vitest/vitest.mjs"),
        ...["run", "--project", "unit", "--reporter", "json", "--outputFile", output],
        ...files,
      ],
      { cwd: repositoryRoot, stdio: ["ignore", "ignore", "inherit"] },
    );
    await once(child, "exit");
    const table = crashTable(casesOf(JSON.parse(readFileSync(output, "utf8"))));
    console.log(table.text);
    return table.failed === 0 && child.exitCode === 0 ? 0 : 1;
  } finally {
    folder.remove();
  }
};

process.exit(await main());
