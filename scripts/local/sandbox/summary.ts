import { relative } from "node:path";
import pc from "picocolors";
import { paths, ports as podPorts } from "../../../app/contract/endpoints.ts";
import { apiName } from "../../../infra/lib/kubernetes-names.ts";
import type { Replicas } from "./control.ts";
import type { Pod } from "./pod.ts";
import { serverLogs } from "./resources/data.ts";
import type { Sandbox } from "./sandbox.ts";
import type { SandboxAccess } from "./state.ts";

type Row = [what: string, where: string, log: string];

/** A path as short as it can be typed from where npm was called. */
export const shown = (path: string): string => {
  const short = relative(process.env.INIT_CWD ?? process.cwd(), path);
  return short === "" || short.startsWith("../..") ? path : short;
};

/** Where the replicas are, and where the balancer sends from, for programs. */
export const replicasOf = ({ cluster, loopback }: Sandbox): Replicas => ({
  from: loopback.balancerAddress(),
  replicas: apiPods(cluster).map(({ facts: { name, ip } }) => ({ name, ip })),
});

const apiPods = ({ deployments }: Sandbox["cluster"]): Pod[] => [...(deployments.get(apiName)?.pods ?? [])];

/** What runs where, as a table. */
export const whereabouts = (sandbox: Sandbox): string => {
  const logs = serverLogs(sandbox);
  const rows: Row[] = [
    ["API (HTTPS, HTTP/2)", urls(sandbox).https, ""],
    ["  HTTP, answered with 301", urls(sandbox).http, ""],
    ...sandbox.cluster.pods().map(({ facts, ready, restarts, phase, process: running }): Row => {
      const { http, management } = podPorts;
      // The worker has one listener.
      const probed = facts.serviceAccount === apiName ? http : management;
      const state = ready ? "ready" : phase === "running" ? "not ready" : phase;
      const often = restarts > 0 ? `, restarted ${restarts}×` : "";
      return [
        `  ${facts.name} (${state}${often})`,
        // Not the pages behind the load balancer: without it, a pod answers them with a redirect to HTTPS.
        [`${probed}${paths.ready}`, `${management}${paths.metrics}`]
          .map((path) => `http://${facts.ip}:${path}`)
          .join(" "),
        running ? shown(running.logFile) : "",
      ];
    }),
    ["MySQL", sandbox.mysql ? `localhost:${sandbox.mysql.current.port}` : "not started", shown(logs.mysql)],
    ["Redis", sandbox.redis ? `localhost:${sandbox.redis.current.port}` : "not started", shown(logs.redis)],
    ["AWS stand-in", sandbox.standin.url, `${sandbox.standin.url}/_standin/requests`],
    ["  Lambda functions", functionNames(sandbox), `${shown(sandbox.home.logs)}/<function>.log`],
  ];
  return table([["What", "Where", "Log"], ...rows]);
};

/** The functions' names, which the stack begins alike, without that beginning. */
const functionNames = ({ functions }: Sandbox): string => {
  const names = [...functions.values()].map(({ name }) => name).sort();
  const [first = "", last = ""] = [names[0], names.at(-1)];
  const alike = [...first].findIndex((letter, index) => letter !== last[index]);
  return names.map((name) => name.slice(Math.max(0, alike))).join(", ");
};

/** What to type next. */
export const firstSteps = (sandbox: Sandbox, { email, password, apiKey }: SandboxAccess): string => {
  const { stack } = sandbox;
  const { https } = urls(sandbox);
  const curl = `curl --cacert ${shown(sandbox.certificates.caFile)}`;
  const key = `-H 'authorization: Bearer ${apiKey}'`;
  const json = "-H 'content-type: application/json'";
  const [pod] = apiPods(sandbox.cluster);
  const folder = flagsOf(sandbox);
  const environment = stack === "sandbox" ? stack : `${stack} --in-sandbox`;
  const commands = [
    [
      `npm run rotate -- ${environment} db-app${folder}`,
      "rotates the API's MySQL user under it (--all: all secrets)",
    ],
    [`npm run load -- --seconds 30 --rate 200${folder}`, "loads it meanwhile, and counts failures"],
    [
      `npm run drill:rotate${folder === "" ? "" : ` --${folder}`}`,
      "rotates all secrets twice under load, and counts failures",
    ],
    [
      `npm run drill:attack${folder === "" ? "" : ` --${folder}`}`,
      "sends what no honest client sends, and counts what it should not get",
    ],
    [`npm run seed -- ${environment}${folder}`, "adds three organisations and 10,000 bookings"],
    [`npm run audit -- ${environment} verify${folder}`, "verifies the audit trail's hash chains"],
    [`npm run sandbox -- --restart-pod ${pod?.facts.name ?? "NAME"}${folder}`, "replaces one replica"],
    [`npm run sandbox -- --status${folder}`, "shows this table"],
  ] as const;
  const width = Math.max(...commands.map(([command]) => command.length));
  return [
    pc.bold("Make a booking, and read it:"),
    `  ${curl} ${https}/v1/bookings ${key} ${json} -d '{"clientName":"Ada Lovelace",` +
      `"clientEmail":"ada@example.com","clientPhone":"+4915112345678","startsAt":"${tomorrow(10)}","endsAt":"${tomorrow(11)}"}'`,
    `  ${curl} ${https}/v1/bookings ${key}`,
    pc.bold("Sign in as the admin (password and API key are new with each start):"),
    `  ${curl} ${https}/v1/auth/sign-in ${json} -d '{"email":"${email}","password":"${password}","tokens":"body"}'`,
    pc.bold("In another terminal:"),
    ...commands.map(([command, effect]) => `  ${command.padEnd(width)}  ${effect}`),
    `${pc.bold("Stop:")} Ctrl-C, or npm run sandbox -- --down${folder}. Data and secrets stay; --reset deletes them.`,
  ].join("\n");
};

/** Where this sandbox's load balancer listens. */
export const urls = ({ balancer }: Sandbox): { https: string; http: string } => ({
  https: `https://localhost:${balancer?.httpsPort ?? 0}`,
  http: `http://localhost:${balancer?.httpPort ?? 0}`,
});

const flagsOf = ({ home }: Sandbox): string => {
  const folder = shown(home.dir);
  return folder === ".sandbox" ? "" : ` --state-dir ${folder}`;
};

const tomorrow = (hour: number): string => {
  const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  return `${day}T${String(hour).padStart(2, "0")}:00:00Z`;
};

const table = (rows: readonly Row[]): string => {
  const width = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length));
  const [first, second] = [width(0), width(1)];
  return rows
    .map(([what, where, log], index) => {
      const line = `  ${what.padEnd(first)}  ${where.padEnd(second)}  ${log}`.trimEnd();
      return index === 0 ? pc.dim(line) : line;
    })
    .join("\n");
};
