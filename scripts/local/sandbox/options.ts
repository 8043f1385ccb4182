import { join } from "node:path";
import * as z from "zod";
import { declare, type Given } from "../../cli/declaration.ts";
import { setting, text, wholeNumber } from "../../cli/values.ts";
import { repositoryRoot } from "../servers/index.ts";
import {
  type AskedPorts,
  type Ports,
  portNames,
  sharedPort,
  standardPorts,
  withDefaults,
} from "./port-numbers.ts";
import { stateDirFlag, stateDirOf } from "./state-dir.ts";

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
  ports: AskedPorts;
  /** Configuration on top of the environment's file, by path. */
  config: Readonly<Record<string, unknown>>;
  /** Third number of the pods' addresses, 127.0.<range>.0/24. Default: the first that no other sandbox uses. */
  loopback?: number | undefined;
}

const port = (what: string, name: keyof Ports) => ({
  placeholder: "N",
  value: wholeNumber(0, 65_535),
  variable: `SANDBOX_${name.toUpperCase()}_PORT`,
  description: `port of ${what}; 0: any free one; default ${standardPorts[name]}`,
});

interface CommandFlags {
  down: boolean;
  status: boolean;
  reset: boolean;
  yes: boolean;
  rollout: boolean;
  "restart-pod": string | undefined;
}

/** What the flags ask for instead of a start. */
const commandsIn = (flags: CommandFlags): SandboxCommand[] => {
  const pod = flags["restart-pod"];
  return [
    ...(flags.down ? [{ kind: "down" } as const] : []),
    ...(flags.status ? [{ kind: "status" } as const] : []),
    ...(flags.reset ? [{ kind: "reset", yes: flags.yes } as const] : []),
    ...(flags.rollout ? [{ kind: "rollout" } as const] : []),
    ...(pod === undefined ? [] : [{ kind: "restart-pod", pod } as const]),
  ];
};

type PortFlags = { "free-ports": boolean } & { [Name in keyof Ports as `${Name}-port`]: number | undefined };

const portsIn = (flags: PortFlags): AskedPorts => {
  const any = flags["free-ports"] ? 0 : undefined;
  return Object.fromEntries(portNames.map((name) => [name, flags[`${name}-port`] ?? any]));
};

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
  conflict: ({ flags }) => {
    const commands = commandsIn(flags);
    const [command] = commands;
    if (commands.length > 1)
      return `--${commands.map(({ kind }) => kind).join(" and --")} do not go together`;
    if (flags.yes && command?.kind !== "reset") return "--yes goes with --reset";
    if (command && (flags["free-ports"] || flags.config.length > 0))
      return `--free-ports and --config are for a start, which --${command.kind} is not`;
    // MySQL's default may not count: a database keeps the port that it was made with.
    const ports = portsIn(flags);
    return sharedPort({ ...withDefaults(ports), mysql: ports.mysql ?? 0 });
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
  const [command = { kind: "up" }] = commandsIn(flags);
  return {
    command,
    stack,
    stateDir: stateDirOf(flags["state-dir"], env),
    config: Object.fromEntries(flags.config),
    ports: portsIn(flags),
    loopback: flags.loopback,
  };
};

/** What a person types to do something with this sandbox. */
export const commandLine = (flag: string, { stateDir }: Pick<SandboxOptions, "stateDir">): string =>
  `npm run sandbox -- ${flag}${stateDir === join(repositoryRoot, ".sandbox") ? "" : ` --state-dir ${stateDir}`}`;

/** What a person types to delete the data of this sandbox. */
export const resetCommand = (options: Pick<SandboxOptions, "stateDir">): string =>
  commandLine("--reset", options);
