import { beforeAll, describe, expect, it } from "vitest";
import { toUrl } from "../../../infra/workload/egress.ts";
import { at, type Plan, planning, planOf } from "../support/plan.ts";

const collectors = {
  "bulwark:workload.env.SENTRY_DSN": "https://key@errors.example.com/1",
  "bulwark:workload.env.OTEL_ENABLED": true,
  "bulwark:workload.env.OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.tracing.svc.cluster.local:4318",
};

beforeAll(() => Promise.all([planOf("production"), planOf("production", collectors)]), planning);

interface Peer {
  ipBlock?: { cidr: string };
  namespaceSelector?: { matchLabels: Record<string, string> };
}
interface Rule {
  to?: Peer[];
  from?: Peer[];
  ports: { port: number; protocol: string }[];
}

const rules = (plan: Plan, name: string, direction: "ingress" | "egress"): Rule[] => {
  const found = at(plan.object("NetworkPolicy", name).inputs, `spec.${direction}`);
  return Array.isArray(found) ? found : [];
};
const summary = (found: Rule[]) =>
  found.map(({ to, from, ports }) => ({
    peers: [...(to ?? []), ...(from ?? [])].map(
      ({ ipBlock, namespaceSelector }) =>
        ipBlock?.cidr ?? `namespace ${namespaceSelector?.matchLabels["kubernetes.io/metadata.name"]}`,
    ),
    ports: ports.map(({ port, protocol }) => `${protocol} ${port}`),
  }));

const dns = { peers: ["172.20.0.10/32", "namespace kube-system"], ports: ["UDP 53", "TCP 53"] };
const credentials = { peers: ["169.254.170.23/32"], ports: ["TCP 80"] };

describe("S9 network policies", () => {
  it("S9 forbid everything to begin with", async () => {
    expect((await planOf("production")).object("NetworkPolicy", "default-deny").inputs.spec).toEqual({
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
    });
  });

  it("S9 let the API be reached by the load balancer's subnets and the metrics collector alone", async () => {
    const plan = await planOf("production");
    const publicRanges = plan.all("aws:ec2/subnet:Subnet", "-public-").map(({ inputs }) => inputs.cidrBlock);
    expect(publicRanges).toHaveLength(3);
    expect(summary(rules(plan, "api", "ingress"))).toEqual([
      { peers: publicRanges, ports: ["TCP 3000"] },
      { peers: ["namespace amazon-cloudwatch"], ports: ["TCP 9464"] },
    ]);
    expect(summary(rules(plan, "worker", "ingress"))).toEqual([
      { peers: ["namespace amazon-cloudwatch"], ports: ["TCP 9464"] },
    ]);
    expect(rules(plan, "migrate", "ingress")).toEqual([]);
  });

  it("S9 let API and migrations reach what they call and nothing on the internet, the worker HTTPS there", async () => {
    const plan = await planOf("production");
    const isolated = plan.all("aws:ec2/subnet:Subnet", "-isolated-").map(({ inputs }) => inputs.cidrBlock);
    const database = plan
      .all("aws:rds/instance:Instance")
      .map(({ inputs }) => inputs.port)
      .find((port) => port !== undefined);
    const aws = { peers: isolated, ports: ["TCP 443"] };
    const mysql = { peers: isolated, ports: [`TCP ${database}`] };
    const redis = { peers: isolated, ports: ["TCP 6379"] };
    expect(summary(rules(plan, "api", "egress"))).toEqual([dns, credentials, aws, mysql, redis]);
    // Twilio's addresses and customers' are anywhere.
    const internet = { peers: ["0.0.0.0/0"], ports: ["TCP 443"] };
    expect(summary(rules(plan, "worker", "egress"))).toEqual([dns, credentials, aws, mysql, redis, internet]);
    expect(summary(rules(plan, "migrate", "egress"))).toEqual([dns, credentials, aws, mysql]);
  });

  it("S9 open the way to a collector that the configuration names", async () => {
    const plan = await planOf("production", collectors);
    const added = summary(rules(plan, "api", "egress")).slice(5);
    expect(added).toEqual([
      { peers: ["namespace tracing"], ports: ["TCP 4318"] },
      { peers: ["0.0.0.0/0"], ports: ["TCP 443"] },
    ]);
  });

  it("S9 open no way to a collector that gets no traces", async () => {
    const plan = await planOf("production", { ...collectors, "bulwark:workload.env.OTEL_ENABLED": false });
    expect(JSON.stringify(rules(plan, "api", "egress"))).not.toContain("tracing");
  });

  it("S9 keep a way to the internet away from private addresses and the instance metadata", () => {
    expect(toUrl("http://otlp.example.com")).toMatchObject({
      to: [{ ipBlock: { except: expect.arrayContaining(["10.0.0.0/8", "169.254.0.0/16"]) } }],
      ports: [{ protocol: "TCP", port: 80 }],
    });
  });
});
