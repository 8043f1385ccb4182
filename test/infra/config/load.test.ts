import { RunError } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../infra/config/errors.ts";
import { parseEnvironment } from "../../../infra/config/load.ts";
import { environments, rawOf, refusal, valuesOf } from "../support/configuration.ts";

/** The problems of a changed environment, as `place: what is wrong`. */
const problems = (stack: string, changes: Record<string, unknown>): string[] =>
  refusal(valuesOf(stack, changes), stack).problems.map(({ at, problem }) => `${at} is ${problem}`);

describe("S1 configuration of the three environments", () => {
  it.each(environments)("%s is accepted", (stack) => {
    const environment = parseEnvironment(rawOf(valuesOf(stack)), stack);
    expect(environment.name).toBe(stack);
    expect(environment.tier).toBe(stack);
    expect(environment.region).toBe("us-east-1");
  });

  it("fills in the figures of the requirements where nothing is said", () => {
    const { secrets, workload, database, rotation } = parseEnvironment(
      rawOf(valuesOf("production")),
      "production",
    );
    expect(secrets.rotationDays).toBe(90);
    expect(rotation.generation).toBe(1);
    expect(database.binlogRetentionHours).toBe(7 * 24);
    expect(workload).toMatchObject({
      cpuRequest: "100m",
      memoryRequest: "128Mi",
      cpuLimit: "500m",
      memoryLimit: "512Mi",
    });
  });

  it("takes an existing cluster's kubeconfig from the Kubernetes provider's own key", () => {
    const raw = { ...rawOf(valuesOf("sandbox")), "kubernetes:kubeconfig": "apiVersion: v1" };
    expect(parseEnvironment(raw, "sandbox").kubeconfig).toBe("apiVersion: v1");
    expect(parseEnvironment(rawOf(valuesOf("sandbox")), "sandbox").kubeconfig).toBeUndefined();
  });

  it("takes numbers and booleans as the CLI stores them where text is meant", () => {
    const changes = { "bulwark:workload.env.RATE_LIMIT_MAX": 250, "bulwark:tags.cost-centre": 4711 };
    const environment = parseEnvironment(rawOf(valuesOf("staging", changes)), "staging");
    expect(environment.workload.env.RATE_LIMIT_MAX).toBe("250");
    expect(environment.tags["cost-centre"]).toBe("4711");
  });
});

describe("S1 a configuration that is refused", () => {
  it("names every problem at once, with the place, the reason and the command", () => {
    const error = refusal(
      valuesOf("production", {
        "bulwark:network.natGateways": "three",
        "bulwark:network.natGateway": 3,
        "bulwark:cache.engineVersion": 8.2,
        "bulwark:backup": undefined,
        "aws:region": "frankfurt",
      }),
      "production",
    );
    expect(error.message.split("\n")).toEqual([
      'The configuration of "production" has 6 problems; nothing was changed.',
      "",
      '  1. aws:region is "frankfurt", which is no AWS region that @pulumi/aws knows',
      "     pulumi config set --stack production --path aws:region us-east-1",
      '  2. bulwark:network.natGateways is "three" but must be a number',
      "     pulumi config set --stack production --path network.natGateways 3",
      '  3. bulwark:network.natGateway is not a key of this program; did you mean "natGateways"?',
      "     pulumi config rm --stack production --path network.natGateway",
      "  4. bulwark:cache.engineVersion is 8.2 but must be text: put it in quotes",
      "     pulumi config set --stack production --path cache.engineVersion 8.2",
      "  5. bulwark:backup.vaultLock is missing and has no default",
      "     pulumi config set --stack production --path backup.vaultLock true",
      "  6. bulwark:backup.copyToRegion is missing: production's backups must outlive the region, us-east-1",
      "     pulumi config set --stack production --path backup.copyToRegion us-west-2",
    ]);
  });

  it("tells what is unsafe together with what is no value at all, and ends both in one round", () => {
    const changes = {
      "bulwark:network.zones": ["use1-az1"],
      "bulwark:network.natGateways": 3,
      "bulwark:database.sizeGb": 5,
      "bulwark:database.deletionProtection": false,
    };
    const { problems } = refusal(valuesOf("production", changes), "production");
    expect(problems.map(({ at, fix }) => [at, fix.split(" ").at(-1)])).toEqual([
      ["bulwark:network.zones[1]", "use1-az2"],
      ["bulwark:database.sizeGb", "database.sizeGb"],
      ["bulwark:network.zones[2]", "use1-az4"],
      ["bulwark:database.deletionProtection", "true"],
    ]);
  });

  it("proposes the class that was meant", () => {
    const { message } = refusal(
      valuesOf("staging", { "bulwark:database.instanceClass": "db.t4g.mediun" }),
      "staging",
    );
    expect(message).toContain(
      "bulwark:database.instanceClass is db.t4g.mediun, which AWS does not offer for MySQL 8.4; did you mean db.t4g.medium?",
    );
    expect(message).toContain(
      "pulumi config set --stack staging --path database.instanceClass db.t4g.medium",
    );
  });

  it("tells everything that would lose data, all at once", () => {
    const changes = {
      "bulwark:database.deletionProtection": false,
      "bulwark:database.finalSnapshot": false,
      "bulwark:database.backupRetentionDays": 3,
      "bulwark:database.instanceClass": "db.r7g.huge",
      "bulwark:database.storageGb": 10,
      "bulwark:network.zones[2]": undefined,
      "bulwark:cache.snapshotRetentionDays": 0,
      "bulwark:backup.vaultLock": false,
    };
    expect(problems("production", changes).map((problem) => problem.split(" ")[0])).toEqual(
      expect.arrayContaining(Object.keys(changes)),
    );
  });

  it("is an error that the Pulumi engine shows without a stack trace", () => {
    const error = refusal({}, "staging");
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(RunError.isInstance(error)).toBe(true);
  });

  it("a stack whose name would not fit into AWS's names", () => {
    const { problems: found } = refusal(valuesOf("staging"), "Feature_Branch-with-a-long-name");
    expect(found.map(({ at }) => at)).toEqual(["stack"]);
  });
});
