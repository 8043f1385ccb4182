import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import * as z from "zod";
import { FunctionNotFound } from "../../../../scripts/local/aws-standin/index.ts";
import { outsideEnvironment } from "../../../../scripts/local/sandbox/environment.ts";
import { LambdaFunction } from "../../../../scripts/local/sandbox/lambda.ts";
import type { Processes } from "../../../../scripts/local/sandbox/processes.ts";
import { type Call, jsonOf, succeeded } from "../calls.ts";
import type { Supplement } from "../proxy.ts";
import { unzip } from "../unzip.ts";

const settings = z.object({
  Handler: z.string(),
  Timeout: z.number().default(3),
  MemorySize: z.number().default(128),
  Environment: z.object({ Variables: z.record(z.string(), z.string()).default({}) }).prefault({}),
});
const creation = settings.extend({ FunctionName: z.string(), Code: z.object({ ZipFile: z.base64() }) });
const newCode = z.object({ ZipFile: z.base64() });
const permission = z.object({ StatementId: z.string(), Principal: z.string() });
const configured = z.object({ FunctionArn: z.string() });

interface Known {
  arn: string;
  settings: z.output<typeof settings>;
  zip: Buffer;
  /** Id of the policy's statement → who it lets in. */
  permissions: Map<string, string>;
  running: LambdaFunction;
}

export interface FunctionsOptions {
  /** Folder for code and logs. */
  dir: string;
  region: string;
  processes: Processes;
  /** Authority that signed the servers' certificates. */
  caFile: string;
  /** Where the functions find AWS. */
  endpoint(): string;
}

/** Lambda functions as the sandbox runs them: the emulator keeps what they are, their code runs here, with exactly their environment. */
export class Functions implements Supplement {
  readonly calls =
    /^lambda (POST|PUT|DELETE) \/2015-03-31\/functions(\/[^/]+(\/(code|configuration|policy(\/[^/]+)?))?)?$/;
  readonly #options: FunctionsOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: FunctionsOptions) {
    this.#options = options;
  }

  async answer(call: Call, { emulator }: Parameters<Supplement["answer"]>[1]) {
    const answer = await emulator(call);
    if (succeeded(answer)) await this.#note(call, jsonOf(answer));
    return answer;
  }

  /** Runs a function by name or ARN. */
  async invoke(nameOrArn: string, payload: unknown): Promise<unknown> {
    const known = this.#known.get(nameIn(nameOrArn));
    if (known === undefined) throw new FunctionNotFound(nameOrArn);
    return known.running.invoke(payload);
  }

  /** Whether a function's policy lets Secrets Manager in. */
  mayInvoke(arn: string): boolean {
    const { permissions } = this.#known.get(nameIn(arn)) ?? {};
    return [...(permissions?.values() ?? [])].includes("secretsmanager.amazonaws.com");
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#known.values()].map(({ running }) => running.stop(2_000)));
    this.#known.clear();
  }

  async #note(call: Call, answered: unknown): Promise<void> {
    const [method = "", path = ""] = call.action.split(" ");
    const [, , , named, part, statement] = path.split("/");
    if (named === undefined)
      return this.#make(creation.parse(jsonOf(call)), configured.parse(answered).FunctionArn);
    const name = nameIn(named);
    const known = this.#known.get(name);
    if (known === undefined) return;
    if (part === "code")
      return this.#replace(name, { zip: Buffer.from(newCode.parse(jsonOf(call)).ZipFile, "base64") });
    if (part === "configuration")
      return this.#replace(name, {
        settings: settings.parse({ ...known.settings, ...Object(jsonOf(call)) }),
      });
    if (part === "policy" && method === "DELETE") known.permissions.delete(statement ?? "");
    else if (part === "policy") {
      const { StatementId, Principal } = permission.parse(jsonOf(call));
      known.permissions.set(StatementId, Principal);
    } else if (method === "DELETE") {
      this.#known.delete(name);
      await known.running.stop(2_000);
    }
  }

  #make({ FunctionName, Code, ...rest }: z.output<typeof creation>, arn: string): void {
    const name = nameIn(FunctionName);
    const parts = { arn, settings: settings.parse(rest), zip: Buffer.from(Code.ZipFile, "base64") };
    this.#known.set(name, { ...parts, permissions: new Map(), running: this.#start(name, parts) });
  }

  async #replace(name: string, changes: Partial<Pick<Known, "settings" | "zip">>): Promise<void> {
    const before = this.#known.get(name);
    if (before === undefined) return;
    await before.running.stop(2_000);
    const after = { ...before, ...changes };
    this.#known.set(name, { ...after, running: this.#start(name, after) });
  }

  #start(name: string, { settings: wanted, zip }: Pick<Known, "settings" | "zip">): LambdaFunction {
    const { dir, processes, region, caFile, endpoint } = this.#options;
    const code = join(dir, name);
    unpack(zip, code);
    return new LambdaFunction({
      name,
      code,
      handler: wanted.Handler,
      timeoutSeconds: wanted.Timeout,
      memoryMb: wanted.MemorySize,
      logFile: join(dir, `${name}.log`),
      processes,
      environment: {
        ...wanted.Environment.Variables,
        AWS_REGION: region,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(wanted.MemorySize),
        ...outsideEnvironment({ awsEndpoint: endpoint(), caFile }, `function.${name}`, code),
      },
    });
  }
}

/** `arn:…:function:name`, `name` → `name`. */
const nameIn = (nameOrArn: string): string => nameOrArn.replace(/^arn:.*:function:/, "").replace(/:.*$/, "");

function unpack(zip: Buffer, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  for (const { name, content } of unzip(zip)) {
    const target = resolve(folder, name);
    if (!target.startsWith(folder + sep)) throw new Error(`"${name}" lies outside the function's code`);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
}
