import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { cacheUser } from "../../app/contract/database-users.ts";
import { nobodyAccess } from "./access.ts";

export interface CacheUsersArgs {
  /** A group of Redis needs a user `default`, one of Valkey does not. */
  engine: "redis" | "valkey";
}

/**
 * AWS wants a password when a user is made, Pulumi keeps it in its state, and a user group of Valkey takes no user without
 * one. So the user is made switched off, and this opens nothing: the bootstrap gives the API's user its rights and its first
 * password in one change.
 */
const passwordOfNobody = "switched-off-until-the-bootstrap";

/** Who may log in to the cache: the API's user from the bootstrap on, and nobody else. */
export class CacheUsers extends pulumi.ComponentResource {
  /** Id of the API's user in ElastiCache: what its rotation modifies. */
  readonly userId: pulumi.Output<string>;
  readonly userArn: pulumi.Output<string>;
  readonly userGroupId: pulumi.Output<string>;

  constructor(name: string, { engine }: CacheUsersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:cache:CacheUsers", name, {}, opts);
    const application = this.#user(`${name}-app`, engine, cacheUser);
    // A group of Redis must have one of that name; a group of Valkey needs none, and lets nobody in by it.
    // https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html
    const others = engine === "redis" ? [this.#user(`${name}-default`, engine, "default")] : [];
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

  #user(name: string, engine: string, userName: string): aws.elasticache.User {
    return new aws.elasticache.User(
      name,
      {
        userId: name,
        userName,
        engine,
        accessString: nobodyAccess,
        authenticationMode: { type: "password", passwords: [passwordOfNobody] },
      },
      // Rights and passwords are the bootstrap's and the rotation's business.
      { parent: this, ignoreChanges: ["accessString", "authenticationMode"] },
    );
  }
}
