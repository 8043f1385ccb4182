import * as pulumi from "@pulumi/pulumi";
import { ConfigurationError, type Problem, problemOf } from "./errors.ts";
import { type Fault, faultsWithMends } from "./mends.ts";
import { firstFinding } from "./rules.ts";
import { type Environment, environmentSchema } from "./schema.ts";
import { type SignIn, signInFault, signInOf } from "./sign-in.ts";
import { faultsOf } from "./suggestions.ts";

/** An environment as the components get it: its configuration, and what Pulumi knows about the stack. */
export type StackEnvironment = Environment & {
  /** Name of the Pulumi stack: staging, production, … Part of every name in AWS. */
  name: string;
  /** AWS region, from `aws:region`. */
  region: string;
  /** Kubeconfig of an existing cluster, from `kubernetes:kubeconfig`; none: the cluster that the stack makes. */
  kubeconfig?: string;
  /** As whom the AWS CLI signs in to the cluster, from `aws:profile` and `aws:assumeRoles`. */
  signIn: SignIn;
};

/** Long enough for `production` and `pr-123`, short enough for AWS's 40-character names with our suffixes. */
const stackName = /^[a-z][a-z0-9-]{1,15}$/;

const own = "bulwark:";
/** Keys that Pulumi keeps as plain text; the others are JSON. */
const plainKeys = new Set(["bulwark:tier"]);

/**
 * Checks a stack's raw configuration (`namespace:key` → text, structured values as JSON), all of it at once.
 * Pure: what the tests and the offline preview call.
 * @throws ConfigurationError naming every problem, each with the command that mends it.
 */
export function parseEnvironment(raw: Readonly<Record<string, string>>, name: string): StackEnvironment {
  const problems: Problem[] = [];
  if (!stackName.test(name)) {
    problems.push({
      at: "stack",
      is: `named "${name}": a stack's name is part of AWS names, so 2 to 16 lower-case letters, digits and hyphens, a letter first`,
      mend: "pulumi stack init <shorter-name>",
    });
  }
  const values = valuesOf(raw);
  const faults = faultsWithMends(values, (changed) => firstFault(changed, name));
  problems.push(...faults.map((fault) => problemOf(name, fault)));
  if (problems.length > 0) throw new ConfigurationError(name, problems);
  const kubeconfig = raw["kubernetes:kubeconfig"];
  return {
    ...environmentSchema.parse(sectionsOf(values)),
    name,
    region: raw["aws:region"] ?? "",
    signIn: signInOf(raw),
    ...(kubeconfig ? { kubeconfig } : {}),
  };
}

function firstFault(values: Record<string, unknown>, name: string): Fault | undefined {
  const region = values["aws:region"];
  if (typeof region !== "string" || !/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
    const is =
      region === undefined
        ? "missing: it decides where the stack is made"
        : `"${region}", which is no AWS region`;
    return { at: "aws:region", is, place: "aws:region", to: "us-east-1" };
  }
  const signIn = signInFault(values);
  if (signIn !== undefined) return signIn;
  const sections = sectionsOf(values);
  const { data, error } = environmentSchema.safeParse(sections);
  if (error !== undefined) return faultsOf(error, sections)[0];
  const finding = firstFinding(data, { name, region });
  if (finding === undefined) return undefined;
  const at = `bulwark:${finding.path}`;
  return { at, is: finding.is, place: at, to: finding.to };
}

/** The configuration with its structured values read; what is not JSON stays text, and the schema says what it should be. */
const valuesOf = (raw: Readonly<Record<string, string>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(raw).map(([key, text]) => [
      key,
      !key.startsWith(own) || plainKeys.has(key) ? text : structured(text),
    ]),
  );

function structured(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The program's own part of the configuration, by the names of the schema. */
const sectionsOf = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([key]) => key.startsWith(own))
      .map(([key, value]) => [key.slice(own.length), value]),
  );

/**
 * Reads and checks the configuration of the stack that is being deployed.
 * @throws ConfigurationError with every problem at once, before any resource is registered.
 */
export function loadEnvironment(): StackEnvironment {
  return parseEnvironment(pulumi.runtime.allConfig(), pulumi.getStack());
}
