/** `npm run pages`: writes the pages that are made from the program, as it stands. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./cli/command.ts";
import { declare } from "./cli/declaration.ts";
import { consoleOn } from "./cli/progress.ts";
import { noArguments } from "./cli/values.ts";
import { repositoryRoot } from "./local/servers/paths.ts";

const command = declare({
  name: "pages",
  summary:
    "Writes docs/iam.md (who may do what in AWS, from the plan of production), docs/guardrails.md (the rules that every plan is held against), docs/limits.md (the API's rate limits) and docs/openapi.json (its routes). The tests say when they are out of date.",
  forms: { "": "" },
  arguments: noArguments,
  flags: {
    recording: {
      description:
        "instead, docs/sandbox.svg: starts the sandbox here, on its usual ports, rotates a secret, stops it, and draws what both printed",
    },
  },
  exits: { refused: "the configuration or the command line is wrong" },
});

await runCommand(command, async ({ flags }) => {
  const told = consoleOn(process.stdout);
  const pages = flags.recording
    ? await told.step("a run of the sandbox", recorded)
    : await told.step("plan of production", planned);
  for (const [file, text] of Object.entries(pages)) {
    writeFileSync(join(repositoryRoot, file), text);
    told.print(`Written to ${file}`);
  }
  return 0;
});

type Pages = Record<string, string>;

async function recorded(): Promise<Pages> {
  const { recordSandbox } = await import("./plan/pages/recording/record.ts");
  const { drawRecording } = await import("./plan/pages/recording/drawing.ts");
  return { "docs/sandbox.svg": drawRecording(await recordSandbox()) };
}

async function planned(): Promise<Pages> {
  const { runProgram } = await import("./plan/monitor/index.ts");
  const { iamPage } = await import("./plan/pages/iam/page.ts");
  const { guardrailsPage } = await import("./plan/pages/guardrails.ts");
  const { limitsPage } = await import("./plan/pages/limits.ts");
  const { openApiPage } = await import("./local/openapi-page.ts");
  const production = await runProgram({ stack: "production", preview: true });
  return {
    "docs/iam.md": iamPage(production),
    "docs/guardrails.md": guardrailsPage(),
    "docs/limits.md": limitsPage(),
    "docs/openapi.json": await openApiPage(),
  };
}
