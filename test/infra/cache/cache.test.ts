import { describe, expect, it } from "vitest";
import { parameterFamily } from "../../../infra/cache/access.ts";
import { windowsOverlap } from "../../../infra/lib/windows.ts";
import { environments } from "../support/configuration.ts";
import { planOf } from "../support/plan.ts";
import { plansOfAll } from "../support/plans.ts";

const groupType = "aws:elasticache/replicationGroup:ReplicationGroup";
const userType = "aws:elasticache/user:User";
const plan = plansOfAll();

describe.each(environments)("S5 Redis of %s", (stack) => {
  it("is encrypted on the wire and on disk with the stack's key", () => {
    expect(plan(stack).one(groupType).inputs).toMatchObject({
      transitEncryptionEnabled: true,
      transitEncryptionMode: "required",
      atRestEncryptionEnabled: true,
      kmsKeyId: expect.stringMatching(
        new RegExp(`:key/${plan(stack).one("aws:kms/key:Key", "data-key").id}$`),
      ),
      autoMinorVersionUpgrade: true,
    });
  });

  it("knows the API's user and nobody else, not even one that is switched off", () => {
    const user = plan(stack).one(userType).inputs;
    expect(user).toMatchObject({ userName: "bulwark-app", userId: `bulwark-${stack}-cache-app` });
    expect(user.noPasswordRequired).toBeUndefined();
    const group = plan(stack).one("aws:elasticache/userGroup:UserGroup").inputs;
    expect(group.userIds).toEqual([user.userId]);
    expect(plan(stack).one(groupType).inputs.userGroupIds).toEqual([group.userGroupId]);
    expect(plan(stack).one(groupType).inputs.authToken).toBeUndefined();
  });

  it("S6 makes every user switched off: no password in the state opens anything, and the bootstrap switches it on", () => {
    for (const user of plan(stack).all(userType)) {
      expect(user.inputs.accessString).toBe("off ~* -@all");
      // What is no secret is not masked.
      expect(JSON.stringify(user.inputs.authenticationMode)).not.toContain("[secret]");
      expect(user.ignoreChanges).toEqual(["accessString", "authenticationMode"]);
    }
  });

  it("keeps its snapshots and its maintenance apart", () => {
    const { snapshotWindow, maintenanceWindow } = plan(stack).one(groupType).inputs;
    expect(windowsOverlap(String(snapshotWindow), String(maintenanceWindow))).toBe(false);
  });

  it("throws nothing out: the reminders' queue must not lose a job", () => {
    expect(plan(stack).one("aws:elasticache/parameterGroup:ParameterGroup").inputs.parameters).toContainEqual(
      {
        name: "maxmemory-policy",
        value: "noeviction",
      },
    );
  });

  it("delivers its slow log and its engine log into encrypted groups with an end", () => {
    expect(plan(stack).one(groupType).inputs.logDeliveryConfigurations).toEqual(
      ["slow-log", "engine-log"].map((logType) =>
        expect.objectContaining({ logType, destinationType: "cloudwatch-logs", logFormat: "json" }),
      ),
    );
    const groups = plan(stack).all("aws:cloudwatch/logGroup:LogGroup", "-cache-");
    expect(groups).toHaveLength(2);
    for (const { inputs } of groups) {
      expect(inputs.kmsKeyId).toMatch(/^arn:aws:kms:/);
      expect(inputs.retentionInDays).toBeGreaterThan(0);
    }
  });
});

describe("S5 what configuration decides", { timeout: 60_000 }, () => {
  it("production fails over to another zone and keeps snapshots for a week", () => {
    expect(plan("production").one(groupType).inputs).toMatchObject({
      numCacheClusters: 2,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      snapshotRetentionLimit: 7,
    });
    expect(plan("staging").one(groupType).inputs).toMatchObject({
      numCacheClusters: 1,
      automaticFailoverEnabled: false,
      multiAzEnabled: false,
    });
  });

  it("the engine is Valkey, or Redis by one value and its version", async () => {
    expect(plan("staging").one(groupType).inputs.engine).toBe("valkey");
    const redis = await planOf("staging", {
      "bulwark:cache.engine": "redis",
      "bulwark:cache.engineVersion": "7.1",
    });
    expect(redis.one(groupType).inputs.engine).toBe("redis");
    expect(redis.one("aws:elasticache/parameterGroup:ParameterGroup").inputs.family).toBe("redis7");
    for (const { inputs } of redis.all(userType)) expect(inputs.engine).toBe("redis");
  });

  it("Redis, which asks for a default user, has it switched off", async () => {
    const redis = await planOf("staging", {
      "bulwark:cache.engine": "redis",
      "bulwark:cache.engineVersion": "7.1",
    });
    const users = redis.all(userType).map(({ inputs }) => inputs);
    expect(users.map(({ userName }) => userName)).toEqual(["bulwark-app", "default"]);
    expect(users[1]).toMatchObject({ accessString: "off ~* -@all" });
    expect(users[1]?.noPasswordRequired).toBeUndefined();
    const group = redis.one("aws:elasticache/userGroup:UserGroup").inputs;
    expect(new Set([group.userIds].flat())).toEqual(new Set(users.map(({ userId }) => userId)));
  });

  it.each([
    ["valkey", "8.2", "valkey8"],
    ["valkey", "7.2", "valkey7"],
    ["redis", "7.1", "redis7"],
    ["redis", "6.2", "redis6.x"],
  ] as const)("parameters of %s %s are those of family %s", (engine, version, family) => {
    expect(parameterFamily(engine, version)).toBe(family);
  });
});
