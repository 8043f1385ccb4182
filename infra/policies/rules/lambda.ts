import type { Rule } from "../types.ts";
import { unless } from "../unless.ts";

const lambda = ["aws:lambda/function:Function"];
const schedules = ["aws:scheduler/schedule:Schedule", "aws:cloudwatch/eventTarget:EventTarget"];

/** Runtimes with their last day of support: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html */
const runtimes: Record<string, string> = { "nodejs24.x": "2028-04-30", "nodejs22.x": "2027-04-30" };

/** What looks like a key or password itself rather than its name. */
const looksSecret = /(AKIA|ASIA)[A-Z0-9]{16}|-----BEGIN|:\/\/[^/:@\s]+:[^/:@\s]+@/;
const namedSecret = /(PASSWORD|PASSWD|TOKEN|SECRET|PRIVATE_KEY|API_KEY)$/i;

/** Functions: the rotation and bootstrap Lambdas. */
export const lambdaRules: readonly Rule[] = [
  {
    id: "lambda-runtime-supported",
    title: "Functions run on a runtime that AWS still patches",
    severity: "medium",
    controls: ["Lambda.2", "CKV_AWS_363"],
    types: lambda,
    fix: "Set runtime to nodejs24.x.",
    check: (given, { today }) => {
      const runtime = given.text("runtime") ?? "none";
      const end = runtimes[runtime];
      if (end === undefined) return `has the runtime ${runtime}, which is not among those known here`;
      return unless(today <= end, `has the runtime ${runtime}, which AWS stopped patching on ${end}`);
    },
  },
  {
    id: "lambda-in-network",
    title: "Functions are in the VPC, in at least two zones",
    severity: "medium",
    controls: ["Lambda.5", "CKV_AWS_117"],
    types: lambda,
    fix: "Set vpcConfig to the isolated subnets of all zones.",
    check: (given) =>
      unless(given.list("vpcConfig.subnetIds").length >= 2, "stands in fewer than two zones of the VPC"),
  },
  {
    id: "lambda-kept-warm",
    title: "A schedule calls functions in a VPC, which lose their network interfaces after idle weeks",
    severity: "low",
    controls: [],
    types: lambda,
    across: true,
    fix: "Add the function to those of KeepWarm (infra/secrets/keep-warm.ts).",
    check: (given, graph) =>
      unless(
        !given.has("vpcConfig") || graph.referringTo(given, ...schedules).length > 0,
        "is called by no schedule, so a call after weeks of rest fails",
      ),
  },
  {
    id: "lambda-bounded",
    title: "Functions have a bound on how many run at a time",
    severity: "low",
    controls: ["CKV_AWS_115"],
    types: lambda,
    fix: "Set reservedConcurrentExecutions.",
    check: (given) =>
      unless(
        (given.number("reservedConcurrentExecutions") ?? -1) >= 0,
        "may take all of the account's concurrency",
      ),
  },
  {
    id: "lambda-dead-letters",
    title: "Failed function calls are kept",
    severity: "medium",
    controls: ["CKV_AWS_116"],
    types: lambda,
    fix: "Set deadLetterConfig.targetArn to the dead-letter queue.",
    check: (given) => unless(given.has("deadLetterConfig.targetArn"), "loses what it could not do"),
  },
  {
    id: "lambda-traced",
    title: "Functions are traced",
    severity: "low",
    controls: ["CKV_AWS_50"],
    types: lambda,
    fix: 'Set tracingConfig: { mode: "Active" }.',
    check: (given) => unless(given.text("tracingConfig.mode") === "Active", "is not traced"),
  },
  {
    id: "lambda-signed",
    title: "Functions run signed code only",
    severity: "low",
    controls: ["CKV_AWS_272"],
    types: lambda,
    fix: "Set codeSigningConfigArn, and sign the bundles with AWS Signer.",
    check: (given) => unless(given.has("codeSigningConfigArn"), "runs unsigned code"),
  },
  {
    id: "lambda-no-secret-variables",
    title: "Functions have the names of secrets in their variables, never secrets",
    severity: "critical",
    controls: ["CKV_AWS_45"],
    types: lambda,
    fix: "Pass the secret's ARN, and read it in the function.",
    check: (given) => {
      const found = Object.entries(given.map("environment.variables"))
        .filter(
          ([name, value]) =>
            looksSecret.test(String(value)) || value === "[secret]" || namedSecret.test(name),
        )
        .map(([name]) => name);
      return unless(found.length === 0, `has secrets in its variables: ${found.join(", ")}`);
    },
  },
];
