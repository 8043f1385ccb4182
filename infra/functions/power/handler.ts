import { lazily } from "../rotation/function.ts";
import { readEnvironment } from "../shared/environment.ts";
import { asFailure, Failure } from "../shared/failure.ts";
import { makeLog } from "../shared/log.ts";
import { powerEnv } from "./env.ts";
import { type PowerSummary, switchPower } from "./power.ts";
import { clusterToken } from "./token.ts";

/** Switches the workload and its nodes off and on; the environment's schedule invokes it, or a person. */
export const handler: (event: unknown) => Promise<PowerSummary | undefined> = lazily(() => {
  const env = readEnvironment(powerEnv, process.env);
  const log = makeLog("power");
  const ca = Buffer.from(env.CLUSTER_CA, "base64").toString("utf8");
  return async (event) => {
    const token = await clusterToken(env.CLUSTER_NAME, env.AWS_REGION, ownCredentials());
    log.conceal(token);
    try {
      return await switchPower(event, env, { endpoint: env.CLUSTER_ENDPOINT, ca, token }, log);
    } catch (error) {
      const failure = asFailure(error);
      failure.message = log.mask(failure.message);
      log.error("not switched", { reason: failure.reason, detail: failure.message });
      throw failure;
    }
  };
});

/** The role's, which Lambda puts into the environment. */
function ownCredentials() {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (AWS_ACCESS_KEY_ID === undefined || AWS_SECRET_ACCESS_KEY === undefined)
    throw new Failure("bad-environment", "the function has no AWS credentials: AWS_ACCESS_KEY_ID is missing");
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: AWS_SESSION_TOKEN }),
  };
}
