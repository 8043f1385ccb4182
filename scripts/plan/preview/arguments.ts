import { parseArgs } from "node:util";
import { typedValue } from "../../../infra/config/path.ts";
import { messageOf, refusal } from "../../cli/errors.ts";

export interface Arguments {
  environment: string;
  json: boolean;
  html?: string;
  svg?: string;
  manifests?: string;
  against?: string;
  format: "text" | "markdown";
  config: Record<string, unknown>;
}

export const usage = `Shows what an environment would consist of, without an account, credentials or the Pulumi CLI.

Usage: npm run preview -- <environment> [options]

  <environment>        staging, production, … : every Pulumi.<environment>.yaml
  --json               the plan as JSON on standard output: { "resources": [{ urn, type, name, inputs }],
                       "outputs", "findings" (of the guardrails), "cost" (USD a month) }
  --html FILE          a report with a picture of the architecture, one self-contained page
  --svg FILE           that picture alone
  --manifests FOLDER   what it has in Kubernetes as YAML, a file each, for linters and kubectl
  --against FILE       what changes compared with an earlier --json plan
  --format FORMAT      text (default) or markdown, as a pull request's comment takes it
  --config KEY=VALUE   try another value: a path as \`pulumi config set --path\` takes it; may be repeated
  --help               this text

Exit code: 0 done; 1 the program failed; 2 the configuration, the environment or the command line is wrong;
3 the plan breaks a guardrail that no exception allows; 4 compared with --against, the change loses data or what holds it
(3 and 4: it is shown all the same).

Examples:
  npm run preview -- staging
  npm run preview -- production --config bulwark:network.natGateways=1
  npm run preview -- production --json > before.json   # on main; then, on a branch:
  npm run preview -- production --against before.json --format markdown
`;

/** @throws CommandError (exit code 2); returns undefined when help was asked for. */
export function parseArguments(argv: readonly string[]): Arguments | undefined {
  const { values, positionals } = parsed(argv);
  if (values.help) return undefined;
  const [environment, ...more] = positionals;
  if (environment === undefined) throw refusal("Which environment? For example: npm run preview -- staging");
  if (more.length > 0) throw refusal(`One environment at a time: ${positionals.join(", ")} were given.`);
  if (values.format !== "text" && values.format !== "markdown") {
    throw refusal(`--format is text or markdown, not ${values.format}.`);
  }
  if (values.json && (values.against !== undefined || values.format === "markdown")) {
    throw refusal("--json prints the plan itself: it goes with neither --against nor --format markdown.");
  }
  return {
    environment,
    json: values.json,
    html: values.html,
    svg: values.svg,
    manifests: values.manifests,
    against: values.against,
    format: values.format,
    config: Object.fromEntries(values.config.map(assignment)),
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        html: { type: "string" },
        svg: { type: "string" },
        manifests: { type: "string" },
        against: { type: "string" },
        format: { type: "string", default: "text" },
        config: { type: "string", multiple: true, default: [] },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw refusal(messageOf(error));
  }
}

/** `bulwark:network.natGateways=1` → the path and the value. */
function assignment(text: string): [string, unknown] {
  const at = text.indexOf("=");
  if (at < 1) throw refusal(`--config takes KEY=VALUE, such as bulwark:network.natGateways=1; got ${text}`);
  return [text.slice(0, at), typedValue(text.slice(at + 1))];
}
