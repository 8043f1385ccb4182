// `destroy` of what stands in for the Pulumi CLI (pulumi.sh). "plays.json" says how its next runs go.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.env.STAND_IN_PULUMI;
const stateFile = join(folder, "state.json");
const playsFile = join(folder, "plays.json");
const args = process.argv.slice(2);
const note = (entry) => appendFileSync(join(folder, "calls.jsonl"), `${JSON.stringify(entry)}\n`);

/**
 * Takes out what a pattern names; without any, everything but what is named to stay. A protected resource fails the preview,
 * before anything is touched; without a preview it only stays itself (pkg/resource/deploy/step.go, DeleteStep.Apply).
 */
const remove = (targets, staying = []) => {
  const state = JSON.parse(readFileSync(stateFile, "utf8"));
  const escaped = (text) => text.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("**", ".*");
  const named = targets.map((target) => new RegExp(`^${escaped(target)}$`));
  const goes = ({ urn, type }) =>
    !staying.includes(type) && (named.length === 0 || named.some((pattern) => pattern.test(urn)));
  const held = state.deployment.resources.filter((resource) => goes(resource) && resource.protect);
  for (const { urn } of held) console.log(`resource "${urn}" cannot be deleted\nbecause it is protected.`);
  if (held.length > 0 && !args.includes("--skip-preview")) return "preview failed";
  state.deployment.resources = state.deployment.resources.filter(
    (resource) => !goes(resource) || resource.protect,
  );
  writeFileSync(stateFile, JSON.stringify(state));
  return held.length > 0 ? "update failed" : undefined;
};

const destroy = () => {
  const targets = args.flatMap((arg, index) => (args[index - 1] === "--target" ? [arg] : []));
  const plays = existsSync(playsFile) ? JSON.parse(readFileSync(playsFile, "utf8")) : [];
  const play = plays.shift() ?? {};
  writeFileSync(playsFile, JSON.stringify(plays));
  if (play.waits) {
    process.on("SIGINT", () => {
      note({ signal: "SIGINT" });
      console.log("error: update canceled");
      process.exitCode = 255;
      clearTimeout(waiting);
    });
    const waiting = setTimeout(() => undefined, 60_000);
    console.log("destroying …");
    return;
  }
  const failed = remove(targets, play.staying);
  console.log(failed ? `error: ${failed}` : (play.output ?? "Resources: all deleted"));
  process.exitCode = failed ? 255 : (play.code ?? 0);
};

note({ args });
destroy();
