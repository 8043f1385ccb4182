/** `npm run drift -- <environment>`: what is different in the account from what the program says (S15). */
import { runCommand } from "./cli/command.ts";
import { repositoryRoot } from "./local/servers/index.ts";
import { drift, driftCommand } from "./ops/drift/drift.ts";

await runCommand(driftCommand, ({ flags: { issue }, arguments: [environment] }) =>
  drift(environment, issue, {
    root: repositoryRoot,
    env: process.env,
    out: (text) => void process.stdout.write(text),
    // An issue and a log show no colours.
    colours: false,
  }),
);
