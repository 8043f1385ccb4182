import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { cacheUser } from "../../app/contract/database-users.ts";
import { applicationAccess, nobodyAccess } from "./access.ts";

export interface CacheUsersArgs {
  /** A group of Redis needs a user `default`, one of Valkey does not. */
  engine: "redis" | "valkey";
}

/**
 * Who may log in to the cache: the API's user, and nobody else. AWS wants a password when a user is made; the bootstrap
 * Lambda replaces it within the same deployment, so the one in Pulumi's state opens nothing.
 */
export class CacheUsers extends pulumi.ComponentResource {
  /** Id of the API's user in ElastiCache: what its rotation modifies. */
  readonly userId: pulumi.Output<string>;
  readonly userArn: pulumi.Output<string>;
  readonly userGroupId: pulumi.Output<string>;

  constructor(name: string, { engine }: CacheUsersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:cache:CacheUsers", name, {}, opts);
    const application = this.#user(`${name}-app`, engine, cacheUser, applicationAccess);
    // A group of Redis must have one of that name; a group of Valkey needs none, and lets nobody in by it.
    // https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html
    const others = engine === "redis" ? [this.#user(`${name}-default`, engine, "default", nobodyAccess)] : [];
    const group = new aws.elasticache.UserGroup(
      name,
      { userGroupId: name, engine, userIds: [...others, application].map(({ userId }) => userId) },
      { parent: this },
    );
    this.userId = application.userId;
    this.userArn = application.arn;
    this.userGroupId = group.userGroupId;
    this.registerOutputs({ userId: this.userId, userArn: this.userArn, userGroupId: this.userGroupId });
  }

  #user(name: string, engine: string, userName: string, accessString: string): aws.elasticache.User {
    const first = new random.RandomPassword(name, { length: 64, special: false }, { parent: this });
    return new aws.elasticache.User(
      name,
      {
        userId: name,
        userName,
        engine,
        accessString,
        authenticationMode: { type: "password", passwords: [first.result] },
      },
      // From the bootstrap on, passwords are the rotation's business.
      { parent: this, ignoreChanges: ["authenticationMode"] },
    );
  }
}
