import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type mysql from "mysql2/promise";
import { request } from "undici";
import { expect } from "vitest";
import { environments } from "../infra/support/configuration.ts";
import { type Leak, type Outcome, type SecretText, type Source, search } from "../leaks/search.ts";
import { fileOf, filesBelow, processSources, textSource } from "../leaks/sources.ts";
import { type } from "../scripts/plan/preview/support.ts";
import { everSecret } from "../support/secret-texts.ts";
import { runScript, type SandboxChild } from "./sandbox-child.ts";

/**
 * Where a secret rightly is, and nobody looks for it. MySQL's data and binlogs and Redis's user file are not among them: both
 * servers keep hashes, so they are searched like the rest.
 */
const rightPlaces = {
  /** Secrets Manager and ElastiCache themselves, as the stand-in keeps them over a restart. */
  awsItself: "aws/state.json",
  /**
   * What Pulumi's state would hold, encrypted: the two passwords that ElastiCache wants when its users are made. The bootstrap
   * replaces one before anybody uses it, the other belongs to a user that is switched off. Of secrets, nothing else may be in there. While the sandbox
   * runs, load and drills find there with what they ask its API.
   */
  pulumiState: "state.json",
} as const;

/** Everything that was ever secret in a sandbox: each version of each secret. */
const secretTextsOf = (stateDir: string): SecretText[] =>
  everSecret(readFileSync(join(stateDir, rightPlaces.awsItself), "utf8"));

/** The plan and the Kubernetes manifests of every environment, as they are shown to people and put into pull requests. */
async function plans(): Promise<Source[]> {
  const folder = mkdtempSync(join(tmpdir(), "bulwark-manifests-"));
  try {
    const sources: Source[] = [];
    for (const stack of environments) {
      const manifests = join(folder, stack);
      const { out, error } = await type([stack, "--json", "--manifests", manifests]);
      sources.push(textSource(`plan of ${stack}`, out + error));
      for (const { name, bytes } of filesBelow(manifests))
        sources.push({ name: `manifest ${stack}/${name}`, bytes });
    }
    return sources;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the replicas tell of themselves inside the cluster. */
async function answers(status: string): Promise<Source[]> {
  const replicas = [...status.matchAll(/(http:\/\/127\.\d+\.\d+\.\d+:\d+)\/metrics/g)];
  const sources: Source[] = [];
  for (const [, host] of replicas) {
    for (const path of ["/metrics", "/status"]) {
      const answer = await request(`${host}${path}`);
      sources.push(textSource(`${host}${path}`, await answer.body.text()));
    }
  }
  return sources;
}

/**
 * What MySQL keeps of the statements it has run, the text of each shape included: what reports read, and what a general log
 * would hold (RDS exports none). The server itself puts `<secret>` for a password before it writes a statement anywhere.
 */
export async function keptStatements(master: mysql.Connection): Promise<string> {
  const tables = ["summary_by_digest", "history", "current"].map((table) => `events_statements_${table}`);
  const kept: unknown[] = [];
  for (const table of tables) {
    const [rows] = await master.query<mysql.RowDataPacket[]>(`SELECT * FROM performance_schema.${table}`);
    kept.push(...rows);
  }
  const text = JSON.stringify(kept);
  expect(text).toMatch(/CREATE USER [^"]*BY <secret>/);
  return text;
}

/**
 * Looks for every secret that a running sandbox has ever had: in the plans and manifests of all environments, in the stack as
 * it was made and what a second start remembers of it, in environment and command line of every process, in all that was
 * printed, answered and logged, and in the files of MySQL (binlogs and slow log among them) and Redis.
 * @param printed what else was said, by name
 * @returns `planted`: what was found of the secret that is put into a log for the time of the search
 */
export async function searchSandbox(
  sandbox: SandboxChild,
  stateDir: string,
  printed: Readonly<Record<string, string>>,
): Promise<{ texts: SecretText[]; planted: Leak[]; outcome: Outcome }> {
  for (const file of Object.values(rightPlaces)) expect(statSync(join(stateDir, file)).mode & 0o077).toBe(0);
  // At once: a function's process ends a minute after its last invocation.
  const processes = [...processSources(sandbox.state.processes)];
  const { output: status } = await runScript("sandbox.ts", "--status", "--state-dir", stateDir);
  const said = { [sandboxOutput]: sandbox.output(), status, ...printed };
  const outside = [
    ...Object.entries(said).map(([name, text]) => textSource(name, text)),
    ...(await plans()),
    ...(await answers(status)),
    ...processes,
  ];
  const kept = secretTextsOf(stateDir);
  const { apiKey, password } = sandbox.running.access;
  const shown = [
    { of: "API key", text: apiKey },
    { of: "password of the admin", text: password },
  ];
  const all = [...kept, ...shown];
  const forget = plant(stateDir, all);
  const found = search(all, elsewhere(outside, stateDir));
  forget();
  const inState = search(kept, [fileOf(stateDir, rightPlaces.pulumiState)]);
  const isShown = ({ of, source }: Leak) => source === sandboxOutput && shown.some((text) => text.of === of);
  const leaks = [...found.leaks, ...inState.leaks].filter((leak) => !isShown(leak));
  return {
    texts: all,
    planted: leaks.filter(({ source }) => source === plantedLog),
    outcome: {
      leaks: leaks.filter(({ source }) => source !== plantedLog),
      sources: [...found.sources, ...inState.sources],
      bytes: found.bytes + inState.bytes,
      writings: found.writings,
    },
  };
}

/** Where the sandbox shows what to ask its API with. */
const sandboxOutput = "the sandbox's output";
const plantedLog = "logs/planted.log";

/** Writes a password of the API's user into a log, as a careless client would. */
function plant(stateDir: string, texts: readonly SecretText[]): () => void {
  const file = join(stateDir, plantedLog);
  const password = texts.find(({ of }) => of === "bulwark/sandbox/db-app password")?.text;
  writeFileSync(file, `authorization: Basic ${Buffer.from(`me:${password}`).toString("base64")}\n`);
  return () => rmSync(file);
}

function* elsewhere(outside: readonly Source[], stateDir: string): Generator<Source> {
  yield* outside;
  const right: readonly string[] = Object.values(rightPlaces);
  for (const source of filesBelow(stateDir)) if (!right.includes(source.name)) yield source;
}
