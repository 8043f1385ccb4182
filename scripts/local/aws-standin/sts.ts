import * as z from "zod";
import { operation } from "./operation.ts";
import type { Context } from "./state.ts";

/** STS: who is asking. The stand-in has one principal for each access key. */
export const sts = ({ accountId }: Context) => ({
  GetCallerIdentity: operation(z.object({}), (_input, caller) => ({
    Account: accountId,
    UserId: caller.accessKeyId,
    Arn: `arn:aws:iam::${accountId}:user/${caller.accessKeyId}`,
  })),
});
