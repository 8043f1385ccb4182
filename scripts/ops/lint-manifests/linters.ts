import { existsSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { progress } from "../../cli/progress.ts";
import { toolsDir } from "../../local/servers/index.ts";
import { findGo } from "../../local/servers/needs.mjs";
import { ensurePythonTools } from "../../local/servers/python-tools.ts";
import { run, tail } from "../../local/servers/run.ts";

/** What a linter does not like. */
export interface LintProblem {
  linter: string;
  rule: string;
  /** `Kind name`. */
  object: string;
  message: string;
}

export interface Linter {
  name: string;
  /** Looks at manifests: a file each. @param kubernetes minor version of the cluster, `1.36` */
  lint(files: readonly string[], kubernetes: string): Promise<LintProblem[]>;
}

/** Programs have their own ideas of exit codes: what they print is what counts, and nothing to read is an error. */
async function output(command: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run(command, args);
  if (stdout.trim() !== "") return stdout;
  throw new Error(`${command} printed nothing:\n${tail(stderr)}`);
}

const kubeScoreVersion = "1.20.0";

/** Linters that run on this machine; `missing` names the others. */
export async function ensureLinters(): Promise<{ linters: Linter[]; missing: string[] }> {
  const programs = await ensurePythonTools(join(import.meta.dirname, "linters.txt"));
  const linters: Linter[] = [
    { name: "kubernetes-validate", lint: schemas(join(programs, "kubernetes-validate")) },
    { name: "checkov", lint: checkov(join(programs, "checkov")) },
  ];
  const score = await ensureKubeScore();
  if (typeof score === "string") linters.push({ name: "kube-score", lint: kubeScore(score) });
  const missing = typeof score === "string" ? [] : [`kube-score: ${score.reason}`];
  return { linters, missing };
}

/** The program's path, or why there is none. */
async function ensureKubeScore(): Promise<string | { reason: string }> {
  const folder = join(toolsDir, `kube-score-${kubeScoreVersion}`);
  const program = join(folder, "kube-score");
  if (existsSync(program)) return program;
  const go = findGo();
  if (go === undefined) return { reason: "Go, which would compile it, is not installed" };
  const module = `github.com/zegl/kube-score/cmd/kube-score@v${kubeScoreVersion}`;
  const built = await progress.step(`compiling kube-score ${kubeScoreVersion} (once)`, () =>
    run(go, ["install", module], { env: { ...process.env, GOBIN: folder, GOFLAGS: "" } }),
  );
  return built.code === 0 ? program : { reason: `Go could not compile it:\n${tail(built.stderr)}` };
}

/** Against the schemas of Kubernetes itself, unknown fields included. */
function schemas(program: string): Linter["lint"] {
  // The schemas it brings along are Kubernetes' own: this kind is EKS's, and the control-plane test has its definition.
  const own = (file: string) => !/-ingressclassparams-/.test(file);
  return async (files, kubernetes) => {
    // An upgrade is one value of the configuration, so the newest version must take them, too: the default.
    const complaints: string[] = [];
    for (const version of [["--kubernetes-version", kubernetes], []]) {
      const args = ["--strict", "--quiet", ...version, ...files.filter(own)];
      const { code, stdout, stderr } = await run(program, args);
      const lines = (stdout + stderr).split("\n").filter((line) => line.trim() !== "");
      if (code !== 0) complaints.push(...(lines.length > 0 ? lines : [`exit code ${code}`]));
    }
    return complaints.map((message) => ({
      linter: "kubernetes-validate",
      rule: "schema",
      object: "manifests",
      message,
    }));
  };
}

const checkovResult = z.object({
  results: z.object({
    failed_checks: z.array(z.object({ check_id: z.string(), check_name: z.string(), resource: z.string() })),
    parsing_errors: z.array(z.string()),
  }),
});

function checkov(program: string): Linter["lint"] {
  return async (files) => {
    const flags = ["--framework", "kubernetes", "--compact", "--output", "json", "--skip-download"];
    const text = await output(program, [...flags, ...files.flatMap((file) => ["--file", file])]);
    const { results } = checkovResult.parse(JSON.parse(text));
    const unread = results.parsing_errors.map((file) => ({
      linter: "checkov",
      rule: "parsing",
      object: file,
      message: "could not be read",
    }));
    const failed = results.failed_checks.map(({ check_id, check_name, resource }) => {
      const [kind = "", , ...name] = resource.split(".");
      return {
        linter: "checkov",
        rule: check_id,
        object: `${kind} ${name.join(".")}`,
        message: check_name,
      };
    });
    return [...unread, ...failed];
  };
}

const scored = z.array(
  z.object({
    type_meta: z.object({ kind: z.string() }),
    object_meta: z.object({ name: z.string() }),
    checks: z.array(
      z.object({
        check: z.object({ id: z.string() }),
        grade: z.number(),
        skipped: z.boolean(),
        comments: z.array(z.object({ summary: z.string() })).nullable(),
      }),
    ),
  }),
);
/** Kube-score's grade for "nothing to say"; 7 is "almost", 5 a warning, 1 critical. */
const allOk = 10;

function kubeScore(program: string): Linter["lint"] {
  return async (files, kubernetes) => {
    const flags = ["--output-format", "json", "--kubernetes-version", `v${kubernetes}`];
    const objects = scored.parse(JSON.parse(await output(program, ["score", ...flags, ...files])));
    return objects.flatMap(({ type_meta, object_meta, checks }) =>
      checks
        .filter(({ grade, skipped }) => !skipped && grade < allOk)
        .map(({ check, comments }) => ({
          linter: "kube-score",
          rule: check.id,
          object: `${type_meta.kind} ${object_meta.name}`,
          message: (comments ?? []).map(({ summary }) => summary).join("; "),
        })),
    );
  };
}
