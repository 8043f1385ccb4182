import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import { CommandError, codeOf, messageOf } from "../../cli/errors.ts";
import { exitCodes } from "../../cli/exit-codes.ts";

const run = promisify(execFile);
const listed = z.array(z.object({ number: z.number().int(), title: z.string() }));
/** GitHub takes 65,536 characters; the end of a preview is its summary. */
const mostCharacters = 60_000;

/**
 * Says in the repository's one open issue on an environment's drift what was found, by the GitHub CLI: opens it, or writes the
 * newest state into it. @returns its number or address. @throws CommandError
 */
export async function reportDrift(
  environment: string,
  found: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const open = await openIssue(environment, env);
  const folder = mkdtempSync(join(tmpdir(), "bulwark-drift-"));
  try {
    const body = join(folder, "body.md");
    writeFileSync(body, bodyOf(environment, found));
    if (open === undefined)
      return (
        await github(["issue", "create", "--title", titleOf(environment), "--body-file", body], env)
      ).trim();
    await github(["issue", "edit", String(open), "--body-file", body], env);
    return `#${open}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Closes the open issue, if there is one: what it tells is over. @throws CommandError */
export async function closeDrift(environment: string, env: NodeJS.ProcessEnv): Promise<void> {
  const open = await openIssue(environment, env);
  if (open !== undefined)
    await github(["issue", "close", String(open), "--comment", "Nothing is different any more."], env);
}

const titleOf = (environment: string): string => `Drift in ${environment}`;

async function openIssue(environment: string, env: NodeJS.ProcessEnv): Promise<number | undefined> {
  const title = titleOf(environment);
  const search = [
    "issue",
    "list",
    "--state",
    "open",
    "--search",
    `${title} in:title`,
    "--json",
    "number,title",
  ];
  const listedOnes = listed.parse(JSON.parse(await github(search, env)));
  return listedOnes.find((issue) => issue.title === title)?.number;
}

function bodyOf(environment: string, found: string): string {
  const fence = "`".repeat(1 + Math.max(2, ...[...found.matchAll(/`+/g)].map(([run]) => run.length)));
  const shown = found.length > mostCharacters ? `…\n${found.slice(-mostCharacters)}` : found;
  return [
    `What is in the account is not what the program says (\`npm run drift -- ${environment}\`).`,
    `Either put it back (\`pulumi up --stack ${environment}\`), or write it into the program.`,
    `\n${fence}diff\n${shown}\n${fence}\n`,
  ].join("\n");
}

async function github(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  try {
    return (await run("gh", args, { env, maxBuffer: 16 * 1024 * 1024 })).stdout;
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw new CommandError(`gh ${args[0]} ${args[1]}: ${messageOf(error)}`);
    throw new CommandError("There is no GitHub CLI (gh) on PATH: https://cli.github.com", {
      exitCode: exitCodes.missing,
    });
  }
}
