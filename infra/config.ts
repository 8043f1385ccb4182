import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { ConfigurationError, type Problem } from "./config-errors.ts";
import { findingsBeyond } from "./config-mended.ts";
import { findingsOfCombination, problemOf } from "./config-rules.ts";
import { environmentSchema } from "./config-schema.ts";
import { problemsOfSchema } from "./config-suggestions.ts";

export type Environment = z.output<typeof environmentSchema>;

/** An environment as the components get it: its configuration, and what Pulumi knows about the stack. */
export type StackEnvironment = Environment & {
  /** Name of the Pulumi stack: staging, production, … Part of every name in AWS. */
  name: string;
  /** AWS region, from `aws:region`. */
  region: string;
  /** Kubeconfig of an existing cluster, from `kubernetes:kubeconfig`; none: the cluster that the stack makes. */
  kubeconfig?: string;
};

/** Long enough for `production` and `pr-123`, short enough for AWS's 40-character names with our suffixes. */
const stackName = /^[a-z][a-z0-9-]{1,15}$/;

/** Sections of the schema that Pulumi keeps as plain text; the others are JSON. */
const plainSections = new Set(["tier"]);

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
  const region = raw["aws:region"];
  if (region === undefined || !/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
    problems.push({
      at: "aws:region",
      is:
        region === undefined
          ? "missing: it decides where the stack is made"
          : `"${region}", which is no AWS region`,
      mend: `pulumi config set --stack ${name} aws:region eu-central-1`,
    });
  }
  const sections = readSections(raw);
  const parsed = environmentSchema.safeParse(sections);
  const check = (environment: Environment) =>
    findingsOfCombination(environment, { name, region: region ?? "" });
  const { better, others } = findingsBeyond(sections, check);
  const mends = new Map(better.map((finding) => problemOf(finding, name)).map(({ at, mend }) => [at, mend]));
  if (!parsed.success) {
    const ofValues = problemsOfSchema(parsed.error, sections, name);
    problems.push(...ofValues.map(({ at, is, mend }) => ({ at, is, mend: mends.get(at) ?? mend })));
  }
  problems.push(...others.map((finding) => problemOf(finding, name)));
  if (problems.length > 0 || !parsed.success) throw new ConfigurationError(name, problems);
  const kubeconfig = raw["kubernetes:kubeconfig"];
  return { ...parsed.data, name, region: region ?? "", ...(kubeconfig ? { kubeconfig } : {}) };
}

/** The `bulwark:` part of the configuration as one object; a value that is not JSON is a problem of its own. */
function readSections(raw: Readonly<Record<string, string>>) {
  const sections: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(raw)) {
    if (!key.startsWith("bulwark:")) continue;
    const section = key.slice("bulwark:".length);
    try {
      sections[section] = plainSections.has(section) ? text : JSON.parse(text);
    } catch {
      // A scalar where a section with keys belongs: the schema says so better than a JSON parser can.
      sections[section] = text;
    }
  }
  return sections;
}

/**
 * Reads and checks the configuration of the stack that is being deployed.
 * @throws ConfigurationError with every problem at once, before any resource is registered.
 */
export function loadEnvironment(): StackEnvironment {
  return parseEnvironment(pulumi.runtime.allConfig(), pulumi.getStack());
}
