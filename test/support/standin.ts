import { afterAll } from "vitest";
import { type Standin, type StandinOptions, startStandin } from "../../scripts/local/aws-standin/index.ts";

/** The stand-in with what an AWS SDK client needs to reach it. */
export type TestStandin = Standin & {
  /** For a client made in this process: `new SecretsManagerClient(aws.client)`. */
  client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  /** For a child process, or with `vi.stubEnv`: what stands for the network and the role in AWS. */
  env: Record<"AWS_ENDPOINT_URL" | "AWS_REGION" | "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY", string>;
};

/** An AWS of this file's own. Call it at the top of a file: `const aws = await withStandin({ invokeFunction });`. */
export const withStandin = async (options: StandinOptions = {}): Promise<TestStandin> => {
  const standin = await startStandin(options);
  afterAll(() => standin.stop());
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return {
    ...standin,
    client: { endpoint: standin.url, region: standin.region, credentials },
    env: {
      AWS_ENDPOINT_URL: standin.url,
      AWS_REGION: standin.region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
  };
};
