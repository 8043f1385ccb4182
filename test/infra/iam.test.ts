import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
  type RotationStrategy,
  secretPurposes,
  secretsReadBy,
  secretsRotatedBy,
} from "../../app/contract/secrets.ts";
import { repositoryRoot } from "../../scripts/local/servers/index.ts";
import { iamPage, secretRights } from "../../scripts/plan/pages/iam/page.ts";
import { isOfFunction, type Role, rolesOf } from "../../scripts/plan/pages/iam/roles.ts";
import { wordsFor } from "../../scripts/plan/pages/iam/words.ts";
import { environments } from "./support/configuration.ts";
import { planning, planOf } from "./support/plan.ts";

beforeAll(async () => {
  for (const stack of environments) await planOf(stack);
}, planning);

/** The roles of an environment, and its statements in words. */
const rights = async (stack: (typeof environments)[number]) => {
  const { run } = await planOf(stack);
  return { roles: rolesOf(run), words: wordsFor(run) };
};

/** What a function may do besides what all of them may: statement, actions, resources, conditions. */
const key = (...secrets: string[]) =>
  `SecretsKey: kms:Decrypt, GenerateDataKey on key secrets-key, if kms:ViaService is secretsmanager.us-east-1.amazonaws.com; ` +
  `kms:EncryptionContext:SecretARN is ${secrets.join(" or ")}`;
const rotating =
  "Rotate: secretsmanager:DescribeSecret, GetSecretValue, PutSecretValue, UpdateSecretVersionStage on";
const cacheUser = "CacheUser: elasticache:DescribeUsers, ModifyUser on ElastiCache user cache-app";
const readMaster = "ReadMaster: secretsmanager:GetSecretValue on secret of the master user";
const all = secretPurposes.map((purpose) => `secret ${purpose}`);
const rotated = all.filter((secret) => secret !== "secret twilio").join(", ");
const secretsOf = (strategy: RotationStrategy) =>
  secretsRotatedBy(strategy).map((purpose) => `secret ${purpose}`);
const mysql = secretsOf("mysql-user");
const random = secretsOf("random-values");

const functions: Record<string, readonly string[]> = {
  "secrets-bootstrap": [
    `Fill: secretsmanager:GetSecretValue, PutSecretValue on ${all.join(", ")}`,
    readMaster,
    cacheUser,
    key(...all, "secret of the master user"),
  ],
  "secrets-rotate-mysql": [
    `${rotating} ${mysql.join(", ")}`,
    readMaster,
    key(...mysql, "secret of the master user"),
  ],
  "secrets-rotate-cache": [`${rotating} secret cache`, cacheUser, key("secret cache")],
  "secrets-rotate-jwt": [`${rotating} secret jwt`, key("secret jwt")],
  "secrets-rotate-random": [`${rotating} ${random.join(", ")}`, key(...random)],
  "secrets-rotate-all": [
    `StartRotation: secretsmanager:DescribeSecret, RotateSecret on ${rotated}`,
    "InvokeRotation: lambda:InvokeFunction on function secrets-rotate-mysql, function secrets-rotate-cache, function secrets-rotate-jwt, function secrets-rotate-random",
  ],
  "secrets-audit": [`Describe: secretsmanager:DescribeSecret on ${rotated}, secret of the master user`],
};

/** What every function may. Resources `everything`: EC2 and X-Ray know none for these actions. */
const everyFunction = (name: string) => {
  const interfaces = `ec2:${[
    ...["CreateNetworkInterface", "DescribeNetworkInterfaces", "DescribeSubnets", "DeleteNetworkInterface"],
    ...["AssignPrivateIpAddresses", "UnassignPrivateIpAddresses"],
  ].join(", ")}`;
  return [
    `Log: logs:CreateLogStream, PutLogEvents on streams of log group /aws/lambda/${name}`,
    `NetworkInterfaces: ${interfaces} on everything`,
    `NotFromCode: never ${interfaces} on everything, if lambda:SourceFunctionArn is function ${name}`,
    "Trace: xray:PutTraceSegments, PutTelemetryRecords on everything",
    "DeadLetters: sqs:SendMessage on queue secrets-dead-letters",
    `Environment: kms:Decrypt on key data-key, if kms:EncryptionContext:aws:lambda:FunctionArn is function ${name}`,
    "DeadLetterKey: kms:Decrypt, GenerateDataKey on key data-key, if kms:ViaService is sqs.us-east-1.amazonaws.com",
  ];
};

/** Statements that may name everything, by role and name, and why. */
const wide: Record<string, string> = {
  NetworkInterfaces: "EC2 knows no resource for these actions; the function's own code is denied them",
  Trace: "X-Ray knows no resource",
  "backup-restore-watch Look": "AWS Backup lists jobs for no resource",
  "cluster-control-plane Compute": "what is to be made has no ARN yet; tied to the cluster by tags",
  "cluster-control-plane Storage": "what is to be made has no ARN yet; tied to the cluster by tags",
  "cluster-control-plane Networking": "what is to be made has no ARN yet; tied to the cluster by tags",
  "cluster-control-plane LoadBalancer": "what is to be made has no ARN yet; tied to the cluster by tags",
};

const sentences = ({ statements }: Role, words: ReturnType<typeof wordsFor>): string[] =>
  statements.map((statement) => {
    const { sid, actions, resources, conditions } = words(statement);
    return `${sid}: ${actions} on ${resources}${conditions === "" ? "" : `, if ${conditions}`}`;
  });

describe.each(environments)("S7 least privilege in %s", (stack) => {
  it.each(Object.entries(functions))("S7 the function %s may do this and nothing else", async (name, own) => {
    const { roles, words } = await rights(stack);
    const role = roles.find((each) => each.name === name);
    expect(role && sentences(role, words)).toEqual([...everyFunction(name), ...own]);
    expect(role?.managed).toEqual([]);
  });

  it("S7 every function that has any right on a secret is in the table above", async () => {
    const { roles, words } = await rights(stack);
    const touching = roles.filter((role) => isOfFunction(role) && secretRights([role], words).size > 0);
    expect(touching.map(({ name }) => name).toSorted()).toEqual(Object.keys(functions).toSorted());
  });

  it("S6 S7 a value is fetched by those who need it: the API, the worker, the migrations, and each secret's own functions", async () => {
    const { roles, words } = await rights(stack);
    const fetching = [...secretRights(roles, words)].flatMap(([role, ofRole]) =>
      [...ofRole]
        .filter(([, actions]) => actions.includes("secretsmanager:GetSecretValue"))
        .map(([secret]) => `${secret} by ${role}`),
    );
    const expected = [
      ...all.map((secret) => `${secret} by secrets-bootstrap`),
      ...mysql.map((secret) => `${secret} by secrets-rotate-mysql`),
      "secret cache by secrets-rotate-cache",
      "secret jwt by secrets-rotate-jwt",
      ...random.map((secret) => `${secret} by secrets-rotate-random`),
      ...["secrets-bootstrap", "secrets-rotate-mysql"].map((role) => `secret of the master user by ${role}`),
      ...secretsReadBy("api").map((purpose) => `secret ${purpose} by workload-api-identity`),
      ...secretsReadBy("worker").map((purpose) => `secret ${purpose} by workload-worker-identity`),
      ...secretsReadBy("migrations").map((purpose) => `secret ${purpose} by workload-migrate-identity`),
    ];
    expect(fetching.toSorted()).toEqual(expected.toSorted());
  });

  it("S6 S7 the secrets' key opens, through Secrets Manager, the very secrets that a role may fetch", async () => {
    const { roles, words } = await rights(stack);
    const reach = secretRights(roles, words);
    let opened = 0;
    for (const role of roles) {
      for (const statement of role.statements) {
        const { actions, resources, conditions } = words(statement);
        if (!resources.includes("key secrets-key")) continue;
        opened += 1;
        const fetched = [...(reach.get(role.name) ?? [])].filter(([, each]) =>
          each.includes("secretsmanager:GetSecretValue"),
        );
        expect(actions).toMatch(/^kms:Decrypt(, GenerateDataKey)?$/);
        expect(conditions).toBe(
          `kms:ViaService is secretsmanager.us-east-1.amazonaws.com; kms:EncryptionContext:SecretARN is ${fetched.map(([secret]) => secret).join(" or ")}`,
        );
      }
    }
    expect(opened).toBe(8);
  });

  it("S7 no statement allows wildcards, but those that AWS leaves no choice about", async () => {
    const { roles } = await rights(stack);
    for (const { name, statements } of roles) {
      for (const {
        Sid,
        Effect,
        Action = [],
        NotAction,
        NotResource,
        Resource = [],
        Condition,
      } of statements) {
        if (Effect !== "Allow") continue;
        expect([name, Sid, NotAction, NotResource]).toEqual([name, Sid, undefined, undefined]);
        expect(Action.filter((action) => action.includes("*"))).toEqual([]);
        // The streams of a log group are named by `<group>:*`; before that there may be none.
        const open = Resource.filter((arn) => /\*/.test(arn.replace(/^(arn:aws:logs:.+):\*$/, "$1")));
        if (open.length === 0) continue;
        const reason = wide[Sid ?? ""] ?? wide[`${name} ${Sid}`];
        expect(reason, `${name}: ${Sid} allows ${open.join(", ")}`).toBeDefined();
        if (reason?.includes("tags")) expect(JSON.stringify(Condition)).toContain("aws:RequestTag/");
      }
    }
  });

  it("S7 nobody may delete a secret, change its policy, or give itself rights", async () => {
    const { roles } = await rights(stack);
    const allowed = roles.flatMap(({ statements }) => statements.flatMap(({ Action = [] }) => Action));
    expect(
      allowed.filter((action) =>
        /^(iam|sts|organizations):|^secretsmanager:(Delete|PutResourcePolicy|Restore|CancelRotate)|^kms:(Put|Schedule|Disable|CreateGrant)/.test(
          action,
        ),
      ),
    ).toEqual([]);
  });
});

describe("S7 docs/iam.md", () => {
  it("shows the roles of production as they stand (npm run pages writes it anew)", async () => {
    const page = iamPage((await planOf("production")).run);
    expect(readFileSync(join(repositoryRoot, "docs/iam.md"), "utf8")).toBe(page);
  });
});
