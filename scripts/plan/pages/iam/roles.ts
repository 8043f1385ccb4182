import { type Statement, statementsOf } from "../../../../infra/policies/statements.ts";
import type { PlannedResource, ProgramRun } from "../../monitor/index.ts";

/** A role of an environment with all that it may do. */
export interface Role {
  /** Its name without that of the environment: `secrets-rotate-jwt`. */
  name: string;
  /** Its name in AWS. */
  physicalName: string;
  description: string;
  /** Who may take it on. */
  trust: Statement[];
  statements: Statement[];
  /** Names of the policies of AWS's own that it has. */
  managed: string[];
}

/** Every role that a plan makes, by name. */
export function rolesOf(run: Pick<ProgramRun, "resources" | "stack">): Role[] {
  const of = (type: string, role: PlannedResource) =>
    run.resources.filter((each) => each.type === `aws:iam/${type}` && each.inputs.role === role.id);
  return run.resources
    .filter(({ type }) => type === "aws:iam/role:Role")
    .map((role) => ({
      name: role.name.replace(`bulwark-${run.stack}-`, ""),
      physicalName: String(role.id),
      description: String(role.inputs.description ?? ""),
      trust: statementsOf(role.inputs.assumeRolePolicy),
      statements: of("rolePolicy:RolePolicy", role)
        .sort(byName)
        .flatMap(({ inputs }) => statementsOf(inputs.policy)),
      managed: of("rolePolicyAttachment:RolePolicyAttachment", role)
        .map(({ inputs }) => String(inputs.policyArn).split("/").at(-1) ?? "")
        .sort(),
    }))
    .sort(byName);
}

const byName = (one: { name: string }, other: { name: string }): number => (one.name < other.name ? -1 : 1);

/** Services that may take a role on: `lambda.amazonaws.com`. */
export const trusted = ({ trust }: Role): string[] =>
  trust.flatMap(({ Principal }) =>
    typeof Principal === "object" ? Object.values(Principal).flat() : [String(Principal)],
  );

/** Whether it is a Lambda function's. */
export const isOfFunction = (role: Role): boolean => trusted(role).includes("lambda.amazonaws.com");
