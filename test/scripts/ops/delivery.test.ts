import { randomUUID } from "node:crypto";
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { rotatedPurposes, secretName } from "../../../app/contract/secrets.ts";
import { terminal } from "../../../scripts/cli/progress.ts";
import { repositoryRoot, temporaryFolder } from "../../../scripts/local/servers/index.ts";
import { drift } from "../../../scripts/ops/drift/drift.ts";
import { switchEnvironment } from "../../../scripts/ops/power/commands.ts";
import { releaseAccess } from "../../../scripts/ops/release/commands.ts";
import { release, rollback } from "../../../scripts/ops/release/release.ts";
import { smokeFaults } from "../../../scripts/ops/smoke/smoke.ts";
import { withStandin } from "../../support/index.ts";

const invoked: unknown[] = [];
let answer: () => unknown = () => ({});
const aws = await withStandin({
  invokeFunction: async (name, event) => {
    invoked.push([name, event]);
    return answer();
  },
});
const folder = temporaryFolder("delivery");
afterAll(() => folder.remove());

describe("S15 an environment is woken before a deployment, and put back to sleep", () => {
  const instance = () => {
    const [one] = aws.inventory.dbInstances;
    if (one === undefined) throw new Error("there is no database");
    return one;
  };
  const to = (what: "awake" | "asleep", environment = "staging") =>
    switchEnvironment(what, environment, {
      console: terminal(() => undefined),
      pollMs: 1,
      startMs: 60_000,
      stopped: new AbortController().signal,
      root: repositoryRoot,
      aws: aws.client,
    });
  beforeEach(() => {
    invoked.length = 0;
    answer = () => ({});
    aws.inventory.dbInstances = [{ name: "bulwark-staging-database", states: ["stopped"] }];
  });

  it("S15 wake starts the database, waits for it, and only then calls nodes and pods", async () => {
    answer = () => {
      expect(instance().states).toEqual(["available"]);
    };
    expect(await to("awake")).toBe(0);
    expect(invoked).toEqual([["bulwark-staging-schedule-power", { to: "awake" }]]);
    expect(await to("awake")).toBe(0);
  });

  it("S15 wake waits for a database that is just being stopped, and starts it then", async () => {
    instance().states = ["stopping", "stopping", "stopped"];
    expect(await to("awake")).toBe(0);
    expect(instance().states).toEqual(["available"]);
  });

  it("S15 sleep sends the pods away first, and says when the database cannot be stopped", async () => {
    instance().states = ["backing-up"];
    await expect(to("asleep")).rejects.toThrow(/is "backing-up" and cannot be stopped now/);
    instance().states = ["available"];
    answer = () => {
      expect(instance().states).toEqual(["available"]);
    };
    expect(await to("asleep")).toBe(0);
    expect(instance().states[0]).toBe("stopping");
  });

  it("S15 a function that fails is told with its own words and the runbook", async () => {
    answer = () => {
      throw new Error("cluster-refused");
    };
    await expect(to("awake")).rejects.toThrow(/cluster-refused[\s\S]*docs\/runbooks\/off-hours\.md/);
  });

  it("S15 an environment without off hours is left alone", async () => {
    expect(await to("awake", "production")).toBe(0);
    expect(invoked).toEqual([]);
  });
});

/** Puts a program on PATH that writes down how it is called. */
const program = (name: string, script: string) => {
  const file = join(folder.path, name);
  rmSync(`${file}.calls`, { force: true });
  writeFileSync(file, `#!/bin/sh\necho "$@" >> ${folder.path}/${name}.calls\n${script}\n`);
  chmodSync(file, 0o755);
};
const calls = (name: string) => readFileSync(join(folder.path, `${name}.calls`), "utf8");
const PATH = [folder.path, dirname("/bin/sh")].join(delimiter);

describe("S15 the nightly look for drift", () => {
  let said = "";
  const look = (issue = true) => {
    said = "";
    const out = (text: string) => {
      said += text;
    };
    return drift("staging", issue, { root: folder.path, env: { PATH }, out, colours: false });
  };
  const drifted = `[ "$1" = version ] && exit 0
    echo '~ multiAz: true => false'; echo 'error: no changes were expected for update but changes were proposed' >&2; exit 255`;

  it("S15 opens an issue the first time, and from then on writes into that one", async () => {
    program("pulumi", drifted);
    program(
      "gh",
      `case "$2" in list) echo '[{"number":6,"title":"Drift in staging-2"}]';; create) cat "$6" > ${folder.path}/body; echo https://example.com/7;; esac`,
    );
    expect(await look()).toBe(1);
    expect(said).toContain("Issue: https://example.com/7");
    expect(readFileSync(join(folder.path, "body"), "utf8")).toContain("~ multiAz: true => false");
    expect(calls("pulumi")).toContain("preview --stack staging --refresh --expect-no-changes");
    program("gh", `[ "$2" != list ] || echo '[{"number":7,"title":"Drift in staging"}]'`);
    expect(await look()).toBe(1);
    expect(calls("gh")).toMatch(/^issue edit 7 --body-file /m);
  });

  it("S15 closes the issue where nothing is different any more, and does not take a failure for drift", async () => {
    program("pulumi", "exit 0");
    program("gh", `[ "$2" != list ] || echo '[{"number":7,"title":"Drift in staging"}]'`);
    expect(await look()).toBe(0);
    expect(calls("gh")).toMatch(/^issue close 7 /m);
    program("pulumi", `[ "$1" = version ] && exit 0; echo 'error: no credentials'; exit 255`);
    await expect(look()).rejects.toThrow(/could not compare stack "staging"/);
  });
});

describe("S15 the smoke test through the public address", () => {
  type Answers = Record<string, (response: ServerResponse) => unknown>;
  const hsts = { "strict-transport-security": "max-age=63072000" };
  const problem = { "content-type": "application/problem+json" };
  const good: Answers = {
    "/health/ready": (response) => response.end(),
    "/health": (response) => response.writeHead(200, hsts).end(),
    "/v1/bookings": (response) => response.writeHead(401, problem).end("{}"),
    "/openapi.json": (response) => response.end("{}"),
  };
  const asked = async (answers: Answers, waitMs = 0): Promise<string[]> => {
    const server = createServer(({ url = "", headers }, response) => {
      const known = headers["user-agent"] === undefined ? undefined : answers[url];
      if (known) known(response);
      else response.writeHead(404).end();
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    try {
      const never = new AbortController().signal;
      const faults = await smokeFaults({ url, waitMs, pollMs: 1 }, never);
      return faults.map((fault) => fault.replace(url, ""));
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };

  it("S15 waits until the API is ready, and finds no fault in one that answers as it must", async () => {
    let questions = 0;
    const slow = (response: ServerResponse) => {
      questions += 1;
      response.writeHead(questions < 3 ? 503 : 200).end();
    };
    expect(await asked({ ...good, "/health/ready": slow }, 60_000)).toEqual([]);
  });

  it.each<[string, Answers, string]>([
    ["is not ready", { "/health/ready": (r) => r.writeHead(503).end() }, "/health/ready: 503 instead of 200"],
    ["shows bookings to anybody", { "/v1/bookings": (r) => r.end("[]") }, "200 instead of 401"],
    ["shows its figures", { "/metrics": (r) => r.end("up 1") }, "its figures are not public: /metrics: 200"],
    ["has lost its headers", { "/health": (r) => r.end() }, "/health: no Strict-Transport-Security"],
    [
      "breaks a connection off",
      { "/openapi.json": (r) => r.destroy() },
      "its description is served: /openapi.json: ",
    ],
  ])("S15 tells of an API that %s", async (_, answers, says) => {
    const faults = await asked({ ...good, ...answers });
    expect(faults).toEqual([expect.stringContaining(says)]);
  });
});

describe("S15 a release goes back by itself", () => {
  const [older, before, next] = ["a", "b", "c"].map((digit) => `sha256:${digit.repeat(64)}`);
  const now = new Date("2026-11-22T12:00:00Z");
  const said: string[] = [];
  let faults: Record<string, string[]> = {};
  /** The image of the last `pulumi config set`. */
  const chosen = () => readFileSync(join(folder.path, "image"), "utf8").trim();
  const access = () => ({
    ...releaseAccess("staging", {
      root: repositoryRoot,
      env: { PATH },
      out: () => undefined,
      colours: false,
      console: terminal((text) => said.push(text)),
      stopped: new AbortController().signal,
      now: () => now,
      pace: { waitMs: 0, pollMs: 1 },
      aws: aws.client,
    }),
    faults: async () => faults[chosen()] ?? [],
  });
  const update = (imageDigest: string | undefined, message = "", result = "succeeded") => ({
    ...{ kind: "update", result, message },
    config: { "bulwark:workload": { value: JSON.stringify({ imageDigest }) } },
  });
  const pulumi = (image: string | undefined, { failing = "nothing", history = [] as unknown[] } = {}) => {
    const type = "kubernetes:apps/v1:Deployment";
    const inputs = { image: `registry/api@${image}` };
    const resources = [{ urn: `urn:pulumi:staging::bulwark::${type}::api`, type, custom: true, inputs }];
    program(
      "pulumi",
      `case "$1 $2" in "stack export") echo '${JSON.stringify({ deployment: { resources } })}';; "stack history") echo '${JSON.stringify(history)}';;
      "config set") image="$7"; echo "$7" > ${folder.path}/image;; up*) [ "$(cat ${folder.path}/image)" != "${failing}" ];; esac`,
    );
  };
  const deployments = () =>
    calls("pulumi")
      .split("\n")
      .filter((call) => /^(config set|up)/.test(call))
      .map((call) => /sha256:\w+|--plan \S+|up/.exec(call.replace(/^up .*--plan/, "--plan"))?.[0]);
  beforeAll(async () => {
    for (const purpose of rotatedPurposes) {
      const value = { SecretString: "{}", ClientRequestToken: randomUUID() };
      await aws.secrets.CreateSecret({ Name: secretName("staging", purpose), ...value });
    }
  });
  beforeEach(() => {
    said.length = 0;
    faults = {};
    const restorable = new Date(now.getTime() - 5 * 60_000);
    aws.inventory.dbInstances = [{ name: "bulwark-staging-database", states: ["available"], restorable }];
  });

  it("S15 deploys the image, by the very plan that was shown, and says which way back there is", async () => {
    pulumi(before);
    expect(await release(access(), `${next}`, "/tmp/plan.json")).toBe(0);
    expect(deployments()).toEqual([next, "--plan /tmp/plan.json"]);
    expect(said.join("")).toContain("2026-11-22T11:55:00.000Z");
  });

  it.each(["its rollout", "its answers"])("S15 puts the image before back when %s fails", async (what) => {
    pulumi(before, what === "its rollout" ? { failing: `${next}` } : {});
    if (what === "its answers") faults = { [`${next}`]: ["the API lives: 500 instead of 200"] };
    await expect(release(access(), `${next}`)).rejects.toThrow(`The release failed, and ${before} is back`);
    expect(deployments()).toEqual([next, "up", before, "up"]);
    // Only the pods: the program's other changes have no plan that a person has seen.
    expect(calls("pulumi")).toMatch(new RegExp(`up .*--message gave up ${next} --target urn:\\S+::api\n`));
  });

  it("S15 says so when the way back fails, too, and when there is none", async () => {
    pulumi(before);
    faults = { [`${next}`]: ["down"], [`${before}`]: ["down"] };
    await expect(release(access(), `${next}`)).rejects.toThrow(
      /and so did the way back[\s\S]*npm run rollback -- staging/,
    );
    pulumi(next);
    await expect(release(access(), `${next}`)).rejects.toThrow(/no other image to go back to/);
    expect(deployments()).toEqual([next, "up"]);
  });

  it("S15 begins nothing while the database sleeps or has no backup, or a rotation is half-way: all told at once", async () => {
    pulumi(before);
    const [purpose = "jwt"] = rotatedPurposes;
    const half = { SecretId: secretName("staging", purpose), VersionStages: ["AWSPENDING"] };
    await aws.secrets.PutSecretValue({ ...half, SecretString: "{ }", ClientRequestToken: randomUUID() });
    aws.inventory.dbInstances = [{ name: "bulwark-staging-database", states: ["available"] }];
    const refused = release(access(), `${next}`);
    await expect(refused).rejects.toMatchObject({ exitCode: 2 });
    await expect(refused).rejects.toThrow(
      new RegExp(`has no backup yet[\\s\\S]*The rotation of ${purpose} is half-way`),
    );
    aws.inventory.dbInstances = [{ name: "bulwark-staging-database", states: ["stopped"] }];
    await expect(release(access(), `${next}`)).rejects.toThrow(/npm run wake -- staging/);
    expect(() => calls("pulumi")).toThrow(/ENOENT/);
  });

  it("S15 rollback takes the image before the present one, and none that was given up", async () => {
    pulumi(before, {
      history: [
        update(before, `gave up ${next}`),
        update(next),
        update(older, "", "failed"),
        update(before),
        update(older),
      ],
    });
    expect(await rollback(access())).toBe(0);
    expect(deployments()).toEqual([older, "up"]);
    pulumi(before, { history: [update(before)] });
    await expect(rollback(access())).rejects.toThrow(/no other image: nothing was changed/);
    expect(deployments()).toEqual([]);
  });
});
