import { acceptedValues, verifyingKeysAt } from "../../../app/contract/overlap.ts";
import { rotationFunction } from "../../../infra/functions/rotation/function.ts";
import { stepsFor } from "../../../infra/functions/rotation/machine.ts";
import { firstValues, randomValues } from "../../../infra/functions/rotation/random-values.ts";
import { firstKeySet, signingKeys } from "../../../infra/functions/rotation/signing-keys.ts";
import type { Strategy } from "../../../infra/functions/rotation/strategy.ts";
import type { TestSecrets } from "./secrets.ts";

const times = { refreshSeconds: 300, slackSeconds: 300 };
const lives = { cookie: 900, csrf: 900, pepper: null };

interface Kind<Value> {
  name: string;
  first: Value;
  strategy: Strategy<Value>;
  /** Whether who has read `current` accepts what was made with `earlier`. */
  accepts(current: Value, earlier: Value): boolean;
}

/** A secret whose value is all there is to it, with the function that rotates it: no server has to accept it. */
const withValue = async <Value>(
  { name, first, strategy, accepts }: Kind<Value>,
  secrets: TestSecrets,
  store: TestSecrets["store"],
) => {
  const secret = await secrets.create(name, first);
  const run = rotationFunction(new Map([[secret, stepsFor(secret, strategy, store)]]), store, secrets.log);
  const functionName = secret.slice(-13);
  secrets.functions.set(secrets.functionArn(functionName), run);
  const current = async () => strategy.schema.parse(await secrets.value(secret));
  return {
    ...{ secret, functionName, run },
    firstWorks: async () => accepts(await current(), first),
    currentWorks: async () => {
      const value = await current();
      await strategy.test(value, value);
      return true;
    },
  };
};

/** The keys that sign access tokens. */
export const withTokenKeys = async (secrets: TestSecrets, store: TestSecrets["store"]) =>
  withValue(
    {
      name: "jwt",
      first: await firstKeySet(),
      strategy: signingKeys({ ...times, lifeSeconds: 900 }),
      accepts: (current, { keys: [earlier] }) =>
        verifyingKeysAt(current, Date.now()).some(({ kid }) => kid === earlier?.kid),
    },
    secrets,
    store,
  );

/** The application's random values. */
export const withApplicationKeys = (secrets: TestSecrets, store: TestSecrets["store"]) =>
  withValue(
    {
      name: "app-keys",
      first: firstValues(Object.keys(lives)),
      strategy: randomValues(lives, times),
      accepts: (current, earlier) =>
        Object.entries(earlier).every(([name, value]) => {
          const now = current[name];
          return now !== undefined && acceptedValues(now, Date.now()).includes(value.current);
        }),
    },
    secrets,
    store,
  );
