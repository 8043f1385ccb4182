// What Lambda's Node.js runtime does, in a process of its own: loads a function's code once, then runs its handler once for
// each message. Plain JavaScript: it runs code that knows nothing of this repository.
// Usage: node lambda-runtime.mjs <code folder> <file.export>
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, handlerName] = process.argv.slice(2);
const [file, exported] = handlerName.split(".");

const line = (type, record) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), type: `platform.${type}`, record }));

const described = (error) =>
  error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: typeof error, message: String(error) };

const load = async () => {
  const path = ["mjs", "js", "cjs"].map((ending) => join(folder, `${file}.${ending}`)).find(existsSync);
  if (!path) throw new Error(`Cannot find module '${file}'`);
  const module = await import(pathToFileURL(path).href);
  const handler = module[exported] ?? module.default?.[exported];
  if (typeof handler !== "function") throw new Error(`${handlerName} is undefined or not exported`);
  return handler;
};
const loaded = load();
// The first invocation reports it.
loaded.catch(() => undefined);

const invoke = async ({ requestId, event, deadline }) => {
  const began = performance.now();
  line("start", { requestId, version: "$LATEST" });
  const context = {
    awsRequestId: requestId,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: "$LATEST",
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  let answer;
  try {
    const handler = await loaded;
    // As it would go over the wire: undefined becomes null, dates become text.
    answer = { requestId, result: JSON.parse(JSON.stringify((await handler(event, context)) ?? null)) };
  } catch (error) {
    answer = { requestId, error: described(error) };
    console.log(JSON.stringify({ time: new Date().toISOString(), level: "ERROR", message: answer.error }));
  }
  const durationMs = Math.round(performance.now() - began);
  line("report", { requestId, status: answer.error ? "failure" : "success", metrics: { durationMs } });
  process.send(answer);
};

process.on("message", (message) => void invoke(message));
process.on("disconnect", () => process.exit(0));
