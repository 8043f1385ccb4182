import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type SecretPurpose, secretName } from "../../app/contract/secrets.ts";
import type { Environment } from "../config/schema.ts";
import type { Account } from "../lib/account.ts";
import { policyDocument } from "../lib/iam.ts";

export interface SecretsArgs {
  settings: Environment["secrets"];
  /** Name of the environment: part of every secret's name. */
  environment: string;
  account: Account;
  keyArn: pulumi.Input<string>;
}

const descriptions: Record<SecretPurpose, string> = {
  "db-app": "MySQL user of the API",
  "db-migrator": "MySQL user of the migrations",
  "db-monitor": "MySQL user that reads performance figures",
  cache: "Redis user of the API",
  jwt: "Keys that sign access tokens",
  "app-keys": "Keys of cookies, CSRF tokens and password pepper",
  twilio: "Twilio credentials, put in by a person; SMS is off while empty",
  webhooks: "Key that signs webhooks",
};

/** Builds a record with a value for each purpose. */
export const perPurpose = <T>(value: (purpose: SecretPurpose) => T): Record<SecretPurpose, T> => ({
  "db-app": value("db-app"),
  "db-migrator": value("db-migrator"),
  "db-monitor": value("db-monitor"),
  cache: value("cache"),
  jwt: value("jwt"),
  "app-keys": value("app-keys"),
  twilio: value("twilio"),
  webhooks: value("webhooks"),
});

/**
 * The environment's secrets, empty: their values are made by the bootstrap Lambda and never pass through Pulumi.
 * Only TLS, only this account, whatever IAM policies come to say.
 */
export class Secrets extends pulumi.ComponentResource {
  readonly arns: Record<SecretPurpose, pulumi.Output<string>>;

  constructor(name: string, args: SecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:secrets:Secrets", name, {}, opts);
    this.arns = perPurpose((purpose) => this.#secret(`${name}-${purpose}`, purpose, args));
    this.registerOutputs();
  }

  #secret(name: string, purpose: SecretPurpose, args: SecretsArgs): pulumi.Output<string> {
    const secret = new aws.secretsmanager.Secret(
      name,
      {
        name: secretName(args.environment, purpose),
        description: descriptions[purpose],
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
    return pulumi.all([secret.arn, policy.id]).apply(([arn]) => arn);
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
