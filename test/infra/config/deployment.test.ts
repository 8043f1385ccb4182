import { describe, expect, it } from "vitest";
import { lockedOut } from "../../../infra/config/deployment.ts";
import { ConfigurationError } from "../../../infra/config/errors.ts";
import { parseEnvironment } from "../../../infra/config/load.ts";
import { answerCall, runProgram } from "../../../scripts/plan/monitor/index.ts";
import { withoutTraces } from "../../support/without-traces.ts";
import { rawOf, valuesOf } from "../support/configuration.ts";
import { Plan, planning } from "../support/plan.ts";

const account = "529871463205";
/** What somebody puts in the place of everything that the repository's file leaves to them. */
const own: Record<string, unknown> = {
  "bulwark:cluster.publicAccessCidrs": ["81.2.69.0/24"],
  "bulwark:cluster.adminRoleArns": [`arn:aws:iam::${account}:role/admin`],
  "bulwark:cluster.deployRoleArn": `arn:aws:iam::${account}:role/platform/deploy`,
  "bulwark:workload.corsOrigins": ["https://app.staging.acme.dev"],
  "bulwark:edge.domain": "api.staging.acme.dev",
  "bulwark:edge.hostedZoneId": "Z08419702HQ4F5ZC6E9KX",
  "bulwark:alarms": { page: ["ops@acme.dev"], notify: ["ops@acme.dev"], security: ["security@acme.dev"] },
};

interface Circumstances {
  config?: Record<string, unknown>;
  arn?: string;
  zoneIds?: string[];
  preview?: boolean;
}

/** The program in a real account, as far as it asks AWS anything. */
const deploy = ({ config = own, arn, zoneIds, preview = false }: Circumstances) =>
  withoutTraces(() =>
    runProgram({
      stack: "staging",
      preview,
      config,
      call: (request) => {
        if (request.token.endsWith(":getCallerIdentity"))
          return { accountId: account, arn: arn ?? `arn:aws:sts::${account}:assumed-role/deploy/ci` };
        if (request.token.endsWith(":getAvailabilityZones"))
          return { zoneIds: zoneIds ?? ["use1-az1", "use1-az2", "use1-az4", "use1-az6"] };
        return answerCall(request);
      },
    }),
  );

async function problemsOf(circumstances: Circumstances) {
  const refused = await deploy(circumstances).then(
    () => new Error("the deployment was accepted"),
    (error: unknown) => error,
  );
  if (refused instanceof ConfigurationError) return refused.problems;
  throw refused;
}

describe("S1 an environment in a real account", { timeout: planning }, () => {
  it("is refused with the repository's placeholders, in the preview already, each with the command that sets it", async () => {
    const found = await problemsOf({ preview: true, config: {} });
    expect(found.map(({ at }) => at)).toEqual([
      "bulwark:cluster.publicAccessCidrs[0]",
      "bulwark:cluster.adminRoleArns[0]",
      "bulwark:cluster.deployRoleArn",
      "bulwark:workload.corsOrigins[0]",
      "bulwark:edge.domain",
      "bulwark:edge.hostedZoneId",
      "bulwark:alarms.page[0]",
      "bulwark:alarms.notify[0]",
      "bulwark:alarms.security[0]",
    ]);
    expect(found[4]).toMatchObject({
      at: "bulwark:edge.domain",
      problem: "api.staging.example.com, which stands for a value of your own",
      fix: "pulumi config set --stack staging --path edge.domain '<host name of your API>'",
    });
  });

  it("is told of zones that the account does not have, as one plain problem", async () => {
    expect(await problemsOf({ zoneIds: ["use1-az1", "use1-az5"] })).toMatchObject([
      {
        at: "bulwark:network.zones[1]",
        problem: '"use1-az2", which this account does not have in us-east-1; it has use1-az1, use1-az5',
        fix: "pulumi config set --stack staging --path 'network.zones[1]' use1-az5",
      },
    ]);
  });

  it("S2 has no VPC in the loopback addresses, which only the sandbox's can have", async () => {
    const config = { ...own, "bulwark:network.cidr": "127.1.0.0/16" };
    expect(await problemsOf({ config, preview: true })).toMatchObject([
      {
        at: "bulwark:network.cidr",
        problem: expect.stringMatching(
          /^127\.1\.0\.0\/16 but must be private: .*; these addresses are loopback$/,
        ),
        fix: "--config network.cidr=10.20.0.0/16",
      },
    ]);
  });

  it("S2 has the same subnets, whatever zones the region has besides", async () => {
    const subnetsAmong = async (...zoneIds: string[]) =>
      new Plan(await deploy({ zoneIds }))
        .all("aws:ec2/subnet:Subnet")
        .map(({ urn, inputs }) => [urn, inputs]);
    const before = await subnetsAmong("use1-az1", "use1-az2", "use1-az6");
    expect(before).toHaveLength(6);
    expect(await subnetsAmong("use1-az0", "use1-az2", "use1-az1")).toEqual(before);
  });

  it("is deployed by nobody whom the cluster does not let in", async () => {
    const arn = `arn:aws:sts::${account}:assumed-role/somebody/me`;
    expect(await problemsOf({ arn })).toEqual([
      {
        at: "the identity that deploys",
        problem: `${arn}, whose role is in neither cluster.adminRoleArns nor cluster.deployRoleArn: the cluster would not let it in`,
        fix: 'pulumi config set --stack staging --path "cluster.adminRoleArns[1]" "$(aws iam get-role --role-name somebody --query Role.Arn --output text)"',
      },
    ]);
  });

  it("is previewed by anybody", async () => {
    const run = await deploy({ arn: `arn:aws:iam::${account}:user/reader`, preview: true });
    expect(run.resources.length).toBeGreaterThan(300);
  });

  it("S8 its cluster may have a kubeconfig of its own, which is nobody's session", async () => {
    const config = { ...own, "kubernetes:kubeconfig": "apiVersion: v1" };
    const run = await deploy({ arn: `arn:aws:iam::${account}:root`, config });
    expect(run.resources.length).toBeGreaterThan(300);
  });

  it("says what AWS answers where it does not know who deploys", async () => {
    const call = () => Promise.reject(new Error("ExpiredToken: the security token is expired"));
    await expect(withoutTraces(() => runProgram({ stack: "staging", preview: true, call }))).rejects.toThrow(
      /^AWS does not answer who deploys, and nothing was changed: .*ExpiredToken/,
    );
  });
});

describe("S8 who may deploy", () => {
  const environment = parseEnvironment(
    rawOf(
      valuesOf("staging", {
        ...own,
        "bulwark:cluster.adminRoleArns": [
          `arn:aws:iam::${account}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef`,
        ],
      }),
    ),
    "staging",
  );
  const asSession = (role: string, of = account) =>
    lockedOut(`arn:aws:sts::${of}:assumed-role/${role}/me`, environment, "staging");

  it.each(["deploy", "AWSReservedSSO_Admin_0123456789abcdef"])(
    "a session of %s, whose role has a path",
    (role) => expect(asSession(role)).toEqual([]),
  );

  it("not a role of the same name in another account", () => {
    expect(asSession("deploy", "640182735519")).toHaveLength(1);
  });

  it.each([
    ["an IAM user", `arn:aws:iam::${account}:user/me`],
    ["a federated user", `arn:aws:sts::${account}:federated-user/me`],
    ["the root user", `arn:aws:iam::${account}:root`],
  ])("not %s, who is told to take a role", (_, arn) => {
    const [problem] = lockedOut(arn, environment, "staging");
    expect(problem?.problem).toMatch(/which is no role/);
    expect(problem?.fix).toMatch(/aws:assumeRoles .* role_arn/);
  });
});
