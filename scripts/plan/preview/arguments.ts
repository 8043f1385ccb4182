import { declare, type Given } from "../../cli/declaration.ts";
import { oneEnvironment, oneOf, output, setting, text } from "../../cli/values.ts";

export interface Arguments {
  environment: string;
  json: boolean;
  html?: string | undefined;
  svg?: string | undefined;
  manifests?: string | undefined;
  against?: string | undefined;
  format: "text" | "markdown";
  config: Record<string, unknown>;
}

export const previewCommand = declare({
  name: "preview",
  summary: "Shows what an environment would consist of, without an account, credentials or the Pulumi CLI.",
  forms: { ENVIRONMENT: "staging, production, … : every Pulumi.ENVIRONMENT.yaml" },
  arguments: oneEnvironment,
  flags: {
    json: {
      description:
        'the plan as JSON on standard output: { "resources": [{ urn, type, name, inputs }], "outputs", "findings" (of the guardrails), "cost" (USD a month) }',
    },
    html: {
      placeholder: "FILE",
      value: output,
      description: "a report with a picture of the architecture, one self-contained page",
    },
    svg: { placeholder: "FILE", value: output, description: "that picture alone" },
    manifests: {
      placeholder: "FOLDER",
      value: text,
      description: "what it has in Kubernetes as YAML, a file each, for linters and kubectl",
    },
    against: {
      placeholder: "PLAN",
      value: text,
      description: "what changes compared with an earlier plan: a file of --json, or a commit such as main",
    },
    format: {
      placeholder: "FORMAT",
      value: oneOf(["text", "markdown"]),
      default: "text",
      description: "text, or markdown as a pull request's comment takes it",
    },
    config: {
      placeholder: "PATH=VALUE",
      value: setting,
      multiple: true,
      description: "try another value: a path as `pulumi config set --path` takes it",
    },
  },
  conflict: ({ flags: { json, against, format, html, svg } }) => {
    if (json && (against !== undefined || format === "markdown"))
      return "--json prints the plan itself: it goes with neither --against nor --format markdown";
    return html !== undefined && html === svg ? "--html and --svg name the same file" : undefined;
  },
  notes: "With exit codes 3 and 4 the plan is shown all the same.",
  exits: {
    failure: "the program failed",
    refused: "the configuration, the environment or the command line is wrong",
    guardrail: "the plan breaks a guardrail that no exception allows",
    dataLoss: "compared with --against, the change loses data or what holds it",
  },
  examples: [
    "npm run preview -- staging",
    "npm run preview -- production --config bulwark:network.natGateways=1",
    "npm run preview -- production --against main --format markdown   # on a branch",
  ],
});

/** What a command line asks for. */
export function previewArgumentsOf({
  flags,
  arguments: [environment],
}: Given<typeof previewCommand.flags, [string]>): Arguments {
  return { environment, ...flags, config: Object.fromEntries(flags.config) };
}
