import { beforeAll, describe, expect, it } from "vitest";
import { paths } from "../../../app/contract/endpoints.ts";
import { apiEnv } from "../../../app/contract/env.ts";
import { at, type Plan, planning, planOf, statementsOf } from "../support/plan.ts";

/** A first try: no name for the API, and so no certificate. */
const nameless = { "bulwark:edge.domain": undefined, "bulwark:edge.hostedZoneId": undefined };

beforeAll(() => Promise.all([planOf("production"), planOf("staging", nameless)]), planning);

const annotation = (plan: Plan, name: string): string => {
  const all = Object.entries(at(plan.object("Ingress").inputs, "metadata.annotations") ?? {});
  return String(all.find(([key]) => key === `alb.ingress.kubernetes.io/${name}`)?.[1]);
};
const attributes = (plan: Plan): Record<string, string> => {
  const list = at(plan.object("IngressClassParams").inputs, "spec.loadBalancerAttributes");
  if (!Array.isArray(list)) throw new Error("no load balancer attributes");
  return Object.fromEntries(list.map(({ key, value }) => [key, value]));
};

describe("S10 TLS at the load balancer", () => {
  it("S10 offers TLS 1.3 and 1.2 with the issued certificate, and sends HTTP there by 301", async () => {
    const plan = await planOf("production");
    expect(annotation(plan, "listen-ports")).toBe('[{"HTTP":80},{"HTTPS":443}]');
    expect(annotation(plan, "ssl-redirect")).toBe("443");
    expect(annotation(plan, "ssl-policy")).toBe("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09");
    const certificate = plan.one("aws:acm/certificate:Certificate");
    const [arn] = [at(plan.object("IngressClassParams").inputs, "spec.certificateARNs")].flat();
    expect(arn).toMatch(/^arn:aws:acm:us-east-1:\d+:certificate\//);
    expect(plan.waitsFor(plan.object("Ingress"), certificate)).toBe(true);
    expect(
      plan.waitsFor(plan.object("Ingress"), plan.one("aws:acm/certificateValidation:CertificateValidation")),
    ).toBe(true);
  });

  it("S10 validates the certificate by one DNS record, whatever ACM answers", async () => {
    const plan = await planOf("production");
    expect(plan.one("aws:acm/certificate:Certificate").inputs).toMatchObject({
      domainName: "api.example.com",
      validationMethod: "DNS",
    });
    const record = plan.one("aws:route53/record:Record", "certificate");
    expect(record.inputs).toMatchObject({
      type: "CNAME",
      zoneId: "Z0123456789PRODUCTION",
      name: expect.stringMatching(/^_.+\.api\.example\.com\.$/),
      records: [expect.stringMatching(/acm-validations\.aws\.$/)],
    });
  });

  it("S10 is found under the API's name: an alias of the load balancer that the Ingress made", async () => {
    const plan = await planOf("production");
    const [record] = plan
      .all("aws:route53/record:Record")
      .filter(({ inputs }) => inputs.name === "api.example.com");
    expect(record?.inputs).toMatchObject({
      type: "A",
      aliases: [{ name: expect.stringMatching(/\.elb\.amazonaws\.com$/), zoneId: expect.any(String) }],
    });
  });
});

describe("S10 without a domain", () => {
  it("S10 serves plain HTTP, and says so loudly with the command that fixes it", {
    timeout: planning,
  }, async () => {
    const plan = await planOf("staging", nameless);
    expect(annotation(plan, "listen-ports")).toBe('[{"HTTP":80}]');
    expect(annotation(plan, "ssl-redirect")).toBe("undefined");
    expect(plan.all("aws:acm/certificate:Certificate")).toEqual([]);
    expect(plan.run.warnings.join()).toMatch(
      /edge\.domain is missing: .*plain HTTP.*config set .*edge\.domain/s,
    );
  });

  it("A3 believes the load balancer about the client, and sends nobody to an HTTPS that is not there", async () => {
    const told = async (stack: string, overrides?: typeof nameless) => {
      const plan = await planOf(stack, overrides);
      const env = at(plan.object("Deployment", "api").inputs, "spec.template.spec.containers.0.env");
      if (!Array.isArray(env)) throw new Error("no environment");
      const value = (name: string) => env.find((variable) => variable.name === name)?.value;
      const publicRanges = plan
        .all("aws:ec2/subnet:Subnet", "-public-")
        .map(({ inputs }) => inputs.cidrBlock)
        .join(",");
      expect(publicRanges).not.toBe("");
      expect(value("TRUSTED_PROXIES")).toBe(publicRanges);
      return value("HTTPS_ONLY");
    };
    expect(await told("staging", nameless)).toBe("false");
    expect(await told("production")).toBe("true");
  });
});

describe("S10 the load balancer", () => {
  it("S10 is public, in the public subnets, and of Auto Mode's controller", async () => {
    const plan = await planOf("production");
    expect(plan.object("IngressClass").inputs.spec).toMatchObject({
      controller: "eks.amazonaws.com/alb",
      parameters: { apiGroup: "eks.amazonaws.com", kind: "IngressClassParams" },
    });
    const { inputs } = plan.object("IngressClassParams");
    expect(inputs.apiVersion).toBe("eks.amazonaws.com/v1");
    expect(at(inputs, "spec.scheme")).toBe("internet-facing");
    expect(at(inputs, "spec.subnets.ids")).toHaveLength(3);
    expect(at(inputs, "spec.tags")).toContainEqual({ key: "bulwark:environment", value: "production" });
  });

  it("S10 drops malformed headers, cannot be deleted in production, and logs to our bucket", async () => {
    const plan = await planOf("production");
    expect(attributes(plan)).toMatchObject({
      "routing.http.drop_invalid_header_fields.enabled": "true",
      "deletion_protection.enabled": "true",
      "access_logs.s3.enabled": "true",
      "access_logs.s3.bucket": expect.stringMatching(/^bulwark-production-access-logs/),
      "routing.http2.enabled": "true",
    });
    expect(attributes(await planOf("staging", nameless))["deletion_protection.enabled"]).toBe("false");
    const ingress = plan.object("Ingress");
    expect(plan.waitsFor(ingress, plan.one("aws:s3/bucketPolicy:BucketPolicy", "access-logs"))).toBe(true);
  });

  it("S10 gives a connection up before the API does", async () => {
    const idle = Number(attributes(await planOf("production"))["idle_timeout.timeout_seconds"]);
    expect(idle).toBe(60);
    expect(idle * 1_000).toBeLessThan(apiEnv.shape.KEEP_ALIVE_TIMEOUT_MS.parse(undefined));
  });

  it("S10 asks pods whether they are ready, longer than they take to say so", async () => {
    const plan = await planOf("production");
    expect(annotation(plan, "target-type")).toBe("ip");
    expect(annotation(plan, "healthcheck-path")).toBe(paths.ready);
    expect(Number(annotation(plan, "healthcheck-timeout-seconds"))).toBeGreaterThan(5);
    expect(Number(annotation(plan, "healthcheck-timeout-seconds"))).toBeLessThan(
      Number(annotation(plan, "healthcheck-interval-seconds")),
    );
  });

  it("S10 routes the API's own host name to the API, and nothing else anywhere", async () => {
    const plan = await planOf("production");
    expect(at(plan.object("Ingress").inputs, "spec")).toEqual({
      ingressClassName: "bulwark",
      rules: [
        {
          host: "api.example.com",
          http: {
            paths: [
              {
                path: "/",
                pathType: "Prefix",
                backend: { service: { name: "api", port: { name: "http" } } },
              },
            ],
          },
        },
      ],
    });
  });
});

describe("S10 web ACL and access logs", () => {
  it("S10 stands before the load balancer", async () => {
    const plan = await planOf("production");
    expect(annotation(plan, "wafv2-acl-arn")).toMatch(/^arn:aws:wafv2:us-east-1:\d+:regional\/webacl\//);
    expect(plan.waitsFor(plan.object("Ingress"), plan.one("aws:wafv2/webAcl:WebAcl"))).toBe(true);
  });

  it("S10 logs what it caught, without credentials, into an encrypted group", async () => {
    const plan = await planOf("production");
    const { inputs } = plan.one("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration");
    expect(inputs.redactedFields).toEqual(
      expect.arrayContaining([
        { singleHeader: { name: "authorization" } },
        { singleHeader: { name: "cookie" } },
      ]),
    );
    expect(at(inputs, "loggingFilter.defaultBehavior")).toBe("DROP");
    const group = plan.one("aws:cloudwatch/logGroup:LogGroup", "web-acl");
    expect(group.inputs.name).toMatch(/^aws-waf-logs-/);
    expect(group.inputs.kmsKeyId).toMatch(/^arn:aws:kms:/);
  });

  it("S10 keeps access logs to itself, for as long as configured", async () => {
    const plan = await planOf("production");
    expect(
      plan.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "access-logs").inputs,
    ).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    const [write, tls, ...others] = statementsOf(
      plan.one("aws:s3/bucketPolicy:BucketPolicy", "access-logs").inputs.policy,
    );
    expect(others).toEqual([]);
    expect(write).toMatchObject({
      Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
      Action: "s3:PutObject",
    });
    expect(tls).toMatchObject({
      Effect: "Deny",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    });
    const lifecycle = plan.one(
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      "access-logs",
    );
    expect(at(lifecycle.inputs, "rules.0.expiration.days")).toBe(365);
  });
});

describe("S9 the image repository", () => {
  it("S9 never moves a tag, scans what arrives, encrypts with our key", async () => {
    const plan = await planOf("production");
    expect(plan.one("aws:ecr/repository:Repository").inputs).toMatchObject({
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: expect.stringMatching(/^arn:aws:kms:/) }],
      forceDelete: false,
    });
  });
});
