import mysql from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { databaseCredentials } from "../../app/contract/secrets.ts";
import { apiName, namespace } from "../../infra/workload/names.ts";
import { at } from "../infra/support/plan.ts";
import { emulatorsDrift } from "./support/drift.ts";
import { type Place, startPlace } from "./support/place.ts";

/** Longest for one command of the engine over the whole stack, milliseconds. */
const patience = 30 * 60_000;
const deploymentPath = `/apis/apps/v1/namespaces/${namespace}/deployments/${apiName}`;
const released = `sha256:${"e".repeat(64)}`;
const anyObject = z.record(z.string(), z.unknown());

let place: Place;
/** Secret → id of the version in use. */
let versionsBefore: Map<string, string | undefined>;

beforeAll(async () => {
  place = await startPlace("staging", "api.staging.example.com");
}, patience);
afterAll(() => place?.stop(), patience);

/** The stack's own secrets (the master user's is RDS's), each with the id of the version in use. */
async function versionsInUse(): Promise<Map<string, string | undefined>> {
  const { SecretList } = await place.aws.standin.secrets.ListSecrets({});
  const own = SecretList.filter(({ OwningService }) => OwningService === undefined);
  return new Map(
    own.map(({ Name, SecretVersionsToStages }) => {
      const versions = Object.entries(SecretVersionsToStages);
      return [Name, versions.find(([, stages]) => stages.includes("AWSCURRENT"))?.[0]];
    }),
  );
}

const secretValue = async (SecretId: string): Promise<string> =>
  z.string().parse((await place.aws.standin.secrets.GetSecretValue({ SecretId })).SecretString);

/** Every text in a value of JSON that is long enough to be a password or a key. */
const longTexts = (value: unknown): string[] => {
  if (typeof value === "string") return value.length >= 16 ? [value] : [];
  const inner = Array.isArray(value) ? value : Object.values(anyObject.safeParse(value).data ?? {});
  return inner.flatMap(longTexts);
};

const up = (...more: string[]) => place.project.command("up", "--yes", "--skip-preview", ...more);

describe("S14 an environment's whole life, by the engine", () => {
  it("S1 is previewed", () => place.project.command("preview"), patience);

  it("S1 is made", () => up(), patience);

  it("S6 really has a value in every secret, and the application's opens the database", async () => {
    const versions = await versionsInUse();
    expect(versions.size).toBeGreaterThanOrEqual(8);
    expect([...versions].filter(([, version]) => version === undefined).map(([name]) => name)).toEqual([
      "bulwark/staging/twilio",
    ]);
    const login = databaseCredentials.parse(JSON.parse(await secretValue("bulwark/staging/db-app")));
    const connection = await mysql.createConnection({
      host: login.host,
      port: login.port,
      user: login.username,
      password: login.password,
      database: login.dbname,
      ssl: { ca: place.aws.ca },
    });
    await connection.query("SELECT 1");
    await connection.end();
  });

  it("S6 really keeps every secret's value out of the state", async () => {
    const state = await place.project.command("stack", "export", "--show-secrets");
    for (const [name, version] of await versionsInUse()) {
      const texts = version === undefined ? [] : longTexts(JSON.parse(await secretValue(name)));
      for (const text of texts.filter((one) => !/^(localhost|mysql)/.test(one)))
        expect(state.includes(text), `a value of ${name}`).toBe(false);
    }
  });

  it("S9 really serves with as many replicas as it is configured to", async () => {
    const status = at(await place.cluster.api.get(deploymentPath), "status");
    expect(status).toMatchObject({ availableReplicas: 2, updatedReplicas: 2 });
  });

  it(
    "S1 has no drift",
    async () => {
      const { resources } = await place.project.state();
      const excluded = resources.filter(({ type }) => emulatorsDrift.has(type)).map(({ urn }) => urn);
      const flags = excluded.flatMap((urn) => ["--exclude", urn]);
      await place.project.command("refresh", "--yes", "--skip-preview", "--expect-no-changes", ...flags);
    },
    patience,
  );

  it("S1 is left as it is where nothing changes", () => up("--expect-no-changes"), patience);

  it(
    "R8 rotates every secret when the generation is raised",
    async () => {
      versionsBefore = await versionsInUse();
      await place.project.command("config", "set", "--path", "bulwark:rotation.generation", "2");
      await up();
    },
    patience,
  );

  it("R8 really has another version in use of every secret that rotates", async () => {
    const kept = [...(await versionsInUse())].filter(
      ([name, version]) => version === versionsBefore.get(name),
    );
    expect(kept.map(([name]) => name)).toEqual(["bulwark/staging/twilio"]);
  });

  it(
    "S9 rolls out another image",
    async () => {
      await place.project.command("config", "set", "--path", "bulwark:workload.imageDigest", released);
      await up();
    },
    patience,
  );

  it("S9 really runs it, after its own migrations", async () => {
    const image = at(await place.cluster.api.get(deploymentPath), "spec.template.spec.containers.0.image");
    expect(image).toMatch(new RegExp(`@${released}$`));
    const kind = { apiVersion: "batch/v1", kind: "Job" };
    const jobs = await place.cluster.api.list(`/apis/batch/v1/namespaces/${namespace}/jobs`, kind);
    const images = jobs.map((job) => at(job, "spec.template.spec.containers.0.image"));
    expect(images).toEqual([image]);
  });

  it("S14 is destroyed", () => place.project.command("destroy", "--yes", "--skip-preview"), patience);

  it("S14 leaves no resource in the state", async () => {
    expect((await place.project.state()).resources).toEqual([]);
  });

  it("S14 really leaves nothing in AWS and Kubernetes but keys that wait for their deletion", async () => {
    const left = (await place.questions.tagged(place.stack)).filter((arn) => !arn.includes(":kms:"));
    expect(left).toEqual([]);
    expect((await versionsInUse()).size).toBe(0);
    await expect(place.cluster.api.get(`/api/v1/namespaces/${namespace}`)).rejects.toThrow(/not found/);
  });
});
