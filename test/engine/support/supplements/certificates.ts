import * as z from "zod";
import { jsonOf, succeeded, withBody } from "../calls.ts";
import type { Supplement } from "../proxy.ts";

const asked = z.object({ KeyAlgorithm: z.string().optional() });
const made = z.object({ CertificateArn: z.string() });
const described = z.object({ Certificate: z.looseObject({ CertificateArn: z.string() }) });

/** Certificates have the kind of key that they were asked with: the emulator says RSA of all. */
export function certificates(): Supplement {
  const keys = new Map<string, string>();
  return {
    calls: /^acm (Request|Describe)Certificate$/,
    answer: async (call, { emulator }) => {
      const answer = await emulator(call);
      if (!succeeded(answer)) return answer;
      if (call.action.startsWith("Request")) {
        const { KeyAlgorithm } = asked.parse(jsonOf(call));
        if (KeyAlgorithm) keys.set(made.parse(jsonOf(answer)).CertificateArn, KeyAlgorithm);
        return answer;
      }
      const { Certificate } = described.parse(jsonOf(answer));
      const KeyAlgorithm = keys.get(Certificate.CertificateArn);
      if (KeyAlgorithm === undefined) return answer;
      return withBody(answer, JSON.stringify({ Certificate: { ...Certificate, KeyAlgorithm } }));
    },
  };
}
