import * as pulumi from "@pulumi/pulumi";

/** What the alarms of an environment stand below in the tree of its resources, whichever component they belong to. */
export class Alarms extends pulumi.ComponentResource {
  constructor(name: string, args: Record<string, never>, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:Alarms", name, args, opts);
    this.registerOutputs();
  }
}
