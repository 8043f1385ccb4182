import * as z from "zod";
import { AwsError } from "../errors.ts";
import { operation } from "../operation.ts";
import type { Context } from "../state.ts";
import type { Inventory } from "./inventory.ts";

/** CloudWatch Logs: log groups, by prefix. */
export const logs = (inventory: Inventory, { region, accountId }: Context) => {
  const DescribeLogGroups = operation(
    z.object({
      logGroupNamePrefix: z.string().optional(),
      limit: z.number().optional(),
      nextToken: z.string().optional(),
    }),
    ({ logGroupNamePrefix = "" }) => ({
      logGroups: inventory.logGroups
        .filter(({ name }) => name.startsWith(logGroupNamePrefix))
        .map(({ name, storedBytes }) => ({
          logGroupName: name,
          arn: `arn:aws:logs:${region}:${accountId}:log-group:${name}:*`,
          storedBytes,
        })),
    }),
  );

  const DeleteLogGroup = operation(z.object({ logGroupName: z.string().min(1) }), ({ logGroupName }) => {
    const left = inventory.logGroups.filter(({ name }) => name !== logGroupName);
    if (left.length === inventory.logGroups.length) {
      throw new AwsError("ResourceNotFoundException", "The specified log group does not exist.");
    }
    inventory.logGroups = left;
    return {};
  });

  return { DescribeLogGroups, DeleteLogGroup };
};
