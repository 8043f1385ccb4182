import { ConfigurationError, type Problem, quoted } from "../../../infra/config/errors.ts";

/** What `--config` put on top of the stack's file: paths with their namespace, and the values. */
export type Overrides = Readonly<Record<string, unknown>>;

/** A refusal as the command line's author needs it: what `--config` gave wrongly is to be typed anew, not set in the stack's file. */
export function ofCommandLine(
  { stackName, problems }: ConfigurationError,
  overrides: Overrides,
): ConfigurationError {
  const changes = Object.entries(overrides).map(
    ([path, value]) =>
      `${shortly(path)}=${typeof value === "object" ? JSON.stringify(value) : String(value)}`,
  );
  const retold = problems.map((problem) => {
    const isTyped = Object.keys(overrides).some((path) => areRelated(path, problem.at));
    return isTyped && problem.setting !== undefined ? typedAnew(problem, problem.setting) : problem;
  });
  return new ConfigurationError(stackName, retold, changes);
}

function typedAnew(problem: Problem, { path, value }: NonNullable<Problem["setting"]>): Problem {
  const fix =
    value === undefined
      ? `leave out --config ${quoted(path)}`
      : `--config ${quoted(`${path}=${String(value)}`)}`;
  return { ...problem, fix };
}

/** Whether one of two paths is the other or a part of it. */
const areRelated = (one: string, other: string): boolean => isPartOf(one, other) || isPartOf(other, one);

const isPartOf = (path: string, whole: string): boolean =>
  path === whole || path.startsWith(`${whole}.`) || path.startsWith(`${whole}[`);

const shortly = (path: string): string => path.replace(/^bulwark:/, "");
