import { describe, expect, it } from "vitest";
import { secretIdVariables } from "../../../app/contract/secrets.ts";
import { withApiFixture } from "../support/fixture.ts";

const fixture = await withApiFixture({ migrated: false });
const variables = Object.keys(secretIdVariables("api", String));

describe("R7 a start without one of its secrets fails at once", () => {
  it.each(variables)("%s names none: said with what to check", async (variable) => {
    await expect(fixture.create({ [variable]: "bulwark/test/none" })).rejects.toThrow(
      /^secret "bulwark\/test\/none" cannot be read \(ResourceNotFoundException: .*secretsmanager:GetSecretValue.*kms:Decrypt/s,
    );
  });

  it.each(variables)(
    "%s has another shape: the members are named, what is in them is not",
    async (variable) => {
      const id = `bulwark/test/odd-${variable}`;
      await fixture.putSecret(id, { username: 1, keys: "not-to-be-shown", cookie: "not-to-be-shown" });
      const failure = await fixture.create({ [variable]: id }).catch((error: unknown) => String(error));
      expect(failure).toContain(`secret "${id}" cannot be read`);
      expect(failure).toMatch(/does not have the shape it should: [a-z, ]+/);
      expect(failure).not.toContain("not-to-be-shown");
    },
  );
});
