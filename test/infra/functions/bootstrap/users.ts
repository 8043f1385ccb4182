import { type DatabaseCredentials, databaseCredentials } from "../../../../app/contract/secret-values.ts";
import { secretCatalogue, secretsRotatedBy } from "../../../../app/contract/secrets.ts";
import { rotationFunction } from "../../../../infra/functions/rotation/function.ts";
import { stepsFor } from "../../../../infra/functions/rotation/machine.ts";
import { mysqlUser } from "../../../../infra/functions/rotation/mysql-user.ts";
import type { withEnvironment } from "./world.ts";

const purposes = secretsRotatedBy("mysql-user");

/** Each user and its clone, both by what the secret said of them: made by the bootstrap, the clones by a rotation. */
export const withUsers = async ({ secrets, fresh }: Awaited<ReturnType<typeof withEnvironment>>) => {
  const environment = await fresh();
  await environment.run();
  const { server, master, store, log } = environment.parts;
  const users = new Map<string, DatabaseCredentials>();
  for (const purpose of purposes) {
    const arn = environment.arns[purpose];
    const steps = stepsFor(
      arn,
      mysqlUser(secretCatalogue[purpose].rotation.user.name, server, master),
      store,
    );
    secrets.functions.set(
      secrets.functionArn(purpose),
      rotationFunction(new Map([[arn, steps]]), store, log),
    );
    const keep = async () => {
      const login = databaseCredentials.parse(await secrets.value(arn));
      users.set(login.username, login);
    };
    await keep();
    await secrets.rotate(arn, purpose);
    await keep();
  }
  /** @throws Error when there is no such user */
  const login = (username: string): DatabaseCredentials => {
    const found = users.get(username);
    if (!found) throw new Error(`There is no user ${username}, only ${[...users.keys()].join(", ")}.`);
    return found;
  };
  return { environment, login };
};
