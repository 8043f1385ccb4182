import { dailyWindowsOverlap, windowsOverlap } from "../../lib/windows.ts";
import { longestGapDays } from "../schedule.ts";
import { refusesPlainText } from "../statements.ts";
import type { Rule } from "../types.ts";
import { unless } from "../unless.ts";

const secret = ["aws:secretsmanager/secret:Secret"];
const instance = ["aws:rds/instance:Instance"];
const caches = ["aws:elasticache/replicationGroup:ReplicationGroup"];
const rotation = "aws:secretsmanager/secretRotation:SecretRotation";

/** Names of administrators that everybody tries first. */
const obviousNames = ["admin", "administrator", "root", "mysql", "rdsadmin", "postgres"];

/** Secrets, and how databases are signed in to. */
export const secretRules: readonly Rule[] = [
  {
    id: "secret-rotates",
    title: "Secrets change by themselves",
    severity: "medium",
    controls: ["SecretsManager.1", "CKV2_AWS_57"],
    types: secret,
    across: true,
    fix: "Add an aws.secretsmanager.SecretRotation.",
    check: (given, graph) => unless(graph.referringTo(given, rotation).length > 0, "never changes by itself"),
  },
  {
    id: "secret-rotates-in-90-days",
    title: "Secrets change within 90 days",
    severity: "medium",
    controls: ["SecretsManager.4", "CKV_AWS_304"],
    types: [rotation],
    fix: "Set secrets.rotationDays to 90 or less.",
    check: (given) => {
      const days = given.number("rotationRules.automaticallyAfterDays");
      const schedule = given.text("rotationRules.scheduleExpression");
      const longest = schedule === undefined ? days : longestGapDays(schedule);
      if (longest === undefined) return `has a schedule that is not understood here: ${schedule ?? "none"}`;
      return unless(longest <= 90, `changes its secret only every ${longest} days`);
    },
  },
  {
    id: "secret-rotates-outside-windows",
    title: "Secrets do not change while AWS restarts or backs up their server",
    severity: "medium",
    controls: [],
    types: [rotation],
    across: true,
    fix: "Choose an hour outside the windows of database and cache, as infra/lib/rotation-schedule.ts does.",
    check: (given, graph) => {
      const [, hour] = /^cron\(\d+ (\d+) /.exec(given.text("rotationRules.scheduleExpression") ?? "") ?? [];
      if (hour === undefined) return undefined;
      const own = `${hour.padStart(2, "0")}:00-${String((Number(hour) + 1) % 24).padStart(2, "0")}:00`;
      const met = graph
        .ofType(...instance, ...caches)
        .flatMap((server) => [
          ...["backupWindow", "snapshotWindow"]
            .map((window) => server.text(window))
            .filter((window) => window !== undefined && dailyWindowsOverlap(own, window)),
          ...[server.text("maintenanceWindow")].filter(
            (window) => window !== undefined && windowsOverlap(own, window),
          ),
        ]);
      return unless(met.length === 0, `changes its secret within ${met.join(", ")} (UTC)`);
    },
  },
  {
    id: "secret-guarded",
    title: "Secrets have a policy that refuses other accounts and requests without TLS",
    severity: "medium",
    controls: [],
    types: secret,
    across: true,
    fix: "Add an aws.secretsmanager.SecretPolicy with both denials.",
    check: (given, graph) => {
      const policies = graph.referringTo(given, "aws:secretsmanager/secretPolicy:SecretPolicy");
      const held = policies.some((policy) => {
        const statements = policy.statements("policy");
        return refusesPlainText(statements) && JSON.stringify(statements).includes("aws:PrincipalAccount");
      });
      return unless(held, "has no policy that refuses other accounts and requests without TLS");
    },
  },
  {
    id: "no-secret-in-state",
    title: "No secret's value passes through the stack's state",
    severity: "critical",
    controls: [],
    types: [
      "aws:secretsmanager/secretVersion:SecretVersion",
      "aws:ssm/parameter:Parameter",
      "kubernetes:core/v1:Secret",
      "aws:rds/instance:Instance",
      "aws:elasticache/replicationGroup:ReplicationGroup",
    ],
    fix: "Let the bootstrap function make the value; a database's master password is RDS's to manage.",
    check: (given) => {
      if (given.type === "aws:ssm/parameter:Parameter")
        return unless(
          given.text("type") !== "SecureString" || given.has("valueWo"),
          "puts its value into the state",
        );
      if (given.type.endsWith(":SecretVersion"))
        return unless(
          !given.has("secretString") && !given.has("secretBinary"),
          "puts its value into the state",
        );
      if (given.type.endsWith(":Secret"))
        return "is a Kubernetes Secret, whose value is in the state and in the cluster";
      return unless(!given.has("password") && !given.has("authToken"), "has a password in the state");
    },
  },
  {
    id: "rds-master-managed",
    title: "The database's master password is made and changed by RDS",
    severity: "high",
    controls: [],
    types: instance,
    fix: "Set manageMasterUserPassword: true and masterUserSecretKmsKeyId to the stack's secrets key.",
    check: (database) =>
      unless(
        database.isTrue("manageMasterUserPassword") && database.has("masterUserSecretKmsKeyId"),
        "has a master password that somebody has to look after",
      ),
  },
  {
    id: "rds-no-replica",
    title: "A database whose master password RDS manages has no read replica, which RDS refuses to make",
    severity: "high",
    controls: [],
    types: instance,
    fix: "Remove the instance that has replicateSourceDb: with a managed master password there is none (RDS User Guide, rds-secrets-manager, limitations).",
    check: (database) =>
      unless(!database.has("replicateSourceDb"), "is a read replica, which RDS refuses to make"),
  },
  {
    id: "rds-uncommon-master",
    title: "The database's master user has an uncommon name",
    severity: "low",
    controls: ["RDS.25"],
    types: instance,
    fix: "Set username to a name of its own (this replaces the instance).",
    check: (database) =>
      unless(
        !obviousNames.includes(database.text("username") ?? "admin"),
        "has a master user with a name that is tried first",
      ),
  },
  {
    id: "rds-uncommon-port",
    title: "Databases listen on an uncommon port",
    severity: "low",
    controls: ["RDS.23"],
    types: instance,
    fix: "Set port to something other than 3306.",
    check: (database) =>
      unless(![undefined, 3306].includes(database.number("port")), "listens on MySQL's own port"),
  },
  {
    id: "rds-iam",
    title: "Databases let people sign in by IAM, without a password",
    severity: "low",
    controls: ["RDS.10", "CKV_AWS_161"],
    types: instance,
    fix: "Set iamDatabaseAuthenticationEnabled: true.",
    check: (database) =>
      unless(database.isTrue("iamDatabaseAuthenticationEnabled"), "lets nobody sign in by IAM"),
  },
];

/** Images: what comes into the cluster. */
export const imageRules: readonly Rule[] = [
  {
    id: "images-scanned",
    title: "Images are scanned as they arrive",
    severity: "medium",
    controls: ["ECR.1", "CIS-EKS 5.1.1", "CKV_AWS_163"],
    types: ["aws:ecr/repository:Repository"],
    fix: "Set imageScanningConfiguration: { scanOnPush: true }.",
    check: (repository) =>
      unless(repository.isTrue("imageScanningConfiguration.scanOnPush"), "does not scan its images"),
  },
  {
    id: "images-immutable",
    title: "A tag of an image never moves",
    severity: "medium",
    controls: ["ECR.2", "CKV_AWS_51"],
    types: ["aws:ecr/repository:Repository"],
    fix: 'Set imageTagMutability: "IMMUTABLE".',
    check: (repository) => unless(repository.text("imageTagMutability") === "IMMUTABLE", "lets tags move"),
  },
  {
    id: "images-expire",
    title: "Old images are removed",
    severity: "low",
    controls: ["ECR.3"],
    types: ["aws:ecr/repository:Repository"],
    across: true,
    fix: "Add an aws.ecr.LifecyclePolicy.",
    check: (repository, graph) =>
      unless(
        graph.referringTo(repository, "aws:ecr/lifecyclePolicy:LifecyclePolicy").length > 0,
        "keeps every image for ever",
      ),
  },
  {
    id: "images-pulled-only",
    title: "Nodes may pull images, not push them",
    severity: "medium",
    controls: ["CIS-EKS 5.1.2", "CIS-EKS 5.1.3"],
    types: ["aws:iam/rolePolicyAttachment:RolePolicyAttachment"],
    fix: "Attach AmazonEC2ContainerRegistryPullOnly.",
    check: (attachment) =>
      unless(
        !/\/(AmazonEC2ContainerRegistry(FullAccess|PowerUser)|AmazonElasticContainerRegistryPublic\w+)$/.test(
          attachment.text("policyArn") ?? "",
        ),
        "lets its role push images",
      ),
  },
];
