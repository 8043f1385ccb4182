import { accountId, deployRoleArn } from "../account.ts";
import { xml } from "../calls.ts";
import type { Supplement } from "../proxy.ts";

/** Who deploys: a session of the deploying role. The emulator takes an access key for the account's root. */
export const callerIdentity = (): Supplement => ({
  calls: /^sts GetCallerIdentity$/,
  answer: async () => {
    const session = `${deployRoleArn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/e2e`;
    const told = `<Arn>${session}</Arn><UserId>AROAEXAMPLE:e2e</UserId><Account>${accountId}</Account>`;
    return xml(
      `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>${told}</GetCallerIdentityResult></GetCallerIdentityResponse>`,
    );
  },
});
