import * as pulumi from "@pulumi/pulumi";
import { ConfigurationError, type Problem, problemOf, type WrongSetting } from "./errors.ts";
import { setAtPath } from "./path.ts";
import { wrongRegion } from "./regions.ts";
import { brokenRules } from "./rules.ts";
import { type Environment, environmentSchema } from "./schema.ts";
import { type SignIn, signInOf, wrongSignIn } from "./sign-in.ts";
import { wrongValues } from "./suggestions.ts";

/** An environment as the components get it: its configuration, and what Pulumi knows about the stack. */
export type StackEnvironment = Environment & {
  /** Name of the Pulumi stack: staging, production, … Part of every name in AWS. */
  name: string;
  /** AWS region, from `aws:region`. */
  region: string;
  /** Kubeconfig of an existing cluster, from `kubernetes:kubeconfig`; undefined: the stack makes the cluster. */
  kubeconfig?: string;
  /** As whom the AWS CLI signs in to the cluster, from `aws:profile` and `aws:assumeRoles`. */
  signIn: SignIn;
};

/**
 * Checks a stack's raw configuration (`namespace:key` → text, structured values as JSON), all of it at once.
 * Pure: what the tests and the offline preview call.
 * @throws ConfigurationError naming every problem, each with the command that ends it; with all of them typed, in their order,
 *   the configuration is accepted.
 */
export function parseEnvironment(raw: Readonly<Record<string, string>>, name: string): StackEnvironment {
  const { region, wrong: wrongRegion } = regionIn(raw);
  const sections = sectionsOf(raw);
  const wrong = [...wrongRegion, ...wrongSignIn(raw), ...wrongSections(sections, region)];
  const problems = [...wrongName(name), ...wrong.map((setting) => problemOf(name, setting))];
  if (problems.length > 0) throw new ConfigurationError(name, problems);
  const kubeconfig = raw["kubernetes:kubeconfig"];
  return {
    ...environmentSchema.parse(sections),
    name,
    region,
    signIn: signInOf(raw),
    ...(kubeconfig ? { kubeconfig } : {}),
  };
}

/** Long enough for `production` and `pr-123`, short enough for AWS's 40-character names with our suffixes. */
const stackName = /^[a-z][a-z0-9-]{1,15}$/;

const wrongName = (name: string): Problem[] =>
  stackName.test(name)
    ? []
    : [
        {
          at: "stack",
          problem: `named "${name}": a stack's name is part of AWS names, so 2 to 16 lower-case letters, digits and hyphens, a letter first`,
          fix: "pulumi stack init <shorter-name>",
        },
      ];

/** The region, and its fault, if any: then a valid region replaces it for the other checks. */
function regionIn(raw: Readonly<Record<string, string>>): { region: string; wrong: WrongSetting[] } {
  const path = "aws:region";
  const given = raw[path];
  const wrong =
    given === undefined
      ? { problem: "missing: it decides where the stack is made", value: "us-east-1" }
      : wrongRegion(given);
  if (wrong !== undefined) return { region: wrong.value, wrong: [{ path, ...wrong }] };
  return { region: given ?? "", wrong: [] };
}

/**
 * Everything that is wrong with the sections: first single values, then combinations. For combinations it fixes the wrong values
 * in a copy, once, so that a typing error hides no unsafe combination, and the proposed value of a setting also fits the
 * rules.
 */
function wrongSections(sections: Readonly<Record<string, unknown>>, region: string): WrongSetting[] {
  const { error } = environmentSchema.safeParse(sections);
  const values = error === undefined ? [] : wrongValues(error, sections);
  const right = { ...sections };
  for (const { path, value } of values) setAtPath(right, path, value);
  const { data } = environmentSchema.safeParse(right);
  return onePerPath([...values, ...(data === undefined ? [] : brokenRules({ ...data, region }))]);
}

/** What was wrong first with a setting, and what is right in the end. */
function onePerPath(settings: readonly WrongSetting[]): WrongSetting[] {
  const told = new Map<string, WrongSetting>();
  for (const { path, problem, value } of settings) {
    const first = told.get(path)?.problem ?? problem;
    // Removals from a list come last: they move the elements after them.
    if (value === undefined) told.delete(path);
    told.set(path, { path, problem: first, value });
  }
  return [...told.values()];
}

const own = "bulwark:";
/** Keys that Pulumi keeps as plain text; the others are JSON. */
const plainKeys = new Set(["bulwark:tier"]);

/** The program's own part of the configuration, by the names of the schema. What is not JSON stays text. */
const sectionsOf = (raw: Readonly<Record<string, string>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(raw)
      .filter(([key]) => key.startsWith(own))
      .map(([key, text]) => [key.slice(own.length), plainKeys.has(key) ? text : structured(text)]),
  );

function structured(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * Reads and checks the configuration of the stack that is being deployed.
 * @throws ConfigurationError with every problem at once, before any resource is registered.
 */
export function loadEnvironment(): StackEnvironment {
  return parseEnvironment(pulumi.runtime.allConfig(), pulumi.getStack());
}
