import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { setAtPath } from "../../../infra/config/path.ts";
import { type CommandError, messageOf, refusal } from "../../cli/errors.ts";
// Not values.ts: it loads the Pulumi SDK, which costs commands that only look a name up a second.
import { maskedValue } from "./marks.ts";

/** What a run of the program needs to know of the files beside it. */
export interface Project {
  name: string;
  /** File that Pulumi would run. */
  entry: string;
  /** Namespaced keys (`aws:region`); structured values as JSON text, as the engine hands them to a program. */
  config: Record<string, string>;
  /** Keys of `config` that hold a secret. */
  secretKeys: string[];
}

const projectSchema = z.looseObject({
  name: z.string().min(1),
  main: z.string().default("."),
  config: z.record(z.string(), z.unknown()).default({}),
});
const stackSchema = z.looseObject({ config: z.record(z.string(), z.unknown()).nullish() });
const secureSchema = z.strictObject({ secure: z.string() });
const defaultSchema = z.looseObject({ value: z.unknown().optional(), default: z.unknown().optional() });

/** Names of the environments: every `Pulumi.<stack>.yaml` in `root`. */
export function stacksIn(root: string): string[] {
  return readdirSync(root)
    .map((file) => /^Pulumi\.(.+)\.ya?ml$/.exec(file)?.[1])
    .filter((stack) => stack !== undefined)
    .sort();
}

/**
 * Reads `Pulumi.yaml` and the stack's file. `overrides` go on top: a key as `pulumi config set --path` takes it
 * (`bulwark:network.natGateways`) and its value; `undefined` removes the key.
 * @throws CommandError (exit code 2) where a file is missing, or does not hold what Pulumi expects there
 */
export function readProject(root: string, stack: string, overrides: Record<string, unknown> = {}): Project {
  const project = readYaml(join(root, "Pulumi.yaml"), projectSchema);
  const stackFile = [`Pulumi.${stack}.yaml`, `Pulumi.${stack}.yml`].find((file) =>
    existsSync(join(root, file)),
  );
  if (stackFile === undefined) throw unknownStack(stack, stacksIn(root));
  const named = (key: string) => namespaced(key, project.name);
  const given = readYaml(join(root, stackFile), stackSchema).config ?? {};
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries({ ...defaultsOf(project.config), ...given }))
    values[named(key)] = value;
  for (const [path, value] of Object.entries(overrides)) setAtPath(values, named(path), value);
  return { name: project.name, entry: entryOf(root, project.main), ...flatten(values) };
}

const unknownStack = (stack: string, known: readonly string[]): CommandError =>
  refusal(
    `There is no environment "${stack}" (no file Pulumi.${stack}.yaml). Environments: ${known.join(", ") || "none"}.`,
  );

/** Values that Pulumi.yaml gives to every stack: `key: { value: … }`, `key: { default: … }` or a plain value. */
function defaultsOf(config: Record<string, unknown>): Record<string, unknown> {
  const defaults: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(config)) {
    const described = defaultSchema.safeParse(entry);
    const value = described.success ? (described.data.value ?? described.data.default) : entry;
    if (value !== undefined) defaults[key] = value;
  }
  return defaults;
}

/** A key or path without a namespace is the project's own, as on Pulumi's command line. */
export const namespaced = (key: string, project: string): string =>
  /^[^.[]*:/.test(key) ? key : `${project}:${key}`;

function flatten(values: Record<string, unknown>): Pick<Project, "config" | "secretKeys"> {
  const config: Record<string, string> = {};
  const secretKeys: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const { value: plain, secret } = withoutCiphertext(value);
    if (secret) secretKeys.push(name);
    config[name] = typeof plain === "string" ? plain : JSON.stringify(plain);
  }
  return { config, secretKeys };
}

/** Encrypted values cannot be read without the stack's key, and a plan must not show them: each becomes the mask. */
function withoutCiphertext(value: unknown): { value: unknown; secret: boolean } {
  if (secureSchema.safeParse(value).success) return { value: maskedValue, secret: true };
  if (Array.isArray(value)) {
    const items = value.map(withoutCiphertext);
    return { value: items.map((item) => item.value), secret: items.some((item) => item.secret) };
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => [key, withoutCiphertext(item)] as const);
    return {
      value: Object.fromEntries(entries.map(([key, item]) => [key, item.value])),
      secret: entries.some(([, item]) => item.secret),
    };
  }
  return { value, secret: false };
}

function entryOf(root: string, main: string): string {
  const path = join(root, main);
  if (!existsSync(path))
    throw refusal(`Pulumi.yaml says "main: ${main}", but there is no such file or folder.`);
  return statSync(path).isDirectory() ? join(path, "index.ts") : path;
}

function readYaml<T extends z.ZodType>(file: string, schema: T): z.output<T> {
  if (!existsSync(file)) throw refusal(`There is no ${file}: run this in the project's folder.`);
  let content: unknown;
  try {
    content = parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw refusal(`${file} is not YAML: ${messageOf(error)}`);
  }
  const parsed = schema.safeParse(content ?? {});
  if (!parsed.success) throw refusal(`${file}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
