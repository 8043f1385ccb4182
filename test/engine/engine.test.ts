import mysql from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { databaseCredentials } from "../../app/contract/secret-values.ts";
import { apiName, namespace } from "../../infra/lib/kubernetes-names.ts";
import { readProject } from "../../scripts/plan/monitor/project.ts";
import { at } from "../infra/support/plan.ts";
import { type EngineFixture, startEngineFixture } from "./support/fixture.ts";
import { fixesIn, teardownOf } from "./support/teardown.ts";

/** `npm run e2e -- <environment>`. */
const stack = process.env.ENGINE_TEST_STACK ?? "staging";
/** Longest for one command of the engine over the whole stack, milliseconds. */
const patience = 30 * 60_000;
const deploymentPath = `/apis/apps/v1/namespaces/${namespace}/deployments/${apiName}`;
const released = `sha256:${"e".repeat(64)}`;
const anyObject = z.record(z.string(), z.unknown());

let fixture: EngineFixture;
/** Secret → id of the version in use. */
let versionsBefore: Map<string, string | undefined>;

beforeAll(async () => {
  fixture = await startEngineFixture(stack);
}, patience);
afterAll(() => fixture?.stop(), patience);

/** The stack's own secrets (the master user's is RDS's), each with the id of the version in use. */
async function versionsInUse(): Promise<Map<string, string | undefined>> {
  const { SecretList } = await fixture.aws.standin.secrets.ListSecrets({});
  const own = SecretList.filter(({ OwningService }) => OwningService === undefined);
  return new Map(
    own.map(({ Name, SecretVersionsToStages }) => {
      const versions = Object.entries(SecretVersionsToStages);
      return [Name, versions.find(([, stages]) => stages.includes("AWSCURRENT"))?.[0]];
    }),
  );
}

const secretValue = async (SecretId: string): Promise<string> =>
  z.string().parse((await fixture.aws.standin.secrets.GetSecretValue({ SecretId })).SecretString);

/**
 * Members of the secrets' values (app/contract/secrets.ts) that hold a password or a key: of database and cache users, of
 * rotating values, of private keys (`d`, RFC 8037 section 2), of Twilio.
 */
const secretMembers = new Set(["password", "current", "previous", "value", "d", "authToken"]);

/** Every password and key in a value of JSON, by its place. */
const secretsIn = (value: unknown): string[] => {
  const members = Object.entries(Array.isArray(value) ? value : (anyObject.safeParse(value).data ?? {}));
  return members.flatMap(([name, inner]) =>
    typeof inner === "string" ? (secretMembers.has(name) ? [inner] : []) : secretsIn(inner),
  );
};

/** A member of the environment's configuration. */
const configured = (section: string, path: string): unknown =>
  at(JSON.parse(readProject(fixture.project.dir, stack).config[`bulwark:${section}`] ?? "{}"), path);

const up = (...more: string[]) => fixture.project.command("up", "--yes", "--skip-preview", ...more);

describe(`S14 the whole life of ${stack}, by the engine`, () => {
  it(
    "S1 S13 is previewed, and keeps the guardrails as a policy pack",
    () => fixture.project.command("preview", "--policy-pack", "infra/policies/pack"),
    patience,
  );

  it(
    "S1 is made without its API first, whose image has no repository yet",
    async () => {
      await up("--exclude", "**workload:Workload**", "--exclude-dependents");
      const { resources } = await fixture.project.state();
      const types = new Set(resources.map(({ type }) => type));
      expect([types.has("aws:ecr/repository:Repository"), types.has("bulwark:workload:Workload")]).toEqual([
        true,
        false,
      ]);
    },
    patience,
  );

  it("S1 is made, held against the guardrails", () => up("--policy-pack", "infra/policies/pack"), patience);

  it("S6 really has a value in every secret, and the application's opens the database", async () => {
    const versions = await versionsInUse();
    expect(versions.size).toBeGreaterThanOrEqual(8);
    expect([...versions].filter(([, version]) => version === undefined)).toEqual([]);
    // A person supplies these.
    expect(JSON.parse(await secretValue(`bulwark/${stack}/twilio`))).toBeNull();
    const login = databaseCredentials.parse(JSON.parse(await secretValue(`bulwark/${stack}/db-app`)));
    const connection = await mysql.createConnection({
      host: login.host,
      port: login.port,
      user: login.username,
      password: login.password,
      database: login.dbname,
      ssl: { ca: fixture.aws.ca },
    });
    await connection.query("SELECT 1");
    await connection.end();
  });

  it("S6 really keeps every password and key out of the state", async () => {
    const state = await fixture.project.command("stack", "export", "--show-secrets");
    const { SecretList } = await fixture.aws.standin.secrets.ListSecrets({});
    for (const { Name } of SecretList) {
      const found = secretsIn(JSON.parse(await secretValue(Name)));
      expect(found.length > 0, `${Name} holds a password or a key`).toBe(!Name.endsWith("/twilio"));
      for (const text of found) expect(state.includes(text), `a value of ${Name}`).toBe(false);
    }
  });

  it("S9 really serves with as many replicas as it is configured to", async () => {
    const replicas = configured("workload", "replicas");
    const status = at(await fixture.cluster.api.get(deploymentPath), "status");
    expect(status).toMatchObject({ availableReplicas: replicas, updatedReplicas: replicas });
  });

  it(
    "S1 has no drift",
    () => fixture.project.command("refresh", "--yes", "--skip-preview", "--expect-no-changes"),
    patience,
  );

  it("S1 is left as it is where nothing changes", () => up("--expect-no-changes"), patience);

  it(
    "R8 rotates every secret when the generation is raised",
    async () => {
      versionsBefore = await versionsInUse();
      await fixture.project.command("config", "set", "--path", "bulwark:rotation.generation", "2");
      await up();
    },
    patience,
  );

  it("R8 really has another version in use of every secret that rotates", async () => {
    const kept = [...(await versionsInUse())].filter(
      ([name, version]) => version === versionsBefore.get(name),
    );
    expect(kept.map(([name]) => name)).toEqual([`bulwark/${stack}/twilio`]);
  });

  it(
    "S9 rolls out another image",
    async () => {
      await fixture.project.command("config", "set", "--path", "bulwark:workload.imageDigest", released);
      await up();
    },
    patience,
  );

  it("S9 really runs it, after its own migrations", async () => {
    const image = at(await fixture.cluster.api.get(deploymentPath), "spec.template.spec.containers.0.image");
    expect(image).toMatch(new RegExp(`@${released}$`));
    const kind = { apiVersion: "batch/v1", kind: "Job" };
    const jobs = await fixture.cluster.api.list(`/apis/batch/v1/namespaces/${namespace}/jobs`, kind);
    const images = jobs.map((job) => at(job, "spec.template.spec.containers.0.image"));
    expect(images).toEqual([image]);
  });

  it(
    "S14 is torn down once its protections are lifted by the commands that the refusal names",
    async () => {
      let ended = await teardownOf(fixture);
      // What is deployed is looked at, too: the second refusal can name what only the state tells.
      for (let round = 1; ended.code === 2 && round <= 3; round += 1) {
        const fixes = fixesIn(ended.text);
        expect(fixes, ended.text).not.toEqual([]);
        for (const line of fixes) await fixture.project.typed(line);
        await up();
        ended = await teardownOf(fixture);
      }
      expect(ended.code, ended.text).toBe(0);
    },
    2 * patience,
  );

  it("S14 leaves no resource in the state", async () => {
    expect((await fixture.project.state()).resources).toEqual([]);
  });

  it("S14 really leaves nothing in AWS and Kubernetes but keys that wait for their deletion, and a last snapshot", async () => {
    const snapshot = configured("database", "finalSnapshot") === true ? [":snapshot:", ":og:"] : [];
    const stays = [":kms:", ...snapshot];
    const left = await fixture.questions.tagged(fixture.stack);
    expect(left.filter((arn) => !stays.some((part) => arn.includes(part)))).toEqual([]);
    expect((await versionsInUse()).size).toBe(0);
    await expect(fixture.cluster.api.get(`/api/v1/namespaces/${namespace}`)).rejects.toThrow(/not found/);
  });
});
