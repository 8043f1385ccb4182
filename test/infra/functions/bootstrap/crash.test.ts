import { describe, expect, it } from "vitest";
import { cacheCredentials, databaseCredentials } from "../../../../app/contract/secret-values.ts";
import { secretsRotatedBy } from "../../../../app/contract/secrets.ts";
import { crashTable } from "../saboteur.ts";
import { creationPassword, type Environment, withEnvironment } from "./world.ts";

const { database, secrets, killer, login, fresh } = await withEnvironment();
const trial = await fresh();
killer.heal();
await trial.run();
const calls = killer.calls();
const table = crashTable(calls).filter(({ changes }) => changes);
killer.heal();

/** Every secret that has a value works where it is used. */
const valuesWork = async ({ arns }: Environment): Promise<void> => {
  for (const purpose of secretsRotatedBy("mysql-user")) {
    if (!(await secrets.labels(arns[purpose])).AWSCURRENT) continue;
    const value = databaseCredentials.parse(await secrets.value(arns[purpose]));
    const connection = await database.connect(value, value.dbname);
    connection.destroy();
  }
  if (!(await secrets.labels(arns.cache)).AWSCURRENT) return;
  const { username, password } = cacheCredentials.parse(await secrets.value(arns.cache));
  expect(await login(username, password)).toBe("accepted");
};

describe("R6 bootstrap, killed before and after everything it changes", () => {
  it(`makes ${calls.length} calls, ${table.length - 1} of which change something`, () => {
    expect(table.length).toBeGreaterThan(15);
  });

  it.each(table)("$moment $what no. $occurrence", async (row) => {
    const environment = await fresh();
    killer.kill(row);
    await expect(environment.run()).rejects.toThrow(/bootstrap of .* failed/);
    expect(killer.heal()).toBe(true);
    await valuesWork(environment);

    await environment.run();
    await valuesWork(environment);
    expect(await environment.run()).toMatchObject({ changed: false });
    expect(await login("bulwark-app", creationPassword)).toBe("refused");
  });

  it("no log line holds anything that was ever secret", () => secrets.expectNoLeak());
});
