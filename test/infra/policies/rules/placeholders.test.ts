import { describe, expect, it } from "vitest";
import { evaluate } from "../../../../infra/policies/evaluate.ts";
import { placeholderRules } from "../../../../infra/policies/rules/placeholders.ts";
import { planning, planOf } from "../../support/plan.ts";
import { policy, proveRules } from "./support.ts";

const real = "529871463205";
const made = "123456789012";

/** A resource with the key that tells whose plan it is in. */
const inAccount = (accountId: string, inputs: Record<string, unknown>) => ({
  inputs,
  beside: [
    {
      type: "aws:kms/key:Key",
      inputs: { policy: policy({ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${accountId}:root` } }) },
    },
  ],
});
/** One's own value passes wherever it is, a placeholder in an account of the documentation alone. */
const proof = (own: Record<string, unknown>, ...placeholders: Record<string, unknown>[]) => ({
  passes: [inAccount(real, own), ...placeholders.map((inputs) => inAccount(made, inputs))],
  fails: placeholders.map((inputs) => inAccount(real, inputs)),
});
const cluster = (...publicAccessCidrs: string[]) => ({ vpcConfig: { publicAccessCidrs } });
const pod = (container: Record<string, unknown>) => ({
  spec: { containers: [{ name: "api", ...container }] },
});
const origins = (value: string) => pod({ env: [{ name: "CORS_ORIGIN", value }] });
const repository = `${real}.dkr.ecr.us-east-1.amazonaws.com/bulwark`;

proveRules("placeholders", placeholderRules, {
  "own-addresses": proof(
    cluster("81.2.69.0/24"),
    cluster("203.0.113.0/24"),
    cluster("81.2.69.0/24", "192.0.2.7/32"),
    cluster("198.51.100.0/28"),
  ),
  "own-roles": proof(
    { principalArn: `arn:aws:iam::${real}:role/admin` },
    { principalArn: "arn:aws:iam::111122223333:role/admin" },
    { principalArn: "arn:aws:iam::123456789012:role/admin" },
    { principalArn: "arn:aws:iam::000000000000:role/admin" },
  ),
  "own-domain": proof(
    { domainName: "api.acme.dev" },
    { domainName: "api.example.com" },
    { domainName: "example.org" },
  ),
  "own-zone": proof(
    { zoneId: "Z08419702HQ4F5ZC6E9KX" },
    { zoneId: "Z0123456789PRODUCTION" },
    { zoneId: "Z1EXAMPLE" },
  ),
  "own-subscribers": proof({ endpoint: "ops@acme.dev" }, { endpoint: "on-call@example.com" }),
  "own-origins": proof(
    origins("https://app.acme.dev"),
    origins("https://app.acme.dev,https://app.example.com"),
  ),
  "own-image": proof(
    pod({ image: `${repository}@sha256:${"a".repeat(64)}` }),
    pod({ image: `${repository}@sha256:${"0".repeat(64)}` }),
  ),
});

describe("S12 this repository's production, in a real account", { timeout: planning }, () => {
  const found = async (accountId: string, kind?: Parameters<typeof planOf>[2]) => {
    const { resources } = (await planOf("production", {}, kind)).run;
    const there = resources.map((resource) => ({
      ...resource,
      inputs: JSON.parse(JSON.stringify(resource.inputs).replaceAll(made, accountId)),
    }));
    const circumstances = { stack: "production", today: "2026-11-21" };
    return evaluate(there, circumstances, { rules: placeholderRules, exceptions: [] });
  };

  it("is refused for every placeholder, by the resource that has it and the command that sets it", async () => {
    const findings = (await found(real)).map(({ rule, status, name }) => `${status} ${rule} ${name}`);
    expect(findings).toEqual([
      "violation own-addresses bulwark-production-cluster",
      "violation own-roles bulwark-production-cluster-access-111122223333-bulwark-admin",
      "violation own-roles bulwark-production-cluster-access-111122223333-bulwark-deploy-production",
      "violation own-domain bulwark-production-certificate",
      "violation own-zone bulwark-production-certificate-validation",
      "violation own-zone bulwark-production-dns",
      "violation own-subscribers bulwark-production-topic-page-on-call@example.com",
      "violation own-subscribers bulwark-production-topic-notify-platform@example.com",
      "violation own-subscribers bulwark-production-topic-security-security@example.com",
      "violation own-origins bulwark-production-workload-api",
      "violation own-image bulwark-production-workload-migrate",
      "violation own-image bulwark-production-workload-api",
      "violation own-image bulwark-production-workload-worker",
    ]);
    expect((await found(real))[3]).toMatchObject({
      message: "bulwark-production-certificate has api.example.com, which stands for a value of your own",
      fix: "pulumi config set --stack <environment> --path edge.domain '<host name of your API>'",
    });
  });

  it("is refused in a first preview too, where no image has its whole name yet", async () => {
    const told = (given: Awaited<ReturnType<typeof found>>, status: string) =>
      given.filter((finding) => finding.status === status).map(({ rule, name }) => `${rule} ${name}`);
    const first = await found(real, "first preview");
    const later = told(await found(real), "violation");
    expect(told(first, "violation")).toEqual(later.filter((line) => !line.startsWith("own-image")));
    expect(told(first, "unknown")).toEqual(later.filter((line) => line.startsWith("own-image")));
  });

  it("is as it should be in the documentation's account, which the offline preview has", async () => {
    expect(await found(made)).toEqual([]);
  });
});
