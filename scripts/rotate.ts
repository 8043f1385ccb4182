/** `npm run rotate -- <environment> <secret…|--all>`: rotates secrets now, waits, and says what changed (R8). */

import { CommandError, exitCodeOf, messageOf } from "./cli/errors.ts";
import { exitCodes } from "./cli/exit-codes.ts";
import { terminal } from "./cli/progress.ts";
import { readOptions, usage } from "./ops/rotate/options.ts";
import { repair } from "./ops/rotate/repair.ts";
import { rotateSecret } from "./ops/rotate/rotation.ts";
import { targetOf } from "./ops/rotate/target.ts";

const console = terminal((text) => process.stdout.write(text));

const main = async (): Promise<number> => {
  const options = readOptions(process.argv.slice(2), process.env);
  if (!options) {
    console.print(usage);
    return 0;
  }
  const target = targetOf(options);
  if (options.repair) {
    console.print(`Repairing in ${target.where}:`);
    await repair(options, target, console);
    return 0;
  }
  console.print(`Rotating in ${target.where}:`);
  const failed: string[] = [];
  // One after the other, so that never two are in motion at once; one that fails does not hold up the others.
  for (const purpose of options.purposes) {
    console.print(`${purpose}`);
    try {
      await rotateSecret(purpose, options, target, console);
    } catch (error) {
      failed.push(purpose);
      process.stderr.write(`  NOT rotated: ${inWords(error, target.where)}\n`);
    }
  }
  const done = options.purposes.length - failed.length;
  console.print(
    `\n${done} of ${options.purposes.length} rotated${failed.length > 0 ? `, not: ${failed.join(", ")}` : ""}.`,
  );
  return failed.length > 0 ? exitCodes.failure : 0;
};

/** The network's and the SDK's own errors, in words that say what to do. */
const inWords = (error: unknown, where: string): string => {
  const name = error instanceof Error ? error.name : "";
  const text = messageOf(error);
  if (/ECONNREFUSED|ECONNRESET|socket hang up/.test(text) || name === "TimeoutError") {
    return `nobody answers in ${where} (${text}). In the sandbox: is its AWS stand-in alive? npm run sandbox -- --status`;
  }
  if (name === "CredentialsProviderError")
    return "there are no AWS credentials: aws sso login, or set AWS_PROFILE";
  return error instanceof CommandError ? text : `${name}: ${text}`;
};

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exit(exitCodeOf(error));
  },
);
