import { existsSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import * as z from "zod";
import { typedValue } from "../../infra/config/path.ts";

/** 12, within the bounds. */
export const wholeNumber = (from = 1, to = Number.MAX_SAFE_INTEGER) => {
  const takes =
    to === Number.MAX_SAFE_INTEGER
      ? `a whole number from ${from} on`
      : `a whole number from ${from} to ${to}`;
  const number = z.number().int(takes).min(from, takes).max(to, takes);
  return z
    .string()
    .regex(/^\d{1,16}$/, takes)
    .transform(Number)
    .pipe(number);
};

/** A flag that says how many: `usual` without it. */
export const count = (description: string, usual: number, from?: number, to?: number) => ({
  description,
  placeholder: "N",
  value: wholeNumber(from, to),
  default: String(usual),
});

/** 0.5, up to the bound. */
export const positiveNumber = (to: number) => {
  const takes = `a number above 0, up to ${to}`;
  return z
    .string()
    .regex(/^\d+(\.\d+)?$/, takes)
    .transform(Number)
    .pipe(z.number().positive(takes).max(to, takes));
};

/** One of the names. */
export const oneOf = <const Name extends string>(names: readonly [Name, ...Name[]]) =>
  z.enum(names, { error: `one of ${names.join(", ")}` });

/** Any text. */
export const text = z.string();

/** A path as it was typed: npm runs scripts in the repository's folder, wherever the command was given. */
export const typedPath = (path: string, env: NodeJS.ProcessEnv = process.env): string =>
  isAbsolute(path) ? path : resolve(env.INIT_CWD ?? process.cwd(), path);

/** The path of a file or folder. */
export const path = z.string().transform((typed) => typedPath(typed));

const hasFolder = (file: string): boolean => existsSync(dirname(file));
const inFolder = "a file in a folder that exists";

/** The path of a file that the command will write, from the folder of the repository. */
export const output = z.string().refine(hasFolder, inFolder);

/** The path of a file that the command will write, from where it was typed. */
export const outputPath = path.refine(hasFolder, inFolder);

/** `bulwark:rotation.generation=2`, as a path in the configuration and the value there. */
export const setting = z.string().transform((typed, context): readonly [path: string, value: unknown] => {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(typed) ?? [];
  if (key !== undefined && value !== undefined) return [key, typedValue(value)];
  context.addIssue("PATH=VALUE, such as bulwark:network.natGateways=1");
  return z.NEVER;
});

/** What is typed besides flags: nothing. */
export const noArguments = z.tuple([], "It takes nothing besides its flags");

/** What is typed besides flags: an environment's name. */
export const oneEnvironment = z.tuple([z.string()], "Name one environment");
