import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { repositoryRoot, temporaryFolder } from "../../scripts/local/servers/index.ts";
import { actIsHere, Repository, workflows } from "./act.ts";

const step = z.looseObject({ uses: z.string().optional(), run: z.string().optional() });
const job = z.looseObject({
  "timeout-minutes": z.number(),
  permissions: z.record(z.string(), z.string()),
  concurrency: z.object({ group: z.string(), "cancel-in-progress": z.literal(false) }).optional(),
  steps: z.array(step),
});
const workflow = z.looseObject({ permissions: z.strictObject({}), jobs: z.record(z.string(), job) });
const scripts = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8"))).scripts;

describe.each(workflows())("S15 workflow $name", ({ text }) => {
  const jobs = Object.values(workflow.parse(parse(text)).jobs);
  const steps = jobs.flatMap((one) => one.steps);

  it("S15 calls only npm scripts that there are, in steps of a line or two", () => {
    for (const { run = "" } of steps) {
      for (const [, name = ""] of run.matchAll(/npm run (?:--silent )?([\w:-]+)/g))
        expect(scripts).toHaveProperty(name);
      expect(run.trim().split("\n").length).toBeLessThanOrEqual(2);
      // What others write (titles, branches) comes as a variable, never as text of a command.
      expect(run).not.toContain("${{");
    }
  });

  it("S15 pins each action by its commit, with its version beside, and hands it no credentials to keep", () => {
    for (const [line] of text.matchAll(/uses:.*/g))
      expect(line).toMatch(/^uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    for (const { uses = "", with: inputs } of steps.filter(({ uses }) => uses?.includes("checkout@")))
      expect([uses, inputs]).toEqual([uses, expect.objectContaining({ "persist-credentials": false })]);
  });

  it("S15 changes a stack only while nothing else does, and never breaks that off", () => {
    for (const { concurrency, steps: own } of jobs) {
      const changed = own.map(({ run = "" }) => /(?:release|teardown) -- (\w+)/.exec(run)?.[1] ?? "");
      for (const stack of changed.filter((one) => one !== ""))
        expect(concurrency?.group).toBe(`stack-${stack}`);
    }
  });
});

describe.skipIf(!actIsHere)(
  "S15 the workflows as nektos/act runs them (skipped where it is not on PATH)",
  () => {
    const folder = temporaryFolder("workflows");
    afterAll(() => folder.remove());
    let repository: Repository;
    beforeAll(() => {
      repository = new Repository(folder.path);
    });
    const variables = {
      AWS_PREVIEW_ROLE: "preview",
      PULUMI_BACKEND_URL: "s3://state",
      IMAGE_REPOSITORY: "registry/api",
    };
    const pullRequest = (from: string) => ({
      pull_request: { number: 12, base: { sha: "abc" }, head: { repo: { full_name: from } } },
      repository: { full_name: "acme/bulwark" },
    });
    const comment = /^gh pr comment 12 --repo \S+ --edit-last --create-if-none --body-file comment\.md$/;

    it("S15 main: tests, image, a staging that is awake, its smoke test, and in production the plan that was shown", async () => {
      const { calls, succeeded } = await repository.run("deploy", { event: "push", variables });
      expect(succeeded).toBe(true);
      const counts = [".ci/run", "docker buildx build", "cosign", "npm run", "pulumi preview"];
      expect(calls.filter((call) => counts.some((start) => call.startsWith(start)))).toEqual([
        ".ci/run ",
        expect.stringContaining("--load --tag scanned"),
        expect.stringContaining("--sbom=true --provenance=mode=max"),
        "cosign sign --yes registry/api@sha256:abc",
        "npm run wake -- staging",
        "npm run release -- staging --image sha256:abc",
        expect.stringMatching(/^pulumi preview --stack production .*--save-plan plan\.json$/),
        expect.stringMatching(/^cosign copy @sha256:abc registry\/api:release-/),
        "npm run release -- production --image sha256:abc --plan plan.json",
      ]);
    });

    it.each([
      [".ci/run", "docker"],
      ["run wake -- staging", "run release"],
      ["run release -- staging", "--stack production"],
      ["preview --stack production", "release -- production"],
    ])("S15 main: after a failed %s nothing of %s is called", async (failing, later) => {
      const { calls, succeeded } = await repository.run("deploy", { event: "push", variables, failing });
      expect(succeeded).toBe(false);
      expect(calls.join("\n")).toContain(failing);
      expect(calls.join("\n")).not.toContain(later);
    });

    it("S15 a pull request: both plans against its base, one comment, and the engine's previews", async () => {
      const payload = pullRequest("acme/bulwark");
      const { calls, succeeded } = await repository.run("preview", {
        event: "pull_request",
        payload,
        variables,
      });
      expect(succeeded).toBe(true);
      for (const stack of ["staging", "production"]) {
        expect(calls).toContain(`npm run --silent preview -- ${stack} --against abc --format markdown`);
        expect(calls).toContain(`pulumi preview --stack ${stack} --diff --non-interactive`);
      }
      expect(calls.filter((call) => call.startsWith("gh"))).toEqual([expect.stringMatching(comment)]);
    });

    it("S15 a pull request from a fork: the plans, but no comment and no role", async () => {
      const payload = pullRequest("somebody/bulwark");
      const { calls, succeeded } = await repository.run("preview", {
        event: "pull_request",
        payload,
        variables,
      });
      expect(succeeded).toBe(true);
      expect(calls.filter((call) => call.includes("--against abc"))).toHaveLength(2);
      expect(calls.join("\n")).not.toMatch(/^(gh|pulumi) /m);
    });

    it("S15 a pull request that breaks a guardrail fails, and has its comment all the same", async () => {
      const payload = pullRequest("acme/bulwark");
      const failing = "preview -- staging";
      const { calls, succeeded } = await repository.run("preview", {
        event: "pull_request",
        payload,
        failing,
      });
      expect(succeeded).toBe(false);
      expect(calls).toContain("npm run --silent preview -- production --against abc --format markdown");
      expect(calls.at(-1)).toMatch(comment);
    });

    it("S15 every night: drift in both environments, one failing or not, and an expired staging's end", async () => {
      const failing = "drift -- staging";
      const night = await repository.run("drift", { event: "schedule", variables, failing });
      expect(night.succeeded).toBe(false);
      expect(night.calls).toEqual(expect.arrayContaining(["npm run drift -- production --issue"]));
      expect((await repository.run("expire", { event: "schedule", variables })).calls).toContain(
        "npm run teardown -- staging --if-expired --yes-delete staging",
      );
      expect((await repository.run("expire", { event: "schedule" })).calls).toEqual([]);
    });
  },
);
