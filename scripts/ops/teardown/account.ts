import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { StackEnvironment } from "../../../infra/config/load.ts";
import { CommandError } from "../../cli/errors.ts";
import { exitCodes } from "../../cli/exit-codes.ts";
import type { StackState } from "../pulumi/state.ts";
import type { Clients } from "./clients.ts";

/** The account that the credentials belong to, and how it is known to be the right one. */
export interface Account {
  id: string;
  because: string;
}

/**
 * Holds the credentials' account against the one that the stack lives in: by the ARNs in its state, or where nothing is
 * deployed any more, by the roles that its configuration names.
 * @throws CommandError (exit code 2) when it is another one
 */
export async function checkedAccount(
  { identity }: Pick<Clients, "identity">,
  environment: StackEnvironment,
  state: StackState | undefined,
): Promise<Account> {
  const { Account: id = "", Arn: caller = "" } = await identity.send(new GetCallerIdentityCommand());
  const deployed = state?.accounts ?? [];
  const expected = deployed.length > 0 ? deployed : accountsOfRoles(environment);
  const where = deployed.length > 0 ? "the stack's resources are in" : "the configuration's roles are in";
  if (!expected.includes(id) || expected.length > 1) {
    throw new CommandError(
      `The credentials are of AWS account ${id} (${caller}), but ${where} ${expected.join(" and ") || "none"}.\n` +
        "Nothing was changed. Sign in to the right account (AWS_PROFILE), then type the same command again.",
      { exitCode: exitCodes.refused },
    );
  }
  return { id, because: `${where} it` };
}

const accountsOfRoles = ({ cluster }: StackEnvironment): string[] => {
  const roles = [...cluster.adminRoleArns, ...(cluster.deployRoleArn ? [cluster.deployRoleArn] : [])];
  return [...new Set(roles.map((arn) => arn.split(":")[4] ?? ""))];
};
