import { describe, expect, it } from "vitest";
import { parseEnvironment } from "../../../infra/config/load.ts";
import { rawOf, refusal, valuesOf } from "../support/configuration.ts";

describe("S1 what production must not be without", () => {
  const unsafe: [string, Record<string, unknown>, string][] = [
    [
      "a Kubernetes API open to the internet",
      { "bulwark:cluster.publicAccessCidrs": ["0.0.0.0/0"] },
      "bulwark:cluster.publicAccessCidrs[0]",
    ],
    [
      "the internet in two halves",
      { "bulwark:cluster.publicAccessCidrs": ["203.0.113.0/24", "128.0.0.0/1"] },
      "bulwark:cluster.publicAccessCidrs[1]",
    ],
    [
      "S8 the internet in ranges of which each is narrow",
      {
        "bulwark:cluster.publicAccessCidrs": ["203.0.113.0/24", "1.0.0.0/9", "1.128.0.0/9", "2.0.0.0/9"],
      },
      "bulwark:cluster.publicAccessCidrs[1]",
    ],
    [
      "two zones",
      {
        "bulwark:network.zones[2]": undefined,
        "bulwark:network.natGateways": 2,
        "bulwark:network.endpointZones": 2,
      },
      "bulwark:network.zones[2]",
    ],
    ["one NAT gateway", { "bulwark:network.natGateways": 1 }, "bulwark:network.natGateways"],
    ["a database in one zone", { "bulwark:database.multiAz": false }, "bulwark:database.multiAz"],
    ["a cache in one zone", { "bulwark:cache.multiAz": false }, "bulwark:cache.multiAz"],
    ["one replica", { "bulwark:workload.replicas": 1 }, "bulwark:workload.replicas"],
    [
      "no domain",
      { "bulwark:edge.domain": undefined, "bulwark:edge.hostedZoneId": undefined },
      "bulwark:edge.domain",
    ],
    ["nobody to be paged", { "bulwark:alarms.page": [] }, "bulwark:alarms.page[0]"],
    ["nobody for security", { "bulwark:alarms.security": undefined }, "bulwark:alarms.security[0]"],
    [
      "a database without deletion protection",
      { "bulwark:database.deletionProtection": false },
      "bulwark:database.deletionProtection",
    ],
    [
      "a cluster without deletion protection",
      { "bulwark:cluster.deletionProtection": false },
      "bulwark:cluster.deletionProtection",
    ],
    [
      "a load balancer without deletion protection",
      { "bulwark:edge.deletionProtection": false },
      "bulwark:edge.deletionProtection",
    ],
    [
      "34 days of recovery",
      { "bulwark:database.backupRetentionDays": 34 },
      "bulwark:database.backupRetentionDays",
    ],
    ["no final snapshot", { "bulwark:database.finalSnapshot": false }, "bulwark:database.finalSnapshot"],
    [
      "no snapshot of the cache",
      { "bulwark:cache.snapshotRetentionDays": 0 },
      "bulwark:cache.snapshotRetentionDays",
    ],
    ["an unlocked vault", { "bulwark:backup.vaultLock": false }, "bulwark:backup.vaultLock"],
    [
      "backups in one region only",
      { "bulwark:backup.copyToRegion": undefined },
      "bulwark:backup.copyToRegion",
    ],
    [
      "secrets that are gone at once",
      { "bulwark:secrets.recoveryWindowDays": 0 },
      "bulwark:secrets.recoveryWindowDays",
    ],
    [
      "a time to live",
      { "bulwark:schedule": { expires: "2027-01-01T00:00:00Z" } },
      "bulwark:schedule.expires",
    ],
  ];

  it.each(unsafe)("%s is refused", (_, changes, place) => {
    expect(refusal(valuesOf("production", changes), "production").problems[0]?.at).toBe(place);
  });

  it.each(unsafe)("%s is allowed at another tier", (_, changes) => {
    const values = valuesOf("production", { ...changes, "bulwark:tier": "staging" });
    expect(parseEnvironment(rawOf(values), "production").tier).toBe("staging");
  });

  it("S8 every range is named that makes the list the internet, and no other", () => {
    const placesOf = (...ranges: string[]) => {
      const values = valuesOf("production", { "bulwark:cluster.publicAccessCidrs": ranges });
      return refusal(values, "production").problems.map(({ at }) => at.replace(/^.*(?=\[)/, ""));
    };
    expect(placesOf("0.0.0.0/1", "203.0.113.0/24", "128.0.0.0/1")).toEqual(["[0]", "[2]"]);
    // The same addresses twice are no more of them.
    const twice = { "bulwark:cluster.publicAccessCidrs": ["3.0.0.0/8", "3.0.0.0/9", "3.0.0.0/8"] };
    expect(parseEnvironment(rawOf(valuesOf("production", twice)), "production").tier).toBe("production");
  });

  it("S14 off hours are refused, with the command that ends it", () => {
    const { schedule } = parseEnvironment(rawOf(valuesOf("staging")), "staging");
    const found = refusal(valuesOf("production", { "bulwark:schedule": schedule }), "production").problems;
    expect(found).toMatchObject([
      {
        at: "bulwark:schedule.onHours",
        problem: "given: production has no off hours, and lives until somebody decides otherwise",
        fix: "pulumi config rm --stack production --path schedule.onHours",
      },
    ]);
  });

  it("all of them at once are all named at once", () => {
    const values = { ...valuesOf("sandbox"), "bulwark:tier": "production" };
    const places = refusal(values, "production").problems.map(({ at }) => at);
    expect(places.length).toBeGreaterThanOrEqual(15);
    expect(new Set(places).size).toBe(places.length);
  });
});
