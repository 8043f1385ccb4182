interface Statement {
  [key: string]: unknown;
}

/** Renders the inputs of `aws.iam.getPolicyDocument` to the JSON that the AWS provider would. */
export function policyDocument(inputs: Record<string, unknown>): string {
  const statements = listOf(inputs.statements).map((statement) => rendered(statement as Statement));
  const merged = [...listOf(inputs.sourcePolicyDocuments), ...listOf(inputs.overridePolicyDocuments)].flatMap(
    (text) => listOf((JSON.parse(String(text)) as Statement).Statement),
  );
  const id = inputs.policyId;
  return JSON.stringify({
    Version: inputs.version ?? "2012-10-17",
    ...(id === undefined ? {} : { Id: id }),
    Statement: [...merged, ...statements],
  });
}

function rendered(statement: Statement): Statement {
  return {
    ...(statement.sid === undefined ? {} : { Sid: statement.sid }),
    Effect: statement.effect ?? "Allow",
    ...listed("Action", statement.actions),
    ...listed("NotAction", statement.notActions),
    ...listed("Resource", statement.resources),
    ...listed("NotResource", statement.notResources),
    ...principals("Principal", statement.principals),
    ...principals("NotPrincipal", statement.notPrincipals),
    ...conditions(statement.conditions),
  };
}

/** One value stands alone, several as a list: as the provider writes them. */
function listed(key: string, value: unknown): Statement {
  const items = listOf(value);
  if (items.length === 0) return {};
  return { [key]: items.length === 1 ? items[0] : [...items].sort() };
}

function principals(key: string, value: unknown): Statement {
  const entries = listOf(value) as { type: string; identifiers: unknown }[];
  if (entries.length === 0) return {};
  if (entries.some(({ type, identifiers }) => type === "*" && listOf(identifiers).includes("*")))
    return { [key]: "*" };
  return { [key]: Object.assign({}, ...entries.map(({ type, identifiers }) => listed(type, identifiers))) };
}

function conditions(value: unknown): Statement {
  const entries = listOf(value) as { test: string; variable: string; values: unknown }[];
  if (entries.length === 0) return {};
  const byTest: Record<string, Statement> = {};
  for (const { test, variable, values } of entries) {
    byTest[test] = { ...byTest[test], ...listed(variable, values) };
  }
  return { Condition: byTest };
}

const listOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
