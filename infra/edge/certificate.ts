import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { required } from "../lib/required.ts";

export interface CertificateArgs {
  /** Host name of the API. */
  domain: string;
  /** Route 53 zone that the host name belongs to. */
  hostedZoneId: string;
}

/** A certificate of ACM's, validated by a DNS record that stays: ACM renews it for as long as the record is there. */
export class Certificate extends pulumi.ComponentResource {
  /** Of the certificate once it is issued: a load balancer cannot use it before. */
  readonly certificateArn: pulumi.Output<string>;

  constructor(name: string, args: CertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:edge:Certificate", name, {}, opts);
    const certificate = new aws.acm.Certificate(
      name,
      { domainName: args.domain, validationMethod: "DNS", keyAlgorithm: "EC_prime256v1" },
      { parent: this },
    );
    // One name, so one record: how many there are does not depend on an answer of ACM's.
    const option = certificate.domainValidationOptions.apply(([first]) =>
      required(first, `${name}: the record that proves the domain`),
    );
    const record = new aws.route53.Record(
      `${name}-validation`,
      {
        zoneId: args.hostedZoneId,
        name: option.resourceRecordName,
        type: option.resourceRecordType,
        records: [option.resourceRecordValue],
        ttl: 300,
        // The record depends on account and name alone: a second certificate for the name has the same one.
        allowOverwrite: true,
      },
      { parent: this },
    );
    const issued = new aws.acm.CertificateValidation(
      name,
      { certificateArn: certificate.arn, validationRecordFqdns: [record.fqdn] },
      { parent: this },
    );
    this.certificateArn = issued.certificateArn;
    this.registerOutputs({ certificateArn: this.certificateArn });
  }
}
