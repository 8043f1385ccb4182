import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { lockedOut } from "./deployer.ts";
import { ConfigurationError, problemOf } from "./errors.ts";
import type { StackEnvironment } from "./load.ts";
import { isMadeUp, placeholdersIn } from "./placeholders.ts";
import type { Finding } from "./rule.ts";

/**
 * Holds an environment against the account that it is deployed to, before anything is registered: what would fail there, some of
 * it a quarter of an hour later, is told at once.
 * @throws ConfigurationError with every problem; RunError where AWS does not answer
 */
export async function checkDeployment(environment: StackEnvironment): Promise<void> {
  const { accountId, arn } = await asked(aws.getCallerIdentity());
  if (environment.tier === "sandbox" || isMadeUp(accountId)) return;
  const { name, kubeconfig } = environment;
  const findings = [...placeholdersIn(environment), ...(await zonesNotFound(environment))];
  // A preview may run as somebody who only reads; a cluster that is there already has credentials of its own.
  const deploys = !pulumi.runtime.isDryRun() && kubeconfig === undefined;
  const problems = [
    ...findings.map(({ path, is, to }) => problemOf(name, { at: `bulwark:${path}`, is, place: path, to })),
    ...(deploys ? lockedOut(arn, environment, name) : []),
  ];
  if (problems.length > 0) throw new ConfigurationError(name, problems);
}

/** Zones that the account does not have, in whatever state they are: one that is down today comes back. */
async function zonesNotFound({ network, region }: StackEnvironment): Promise<Finding[]> {
  // Availability zones are always "opt-in-not-required": local and wavelength zones are left out.
  const filters = [{ name: "opt-in-status", values: ["opt-in-not-required"] }];
  const { zoneIds } = await asked(aws.getAvailabilityZones({ filters }));
  return network.zones.flatMap((zone, index) =>
    zoneIds.includes(zone)
      ? []
      : [
          {
            path: `network.zones[${index}]`,
            is: `"${zone}", which this account does not have in ${region}; it has ${zoneIds.join(", ")}`,
            to: zoneIds.find((other) => !network.zones.includes(other)) ?? "<another zone>",
          },
        ],
  );
}

async function asked<Answer>(question: Promise<Answer>): Promise<Answer> {
  try {
    return await question;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new pulumi.RunError(`AWS does not answer who deploys, and nothing was changed: ${why}`);
  }
}
