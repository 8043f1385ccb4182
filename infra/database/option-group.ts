import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface OptionGroupArgs {
  /** Keep the group when the database goes: a snapshot that names it holds it, and needs it to be restored. */
  keep: boolean;
}

/** RDS's audit plugin: who connected, who changed the schema or the privileges. Rows and queries are the API's own trail. */
export class AuditOptions extends pulumi.ComponentResource {
  readonly optionGroupName: pulumi.Output<string>;

  constructor(name: string, args: OptionGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:database:AuditOptions", name, {}, opts);
    const group = new aws.rds.OptionGroup(
      name,
      {
        engineName: "mysql",
        majorEngineVersion: "8.4",
        optionGroupDescription: "Audit of connections and of changes to schema and privileges",
        options: [
          {
            optionName: "MARIADB_AUDIT_PLUGIN",
            optionSettings: [
              { name: "SERVER_AUDIT_EVENTS", value: "CONNECT,QUERY_DDL,QUERY_DCL" },
              // RDS's own agent, which asks every second. Its connections are recorded all the same, as everybody's are, and no
              // filter stands before CloudWatch: docs/cost.md says what that comes to.
              // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.MySQL.Options.AuditPlugin.html
              { name: "SERVER_AUDIT_EXCL_USERS", value: "rdsadmin" },
            ],
          },
        ],
        skipDestroy: args.keep,
      },
      { parent: this },
    );
    this.optionGroupName = group.name;
    this.registerOutputs({ optionGroupName: this.optionGroupName });
  }
}
