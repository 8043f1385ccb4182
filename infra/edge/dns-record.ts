import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface DnsRecordArgs {
  /** Host name of the API. */
  domain: string;
  /** Route 53 zone that the host name belongs to. */
  hostedZoneId: string;
  /** The load balancer. */
  target: {
    /** DNS name of the load balancer. */
    dnsName: pulumi.Input<string>;
    /** Its zone in Route 53. */
    zoneId: pulumi.Input<string>;
  };
  /** Whether the engine refuses to delete the record. */
  deletionProtection: boolean;
}

/** The API's host name: an alias of the load balancer, so that it follows the load balancer's addresses. */
export class DnsRecord extends pulumi.ComponentResource {
  readonly fqdn: pulumi.Output<string>;

  constructor(name: string, args: DnsRecordArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:edge:DnsRecord", name, {}, opts);
    const record = new aws.route53.Record(
      name,
      {
        zoneId: args.hostedZoneId,
        name: args.domain,
        type: "A",
        // One load balancer stands behind the name: there is nowhere else to send people while it is unwell.
        aliases: [{ name: args.target.dnsName, zoneId: args.target.zoneId, evaluateTargetHealth: false }],
      },
      // AWS deletes a record without asking: the engine asks.
      { parent: this, protect: args.deletionProtection },
    );
    this.fqdn = record.fqdn;
    this.registerOutputs({ fqdn: this.fqdn });
  }
}
