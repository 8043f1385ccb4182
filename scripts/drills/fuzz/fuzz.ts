import { join } from "node:path";
import { buildImage } from "../../../app/build.ts";
import { limits } from "../../../app/contract/limits.ts";
import { recordBy } from "../../../app/contract/records.ts";
import { operations } from "../../../app/openapi/operations.ts";
import type { Console } from "../../cli/progress.ts";
import { ensurePythonTools } from "../../local/servers/python-tools.ts";
import { run } from "../../local/servers/run.ts";
import { startMeasured } from "../api-bench/measured.ts";
import { type BenchServers, withBenchServers } from "../api-bench/servers.ts";

/** The document's tags. Probes and documents take nothing. */
export const groups = [...new Set(Object.values(operations).map(({ tag }) => tag))];

export interface FuzzOptions {
  groups: readonly string[];
  /** Fewest of each group. */
  cases: number;
  seed: number;
  console: Console;
}

const folder = import.meta.dirname;
const document = join(folder, "../../../docs/openapi.json");

/** Whether every answer was as the document says; prints what schemathesis says of each group. */
export async function fuzz({ groups: chosen, cases, seed, console }: FuzzOptions): Promise<boolean> {
  const programs = await ensurePythonTools(join(folder, "schemathesis.txt"));
  return withBenchServers(50, async (servers) => {
    const { server } = await buildImage(servers.folder);
    const api = await startMeasured("api", server, {
      ...servers,
      environment: { ...servers.environment, ...open },
    });
    try {
      let passed = true;
      for (const group of chosen) {
        const { code, text } = await console.step(group, () =>
          attack(join(programs, "st"), servers, { port: api.port, group, cases, seed }),
        );
        console.print(text);
        passed &&= code === 0;
      }
      return passed;
    } finally {
      await api.stop();
    }
  });
}

/** Without a load balancer, and with limits out of reach. */
const open: Record<string, string> = {
  NODE_ENV: "test",
  TRUSTED_PROXIES: "",
  ...recordBy(
    Object.values(limits),
    ({ variable }) => variable,
    (limit) => String("between" in limit ? limit.between[1] : 1_000_000),
  ),
};

async function attack(
  program: string,
  servers: BenchServers,
  { port, group, cases, seed }: { port: number; group: string; cases: number; seed: number },
): Promise<{ code: number; text: string }> {
  const count = Object.values(operations).filter(({ tag }) => tag === group).length;
  const args = [
    ...["--config-file", join(folder, "schemathesis.toml"), "run", document],
    ...["--url", `http://127.0.0.1:${port}`, "--include-tag", group, "--seed", String(seed)],
    ...["--checks", "all", "--continue-on-failure", "--max-examples", String(Math.ceil(cases / count))],
    ...["--no-color", "--warnings", "off", "--generation-database", "none", "--request-timeout", "20"],
  ];
  const env = {
    ...process.env,
    PYTHONPATH: folder,
    SCHEMATHESIS_HOOKS: "hooks",
    FUZZ_TOKEN: await servers.credentials["access token"](),
  };
  const { code, stdout, stderr } = await run(program, args, { env, cwd: servers.folder });
  return { code, text: stdout + stderr };
}
