import { join } from "node:path";
import { z } from "zod";
import { declare, type Given } from "../../cli/declaration.ts";
import { wrongUsage } from "../../cli/flags.ts";
import { setting, text, wholeNumber } from "../../cli/values.ts";
import { repositoryRoot } from "../servers/index.ts";
import { stateDirFlag, stateDirOf } from "./state-dir.ts";

/** TCP ports on 127.0.0.1. */
export interface Ports {
  https: number;
  http: number;
  mysql: number;
  redis: number;
  aws: number;
}

type SandboxCommand =
  | { kind: "up" }
  | { kind: "down" }
  | { kind: "status" }
  | { kind: "reset"; yes: boolean }
  | { kind: "restart-pod"; pod: string }
  | { kind: "rollout" };

export interface SandboxOptions {
  command: SandboxCommand;
  /** Environment whose program is run. */
  stack: string;
  /** Folder of everything the sandbox keeps. */
  stateDir: string;
  /** Ports that were asked for; 0: any free one. The others have their default. */
  ports: Partial<Record<keyof Ports, number | undefined>>;
  /** Configuration on top of the environment's file, by path. */
  config: Readonly<Record<string, unknown>>;
  /** Third number of the pods' addresses, 127.0.<range>.0/24. Default: the first that no other sandbox uses. */
  loopback?: number | undefined;
}

/** Below the range that systems take outgoing ports from, and away from the servers' own well-known numbers. */
export const standardPorts: Ports = { https: 8443, http: 8080, mysql: 13306, redis: 16379, aws: 14566 };

const port = (what: string, name: keyof Ports) => ({
  placeholder: "N",
  value: wholeNumber(0, 65_535),
  variable: `SANDBOX_${name.toUpperCase()}_PORT`,
  description: `port of ${what}; 0: any free one; default ${standardPorts[name]}`,
});

export const sandboxCommand = declare({
  name: "sandbox",
  summary: "Runs the whole stack on this machine.",
  forms: {
    "": 'the environment "sandbox"',
    ENVIRONMENT: "any other that has a Pulumi.ENVIRONMENT.yaml",
  },
  arguments: z.tuple([z.string().default("sandbox")], "Name one environment at a time"),
  flags: {
    down: { description: "stop the sandbox that runs in this folder (and clear away what a crash left)" },
    status: { description: "say what runs where" },
    "restart-pod": {
      placeholder: "NAME",
      value: text,
      description: "replace one replica, as `kubectl delete pod` does",
    },
    rollout: {
      description: "replace all replicas one after the other, as `kubectl rollout restart` does",
    },
    reset: { description: "delete its data, secrets and logs, after a question" },
    yes: { short: "y", description: "with --reset: without the question" },
    config: {
      placeholder: "PATH=VALUE",
      value: setting,
      multiple: true,
      description:
        "configuration on top of the environment's file, as `pulumi config set --path` takes it; `--config bulwark:rotation.generation=2` rotates every secret during the start, and says what changed",
    },
    "free-ports": {
      description: "any free ports, for a second sandbox (with another --state-dir)",
    },
    "https-port": port("the API over HTTPS", "https"),
    "http-port": port("the API's redirect from HTTP", "http"),
    "mysql-port": port("MySQL", "mysql"),
    "redis-port": port("Redis", "redis"),
    "aws-port": port("the AWS stand-in", "aws"),
    loopback: {
      placeholder: "N",
      value: wholeNumber(1, 254),
      variable: "SANDBOX_LOOPBACK",
      description: "pods get addresses in 127.0.N.0/24; default: the first range that is free",
    },
    ...stateDirFlag,
  },
  exits: {
    done: "stopped in order",
    refused: "wrong command line or configuration",
    missing: "no sandbox runs here",
    alreadyRunning: "one runs here already",
    stopped: "a second Ctrl-C: stopped without waiting",
  },
  stopped: "",
});

/** What a command line asks for. @throws CommandError (exit code 2) that names the wrong flag */
export const sandboxOptionsOf = (
  { flags, arguments: [stack] }: Given<typeof sandboxCommand.flags, [string]>,
  env: NodeJS.ProcessEnv = process.env,
): SandboxOptions => {
  const any = flags["free-ports"] ? 0 : undefined;
  return {
    command: commandOf(flags),
    stack,
    stateDir: stateDirOf(flags["state-dir"], env),
    config: Object.fromEntries(flags.config),
    ports: {
      https: flags["https-port"] ?? any,
      http: flags["http-port"] ?? any,
      mysql: flags["mysql-port"] ?? any,
      redis: flags["redis-port"] ?? any,
      aws: flags["aws-port"] ?? any,
    },
    loopback: flags.loopback,
  };
};

/** What a person types to delete the data of this sandbox. */
export const resetCommand = ({ stateDir }: Pick<SandboxOptions, "stateDir">): string =>
  `npm run sandbox -- --reset${stateDir === join(repositoryRoot, ".sandbox") ? "" : ` --state-dir ${stateDir}`}`;

const commandOf = (flags: Given<typeof sandboxCommand.flags, unknown>["flags"]): SandboxCommand => {
  const pod = flags["restart-pod"];
  const asked: SandboxCommand[] = [
    ...(flags.down ? [{ kind: "down" } as const] : []),
    ...(flags.status ? [{ kind: "status" } as const] : []),
    ...(flags.reset ? [{ kind: "reset", yes: flags.yes } as const] : []),
    ...(flags.rollout ? [{ kind: "rollout" } as const] : []),
    ...(pod === undefined ? [] : [{ kind: "restart-pod", pod } as const]),
  ];
  if (asked.length > 1) {
    const names = asked.map(({ kind }) => kind).join(" and --");
    throw wrongUsage(sandboxCommand, `--${names} do not go together`);
  }
  return asked[0] ?? { kind: "up" };
};
