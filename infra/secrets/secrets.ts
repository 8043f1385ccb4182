import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { recordOf } from "../../app/contract/records.ts";
import { type SecretPurpose, secretName, secretOf, secretPurposes } from "../../app/contract/secrets.ts";
import type { Environment } from "../config/schema.ts";
import type { Account } from "../lib/account.ts";
import { dependingOn } from "../lib/dependencies.ts";
import { policyDocument } from "../lib/iam.ts";

export interface SecretsArgs {
  /** `bulwark:secrets` of the configuration. */
  settings: Environment["secrets"];
  /** Name of the environment: part of every secret's name. */
  environment: string;
  /** Where it is deployed to. */
  account: Account;
  /** KMS key of the secrets. */
  keyArn: pulumi.Input<string>;
}

/**
 * The environment's secrets, empty: their values are made by the bootstrap Lambda and never pass through Pulumi.
 * Only TLS, only this account, whatever IAM policies come to say.
 */
export class Secrets extends pulumi.ComponentResource {
  readonly arns: Record<SecretPurpose, pulumi.Output<string>>;

  constructor(name: string, args: SecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:secrets:Secrets", name, {}, opts);
    this.arns = recordOf(secretPurposes, (purpose) => this.#secret(`${name}-${purpose}`, purpose, args));
    this.registerOutputs({ arns: this.arns });
  }

  #secret(name: string, purpose: SecretPurpose, args: SecretsArgs): pulumi.Output<string> {
    const secret = new aws.secretsmanager.Secret(
      name,
      {
        name: secretName(args.environment, purpose),
        description: secretOf(purpose).description,
        kmsKeyId: args.keyArn,
        recoveryWindowInDays: args.settings.recoveryWindowDays,
      },
      { parent: this },
    );
    const policy = new aws.secretsmanager.SecretPolicy(
      name,
      { secretArn: secret.arn, blockPublicPolicy: true, policy: secretPolicy(secret.arn, args.account) },
      { parent: this },
    );
    // A value is put in only once the policy stands.
    return dependingOn(secret.arn, [policy]);
  }
}

const secretPolicy = (arn: pulumi.Output<string>, { accountId }: Account): pulumi.Output<string> =>
  policyDocument(
    {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "secretsmanager:*",
      Resource: arn,
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
    {
      Sid: "OwnAccountOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "secretsmanager:*",
      Resource: arn,
      Condition: {
        StringNotEquals: { "aws:PrincipalAccount": accountId },
        // Secrets Manager itself calls back during a rotation.
        BoolIfExists: { "aws:PrincipalIsAWSService": "false" },
      },
    },
  );
