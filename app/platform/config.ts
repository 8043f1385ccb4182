import type * as z from "zod";

/**
 * Reads the process's environment by the contract's schema.
 * @throws ConfigurationError naming every variable that is missing or wrong, at once (A22).
 */
export function readEnvironment<Schema extends z.ZodType>(
  schema: Schema,
  environment: Record<string, string | undefined> = process.env,
): z.output<Schema> {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(
    parsed.error.issues.map((issue) => {
      const variable = issue.path.join(".");
      return environment[variable] === undefined && issue.code !== "custom"
        ? `${variable}: is missing`
        : `${variable}: ${issue.message}`;
    }),
  );
}

/** The environment is invalid. The message lists the problems without values, which can be secrets. */
class ConfigurationError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const count = `${problems.length} ${problems.length === 1 ? "problem" : "problems"}`;
    super(
      `the environment has ${count}:\n${problems.map((problem) => `  - ${problem}`).join("\n")}\n` +
        "Every variable is described in .env.example.",
    );
    this.name = "ConfigurationError";
    this.problems = problems;
  }
}
