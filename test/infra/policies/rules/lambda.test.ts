import { lambdaRules } from "../../../../infra/policies/rules/lambda.ts";
import { proveRules } from "./support.ts";

const variables = (given: Record<string, string>) => ({ environment: { variables: given } });

proveRules("functions", lambdaRules, {
  "lambda-runtime-supported": { passes: [{ runtime: "nodejs24.x" }], fails: [{}, { runtime: "nodejs18.x" }] },
  "lambda-in-network": {
    passes: [{ vpcConfig: { subnetIds: ["a", "b"] } }],
    fails: [{}, { vpcConfig: { subnetIds: ["a"] } }],
  },
  "lambda-kept-warm": {
    passes: [
      { inputs: {} },
      { inputs: { vpcConfig: {} }, beside: [{ type: "aws:scheduler/schedule:Schedule" }] },
    ],
    fails: [{ vpcConfig: {} }],
  },
  "lambda-bounded": {
    passes: [{ reservedConcurrentExecutions: 1 }],
    fails: [{}, { reservedConcurrentExecutions: -1 }],
  },
  "lambda-dead-letters": { passes: [{ deadLetterConfig: { targetArn: "[unknown]" } }], fails: [{}] },
  "lambda-traced": {
    passes: [{ tracingConfig: { mode: "Active" } }],
    fails: [{}, { tracingConfig: { mode: "PassThrough" } }],
  },
  "lambda-signed": { passes: [{ codeSigningConfigArn: "arn" }], fails: [{}] },
  "lambda-no-secret-variables": {
    passes: [
      {},
      variables({ DB_SECRET_ARN: "arn:aws:secretsmanager:us-east-1:123456789012:secret:a", DB_HOST: "db" }),
    ],
    fails: [
      variables({ DB_PASSWORD: "hunter2" }),
      variables({ URL: "mysql://root:hunter2@db" }),
      variables({ ID: `AKIA${"A".repeat(16)}` }),
      variables({ VALUE: "[secret]" }),
    ],
  },
});
