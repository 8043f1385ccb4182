import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { deserialize, serialize } from "node:v8";
import * as z from "zod";
import { type PlannedResource, type ProgramRun, runProgram } from "../../../scripts/plan/monitor/index.ts";
import { oncePerRun } from "../../support/once-per-run.ts";
import { withoutTraces } from "../../support/without-traces.ts";

/** The plan of an environment, with the questions that tests ask of it. */
export class Plan {
  readonly run: ProgramRun;
  readonly #byUrn: Map<string, PlannedResource>;

  constructor(run: ProgramRun) {
    this.run = run;
    this.#byUrn = new Map(run.resources.map((resource) => [resource.urn, resource]));
  }

  /** The resources of a type token whose names hold `part`. */
  all(type: string, part = ""): PlannedResource[] {
    return this.run.resources.filter((resource) => resource.type === type && resource.name.includes(part));
  }

  /** The one resource of a type token whose name holds `part`. */
  one(type: string, part = ""): PlannedResource {
    return only(this.all(type, part), `resources of ${type} named …${part}…`);
  }

  /** Everything in Kubernetes. */
  objects(): PlannedResource[] {
    return this.run.resources.filter(({ type }) => type.startsWith("kubernetes:"));
  }

  /** The one Kubernetes object of a kind, or the one of that name. */
  object(kind: string, name?: string): PlannedResource {
    const found = this.objects().filter(
      ({ inputs }) => inputs.kind === kind && (name === undefined || at(inputs, "metadata.name") === name),
    );
    return only(found, `objects of kind ${kind}${name === undefined ? "" : ` named ${name}`}`);
  }

  /** Whether `later` is made after `earlier`, and so deleted before it, through whatever lies between. */
  waitsFor(later: PlannedResource, earlier: PlannedResource): boolean {
    const seen = new Set<string>();
    const open = [later.urn];
    for (let urn = open.pop(); urn !== undefined; urn = open.pop()) {
      if (urn === earlier.urn) return true;
      if (seen.has(urn)) continue;
      seen.add(urn);
      const { dependencies = [], provider } = this.#byUrn.get(urn) ?? {};
      open.push(...dependencies);
      // The engine, too, ends a provider only after all that was made through it. The reference is `urn::id`.
      if (provider !== undefined) open.push(provider.slice(0, provider.lastIndexOf("::")));
    }
    return false;
  }
}

function only(found: readonly PlannedResource[], what: string): PlannedResource {
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first;
  throw new Error(`${found.length} ${what}: ${found.map(({ name }) => name).join(", ")}`);
}

/** Longest that a few plans may take on a busy machine, milliseconds: for `beforeAll`. A plan alone takes about a second. */
export const planning = 120_000;

/** An update, a preview of an environment that stands, or a first preview, in which no output of any resource is known. */
type Kind = "preview" | "first preview" | "update";

const plans = new Map<string, Promise<Plan>>();

/**
 * The plan of an environment with changes to its configuration (`bulwark:network.natGateways`), nothing made real; each is
 * worked out once in a run of the tests, for all files that ask for it.
 */
export function planOf(
  stack: string,
  config: Record<string, unknown> = {},
  kind: Kind = "preview",
): Promise<Plan> {
  // JSON leaves undefined values out, and a key taken away is not a key left alone.
  const key = JSON.stringify([stack, config, kind], (_, value) =>
    value === undefined ? "taken away" : value,
  );
  const known = plans.get(key);
  if (known !== undefined) return known;
  const plan = shared(key, () =>
    withoutTraces(() =>
      runProgram({ stack, preview: kind === "preview", config, unknowns: kind === "first preview" }),
    ),
  );
  plans.set(key, plan);
  return plan;
}

async function shared(key: string, run: () => Promise<ProgramRun>): Promise<Plan> {
  const name = `plan-${createHash("sha256").update(key).digest("hex")}`;
  // In the format of structured clones: JSON would lose what is undefined.
  const file = await oncePerRun(name, async (path) => writeFileSync(path, serialize(await run())));
  return new Plan(deserialize(readFileSync(file)));
}

const repository = fileURLToPath(new URL("../../..", import.meta.url));

/** The plan of an environment under another name than the one its file gives it. */
export async function planUnderName(name: string, like: string): Promise<Plan> {
  const root = mkdtempSync(join(tmpdir(), "bulwark-plan-"));
  try {
    const project = readFileSync(join(repository, "Pulumi.yaml"), "utf8");
    const main = relative(root, join(repository, "infra/main.mjs"));
    writeFileSync(join(root, "Pulumi.yaml"), project.replace("main: infra/main.mjs", `main: ${main}`));
    writeFileSync(join(root, `Pulumi.${name}.yaml`), readFileSync(join(repository, `Pulumi.${like}.yaml`)));
    return new Plan(await withoutTraces(() => runProgram({ stack: name, root, preview: true })));
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** What lies at a path (`spec.containers.0.image`) of a value; undefined where the path leaves it. */
export const at = (value: unknown, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>(
      (inner, step) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, step) : undefined),
      value,
    );

const list = z.union([z.string(), z.array(z.string())]);
const statementSchema = z.looseObject({
  Sid: z.string().optional(),
  Effect: z.enum(["Allow", "Deny"]),
  Principal: z.unknown().optional(),
  Action: list,
  Resource: list.optional(),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});
/** A statement of an IAM policy, as it is written. */
export type Statement = z.output<typeof statementSchema>;
const documentSchema = z.looseObject({ Statement: z.array(statementSchema) });

/** The statements of a policy document, as a resource has it: JSON text. */
export const statementsOf = (policy: unknown): Statement[] =>
  documentSchema.parse(JSON.parse(z.string().parse(policy))).Statement;
