import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface BudgetArgs {
  /** USD a month. */
  monthlyUsd: number;
  /** Value of `bulwark:environment` on everything that counts. */
  environment: string;
  /** Topic of those who look within the day: its policy and its key's must let budgets.amazonaws.com in. */
  notifyTopicArn: pulumi.Input<string>;
}

/** Tells when the month's bill is above the budget, and when AWS forecasts that it will be: docs/runbooks/cost.md. */
export class Budget extends pulumi.ComponentResource {
  constructor(name: string, args: BudgetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:Budget", name, {}, opts);
    new aws.budgets.Budget(
      name,
      {
        name,
        budgetType: "COST",
        limitAmount: String(args.monthlyUsd),
        limitUnit: "USD",
        timeUnit: "MONTHLY",
        costFilters: [{ name: "TagKeyValue", values: [`user:bulwark:environment$${args.environment}`] }],
        notifications: ["ACTUAL", "FORECASTED"].map((notificationType) => ({
          notificationType,
          comparisonOperator: "GREATER_THAN",
          threshold: 100,
          thresholdType: "PERCENTAGE",
          subscriberSnsTopicArns: [args.notifyTopicArn],
        })),
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
