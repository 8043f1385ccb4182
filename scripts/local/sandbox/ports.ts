import { basename, dirname } from "node:path";
import { CommandError, refusal } from "../../cli/errors.ts";
import { exitCodes } from "../../cli/exit-codes.ts";
import { listeningPaths, parentOf, portHolder } from "../servers/port-holder.ts";
import { freePort, portTaken } from "../servers/ports.ts";
import { controlSocketName } from "./home.ts";
import { commandLine, resetCommand, type SandboxOptions } from "./options.ts";
import { type Ports, portNames, sharedPort, withDefaults } from "./port-numbers.ts";
import type { PartialSandbox } from "./stop.ts";

const listeners = { https: "HTTPS", http: "HTTP", mysql: "MySQL", redis: "Redis", aws: "AWS stand-in" };

/**
 * Finds a port for everything: what was asked for must be free, 0 means any free one.
 * @throws CommandError (exit code 2) that names all that are taken, and who has them
 */
export const choosePorts = async (
  { state, home }: Pick<PartialSandbox, "state" | "home">,
  options: SandboxOptions,
): Promise<Ports> => {
  const before = state.current.remembered.mysqlPort;
  const asked = options.ports.mysql;
  if (before !== undefined && asked && asked !== before)
    throw databaseStays(home.dir, before, asked, options);
  const ports: Ports = withDefaults(options.ports);
  // A database keeps its address, as in RDS: the secrets of its users contain it.
  ports.mysql = before ?? ports.mysql;
  const shared = sharedPort(ports);
  if (shared) throw refusal(`${shared}: choose another one.`);
  const taken: (keyof Ports)[] = [];
  for (const name of portNames) if (ports[name] !== 0 && (await portTaken(ports[name]))) taken.push(name);
  if (taken.length > 0) throw refusal(await portsTaken(ports, taken, before !== undefined, options));
  for (const name of portNames) {
    const others = Object.values(ports);
    while (ports[name] === 0) ports[name] = await freePortBesides(others);
  }
  const { mysql } = ports;
  state.update((current) => ({ ...current, remembered: { ...current.remembered, mysqlPort: mysql } }));
  return ports;
};

/** 0 when the system gives one that is promised already. */
const freePortBesides = async (others: readonly number[]): Promise<number> => {
  const port = await freePort();
  return others.includes(port) ? 0 : port;
};

const databaseStays = (dir: string, before: number, asked: number, options: SandboxOptions): CommandError =>
  new CommandError(
    `The database in ${dir} belongs to port ${before}, which its secrets name, and cannot move to ${asked}.\n` +
      `  Leave --mysql-port out, or delete the database first: ${resetCommand(options)}`,
    { exitCode: exitCodes.refused },
  );

/** All ports that are taken, each with who has it, and what to type. */
const portsTaken = async (
  ports: Ports,
  taken: readonly (keyof Ports)[],
  databaseExists: boolean,
  options: SandboxOptions,
): Promise<string> => {
  const lines: string[] = [];
  const sandboxes = new Set<string>();
  for (const name of taken) {
    const holder = await portHolder(ports[name]);
    const folder = holder && sandboxOf(holder.pid);
    if (folder !== undefined) sandboxes.add(folder);
    const by = holder ? `${holder.name} (process ${holder.pid})` : "another program";
    lines.push(
      `  ${ports[name]} (${listeners[name]}): ${by}${folder === undefined ? "" : ` of the sandbox in ${folder}`}`,
    );
  }
  const fixed = databaseExists && taken.includes("mysql");
  const movable = taken.filter((name) => !(fixed && name === "mysql"));
  const flags = movable.map((name) => `--${name}-port N`).join(" ");
  return [
    taken.length === 1 ? "A port is taken:" : "Ports are taken:",
    ...lines,
    ...[...sandboxes].map((folder) => `Stop that sandbox: ${commandLine("--down", { stateDir: folder })}`),
    ...(movable.length > 0
      ? [`Use other ports: ${commandLine("--free-ports", options)}, which takes any, or ${flags}`]
      : []),
    ...(fixed
      ? [
          `MySQL's port stays, because the secrets in ${options.stateDir} name it: free it, or delete the database: ${resetCommand(options)}`,
        ]
      : []),
  ].join("\n");
};

/** The folder of the sandbox that a process is, or belongs to: where a sandbox listens for orders. */
export const sandboxOf = (pid: number): string | undefined => {
  const parent = parentOf(pid);
  const socket = [pid, ...(parent === undefined ? [] : [parent])]
    .flatMap(listeningPaths)
    .find((path) => basename(path) === controlSocketName);
  return socket && dirname(socket);
};
