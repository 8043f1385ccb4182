import { execFile } from "node:child_process";
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { repositoryRoot, temporaryFolder } from "../../../scripts/local/servers/index.ts";
import { at, planning, planOf } from "../support/plan.ts";

const run = promisify(execFile);
const folder = temporaryFolder("catalogue");
afterAll(() => folder.remove());

const entry = `  "partner-keys": {
    description: "Keys of partners",
    ...randomValues({ access: "session" }),
    readBy: { api: "PARTNER_KEYS_SECRET_ID" },
  },
`;
/** What the commands of the copy show, worked out in one process: most of the work is loading the program and planning. */
const all = `
import { envExample } from "./app/env-example.ts";
import { readFlags } from "./scripts/cli/flags.ts";
import { rotateCommand } from "./scripts/ops/rotate/options.ts";
import { runProgram } from "./scripts/plan/monitor/index.ts";
import { iamPage } from "./scripts/plan/pages/iam/page.ts";

let help = "";
readFlags(rotateCommand, ["--help"], (text) => { help += text; });
const run = await runProgram({ stack: "production", preview: true });
const { resources } = run;
console.log(JSON.stringify({ resources, help, page: iamPage(run), environment: envExample() }));
`;
const shownSchema = z.object({
  resources: z.array(
    z.object({ type: z.string(), name: z.string(), inputs: z.record(z.string(), z.unknown()) }),
  ),
  help: z.string(),
  page: z.string(),
  environment: z.string(),
});

/** What a copy shows, whose only change is a further entry of the catalogue. */
let shown: z.infer<typeof shownSchema>;

beforeAll(async () => {
  const parts = ["app", "infra", "scripts", "package.json", "Pulumi.yaml", "Pulumi.production.yaml"];
  for (const part of parts) cpSync(join(repositoryRoot, part), join(folder.path, part), { recursive: true });
  symlinkSync(join(repositoryRoot, "node_modules"), join(folder.path, "node_modules"));
  const file = join(folder.path, "app/contract/secrets.ts");
  const text = readFileSync(file, "utf8");
  const end = "} as const satisfies Record<string, SecretEntry>;";
  expect(text).toContain(end);
  writeFileSync(file, text.replace(end, entry + end));
  writeFileSync(join(folder.path, "all.ts"), all);
  const { stdout } = await run(process.execPath, ["--stack-trace-limit=0", "all.ts"], {
    cwd: folder.path,
    // The copy's paths never come again.
    env: { ...process.env, NODE_COMPILE_CACHE: undefined },
    maxBuffer: 64 << 20,
  });
  shown = shownSchema.parse(JSON.parse(stdout));
}, planning);

/** Type and name of each resource whose inputs hold a text. */
const holding = (text: string): string[] =>
  shown.resources
    .filter(({ inputs }) => JSON.stringify(inputs).includes(text))
    .map(({ type, name }) => `${type.split(":").at(-1)} ${name.replace("bulwark-production-", "")}`)
    .sort();

describe("S6 a further secret is one entry of the catalogue", () => {
  it("is made, filled, rotated, audited, watched and read, and nobody else gets at it", () => {
    expect(holding("bulwark/production/partner-keys")).toEqual(
      [
        "Secret secrets-partner-keys",
        "SecretPolicy secrets-partner-keys",
        "SecretRotation secrets-partner-keys",
        ...["bootstrap", "rotate-random", "rotate-all", "audit"].flatMap((name) => [
          `Function secrets-${name}`,
          `RolePolicy secrets-${name}`,
        ]),
        "Invocation secrets-bootstrap",
        "EventRule alarm-rotation-events",
        "Deployment workload-api",
        "RolePolicy workload-api-identity",
      ].sort(),
    );
  });

  it("is named to functions and to the API by variables of its own", () => {
    expect(holding('"PARTNER_KEYS_SECRET_ARN"')).toEqual([
      "Function secrets-audit",
      "Function secrets-bootstrap",
      "Function secrets-rotate-all",
      "Function secrets-rotate-random",
    ]);
    expect(holding('"PARTNER_KEYS_SECRET_ID"')).toEqual(["Deployment workload-api"]);
    expect(shown.environment).toContain(
      "# Secret (name or ARN): Keys of partners.\nPARTNER_KEYS_SECRET_ID=bulwark/development/partner-keys\n",
    );
  });

  it("S7 rotates by its strategy's function, at a time of its own; the others keep theirs", async () => {
    const type = "aws:secretsmanager/secretRotation:SecretRotation";
    const rotations = shown.resources.filter((resource) => resource.type === type);
    const own = rotations.find(({ name }) => name.endsWith("-partner-keys"));
    expect(own?.inputs.rotationLambdaArn).toMatch(/-secrets-rotate-random$/);
    const times = new Map(
      rotations.map(({ name, inputs }) => [name, at(inputs, "rotationRules.scheduleExpression")]),
    );
    expect(new Set(times.values()).size).toBe(rotations.length);
    const before = (await planOf("production")).all(type);
    for (const { name, inputs } of before)
      expect(times.get(name)).toBe(at(inputs, "rotationRules.scheduleExpression"));
  });

  it("R8 is offered by the command line and listed in the documentation", () => {
    expect(shown.help).toMatch(/PURPOSE: [a-z,\s-]*,\s+partner-keys\n/);
    expect(shown.page).toContain(
      "| `partner-keys` | Keys of partners | random values | API, `PARTNER_KEYS_SECRET_ID` |",
    );
    expect(shown.page).toMatch(/^\| {2}\| db-app \|.* partner-keys \| master user \|$/m);
  });
});
