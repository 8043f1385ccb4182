import { isAbsolute, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { typedValue } from "../../../infra/config/path.ts";
import { type CommandError, messageOf, refusal } from "../../cli/errors.ts";
import { repositoryRoot } from "../servers/index.ts";

/** TCP ports on 127.0.0.1. */
export interface Ports {
  https: number;
  http: number;
  mysql: number;
  redis: number;
  aws: number;
}

export type SandboxCommand =
  | { kind: "up" }
  | { kind: "down" }
  | { kind: "status" }
  | { kind: "reset"; yes: boolean }
  | { kind: "restart-pod"; pod: string }
  | { kind: "rollout" }
  | { kind: "help" };

export interface SandboxOptions {
  command: SandboxCommand;
  /** Environment whose program is run. */
  stack: string;
  /** Folder of everything the sandbox keeps. */
  stateDir: string;
  /** Ports that were asked for; 0: any free one. The others have their default. */
  ports: Partial<Ports>;
  /** Configuration on top of the environment's file, by path. */
  config: Readonly<Record<string, unknown>>;
  /** Third number of the pods' addresses, 127.0.<range>.0/24. Default: the first that no other sandbox uses. */
  loopback?: number;
}

/** Below the range that systems take outgoing ports from, and away from the servers' own well-known numbers. */
export const standardPorts: Ports = { https: 8443, http: 8080, mysql: 13306, redis: 16379, aws: 14566 };

export const usage = `Runs the whole stack on this machine.

  npm run sandbox [-- ENVIRONMENT] [-- options]     ENVIRONMENT: a Pulumi.<name>.yaml, "sandbox" by default

  --down               stop the sandbox that runs in this folder (and clear away what a crash left)
  --status             say what runs where
  --restart-pod NAME   replace one replica, as \`kubectl delete pod\` does
  --rollout            replace all replicas one after the other, as \`kubectl rollout restart\` does
  --reset [--yes]      delete its data, secrets and logs

  --config PATH=VALUE  configuration on top of the environment's file, as \`pulumi config set --path\` takes it; may be repeated.
                       \`--config bulwark:rotation.generation=2\` rotates every secret during the start, and says what changed
  --free-ports         any free ports, for a second sandbox (with another --state-dir)
  --https-port N       default ${standardPorts.https}       (or SANDBOX_HTTPS_PORT; 0: any free port)
  --http-port N        default ${standardPorts.http}       (or SANDBOX_HTTP_PORT)
  --mysql-port N       default ${standardPorts.mysql}      (or SANDBOX_MYSQL_PORT)
  --redis-port N       default ${standardPorts.redis}      (or SANDBOX_REDIS_PORT)
  --aws-port N         default ${standardPorts.aws}      (or SANDBOX_AWS_PORT)
  --loopback N         pods get addresses in 127.0.N.0/24; default: the first range that is free (or SANDBOX_LOOPBACK)
  --state-dir DIR      default .sandbox (or SANDBOX_STATE_DIR)

Exit codes: 0 stopped in order, 1 failure, 2 wrong command line or configuration, 3 not running, 4 runs already.`;

const flags = {
  down: { type: "boolean" },
  status: { type: "boolean" },
  reset: { type: "boolean" },
  yes: { type: "boolean", short: "y" },
  rollout: { type: "boolean" },
  "restart-pod": { type: "string" },
  "https-port": { type: "string" },
  "http-port": { type: "string" },
  "mysql-port": { type: "string" },
  "redis-port": { type: "string" },
  "aws-port": { type: "string" },
  "free-ports": { type: "boolean" },
  config: { type: "string", multiple: true },
  loopback: { type: "string" },
  "state-dir": { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

type Values = { [Name in keyof typeof flags]?: string | boolean | string[] };

/**
 * Reads the command line and the environment variables that stand in for flags.
 * @throws CommandError (exit code 2) that names the wrong flag.
 */
export const readOptions = (args: readonly string[], env: NodeJS.ProcessEnv): SandboxOptions => {
  const { values, positionals } = parsed(args);
  if (positionals.length > 1) throw wrong(`one environment at a time, not ${positionals.join(", ")}`);
  const port = (name: keyof Ports) =>
    numberOf(values, `${name}-port`, env[`SANDBOX_${name.toUpperCase()}_PORT`], 0, 65_535) ??
    (values["free-ports"] ? 0 : undefined);
  return {
    command: commandOf(values),
    stack: positionals[0] ?? "sandbox",
    stateDir: stateDirOf(values["state-dir"], env),
    config: configOf(values.config),
    ports: {
      https: port("https"),
      http: port("http"),
      mysql: port("mysql"),
      redis: port("redis"),
      aws: port("aws"),
    },
    loopback: numberOf(values, "loopback", env.SANDBOX_LOOPBACK, 1, 254),
  };
};

/** The folder given by flag or SANDBOX_STATE_DIR, from where the command was typed; `.sandbox` of this repository otherwise. */
export const stateDirOf = (flag: string | boolean | string[] | undefined, env: NodeJS.ProcessEnv): string => {
  const given = typeof flag === "string" ? flag : env.SANDBOX_STATE_DIR;
  if (!given) return resolve(repositoryRoot, ".sandbox");
  return isAbsolute(given) ? given : resolve(env.INIT_CWD ?? process.cwd(), given);
};

/** What a person types to delete the data of this sandbox. */
export const resetCommand = ({ stateDir }: Pick<SandboxOptions, "stateDir">): string =>
  `npm run sandbox -- --reset${stateDir === join(repositoryRoot, ".sandbox") ? "" : ` --state-dir ${stateDir}`}`;

const parsed = (args: readonly string[]): { values: Values; positionals: string[] } => {
  try {
    return parseArgs({ args: [...args], options: flags, allowPositionals: true });
  } catch (error) {
    throw wrong(messageOf(error));
  }
};

/** `bulwark:rotation.generation=2` → the path and the value. */
const configOf = (given: Values["config"]): Record<string, unknown> => {
  const settings = Array.isArray(given) ? given : [];
  return Object.fromEntries(
    settings.map((setting) => {
      const [, path, value] = /^([^=]+)=(.*)$/s.exec(setting) ?? [];
      if (path === undefined || value === undefined)
        throw wrong(`--config takes PATH=VALUE, not "${setting}"`);
      return [path, typedValue(value)];
    }),
  );
};

const commandOf = (values: Values): SandboxCommand => {
  const pod = values["restart-pod"];
  const asked: SandboxCommand[] = [
    ...(values.help ? [{ kind: "help" } as const] : []),
    ...(values.down ? [{ kind: "down" } as const] : []),
    ...(values.status ? [{ kind: "status" } as const] : []),
    ...(values.reset ? [{ kind: "reset", yes: values.yes === true } as const] : []),
    ...(values.rollout ? [{ kind: "rollout" } as const] : []),
    ...(typeof pod === "string" ? [{ kind: "restart-pod", pod } as const] : []),
  ];
  if (asked.length > 1) throw wrong(`--${asked.map(({ kind }) => kind).join(" and --")} do not go together`);
  return asked[0] ?? { kind: "up" };
};

const numberOf = (
  values: Values,
  flag: keyof Values,
  fallback: string | undefined,
  minimum: number,
  maximum: number,
): number | undefined => {
  const text = values[flag] ?? fallback;
  if (text === undefined || text === "") return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < minimum || number > maximum) {
    throw wrong(`--${flag} must be a whole number from ${minimum} to ${maximum}, not "${String(text)}"`);
  }
  return number;
};

const wrong = (what: string): CommandError => refusal(`${what}.\nSee: npm run sandbox -- --help`);
