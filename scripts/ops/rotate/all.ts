import { CommandError, messageOf } from "../../cli/errors.ts";
import { exitCodes } from "../../cli/exit-codes.ts";
import type { Console } from "../../cli/progress.ts";
import type { RotationAccess } from "./access.ts";
import type { RotateOptions } from "./options.ts";
import { rotateSecret } from "./rotation.ts";

/** Rotates what was asked for, tells what became of each secret, and returns the exit code. */
export const rotateAll = async (
  options: RotateOptions,
  access: RotationAccess,
  console: Console,
): Promise<number> => {
  const { purposes } = options;
  console.print(`Rotating in ${access.where}:`);
  const failed: string[] = [];
  // One after the other, so that two never run at once; a failure does not stop the others.
  for (const purpose of purposes) {
    try {
      await console.step(purpose, (at) => rotateSecret(purpose, options, access, console, at));
    } catch (error) {
      failed.push(purpose);
      process.stderr.write(`  NOT rotated: ${inWords(error, access.where)}\n`);
    }
  }
  const others = failed.length > 0 ? `, not: ${failed.join(", ")}` : "";
  console.print(`\n${purposes.length - failed.length} of ${purposes.length} rotated${others}.`);
  return failed.length > 0 ? exitCodes.failure : exitCodes.done;
};

/** The network's and the SDK's own errors, in words that say what to do. */
const inWords = (error: unknown, where: string): string => {
  const name = error instanceof Error ? error.name : "";
  const text = messageOf(error);
  // What failed behind AWS, such as a function that does not reach MySQL, has been told in its own words.
  if (error instanceof CommandError) return text;
  if (/ECONNREFUSED|ECONNRESET|socket hang up/.test(text) || name === "TimeoutError") {
    return `nobody answers in ${where} (${text}). In the sandbox: is its AWS stand-in alive? npm run sandbox -- --status`;
  }
  if (name === "CredentialsProviderError")
    return "there are no AWS credentials: aws sso login, or set AWS_PROFILE";
  return `${name}: ${text}`;
};
