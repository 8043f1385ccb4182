import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import * as z from "zod";
import { ConfigurationError } from "../../../infra/config/errors.ts";
import { parseEnvironment } from "../../../infra/config/load.ts";
import { setAtPath, typedValue } from "../../../infra/config/path.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const stackFile = z.object({ config: z.record(z.string(), z.unknown()) });

/** The environments that the repository holds. */
export const environments = ["sandbox", "staging", "production"] as const;

/** The values of Pulumi.<stack>.yaml, changed at the given paths (`bulwark:network.natGateways`; undefined: taken out). */
export function valuesOf(stack: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const { config } = stackFile.parse(parse(readFileSync(`${root}/Pulumi.${stack}.yaml`, "utf8")));
  for (const [path, value] of Object.entries(changes)) setAtPath(config, path, value);
  return config;
}

/** As the engine hands them to the program: text, structured values as JSON. */
export const rawOf = (values: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );

/** The error that a configuration is refused with. */
export function refusal(values: Record<string, unknown>, stack: string): ConfigurationError {
  try {
    parseEnvironment(rawOf(values), stack);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

/** Does what a command of an error message says, as the Pulumi CLI would; other keys are left as they are. */
export function obey(command: string, values: Record<string, unknown>): void {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
  const [pulumi, config, verb, ...rest] = words;
  if (pulumi !== "pulumi" || config !== "config")
    throw new Error(`not a command for the configuration: ${command}`);
  const [path = "", value] = rest.filter(
    (word, index) => !word.startsWith("--") && rest[index - 1] !== "--stack",
  );
  const full = path.includes(":") ? path : `bulwark:${path}`;
  if (verb === "rm") setAtPath(values, full, undefined);
  else setAtPath(values, full, typedValue(value ?? ""));
}
