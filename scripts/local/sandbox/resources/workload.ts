import { z } from "zod";
import { Balancer } from "../balancer.ts";
import { readDeployment, readIngress, readJob, readService } from "../pod-spec.ts";
import { outputs, properties, type Realiser } from "./realiser.ts";

const subnet = z.object({ cidrBlock: z.string(), tags: z.record(z.string(), z.string()).default({}) });

/** The tags by which EKS itself finds the subnets for load balancers and for nodes. */
const placeSubnet: Realiser = async (asked) => {
  const { cidrBlock, tags } = properties(asked, subnet);
  asked.sandbox.loopback.addSubnet(cidrBlock, {
    forPods: tags["kubernetes.io/role/internal-elb"] !== undefined,
    forBalancer: tags["kubernetes.io/role/elb"] !== undefined,
  });
  return asked.shaped;
};

const runJob: Realiser = async (asked) => {
  const { cluster, console } = asked.sandbox;
  const spec = readJob(asked.request.name, asked.shaped.state);
  await console.step(`job ${spec.metadata.name}`, () => cluster.runJob(spec));
  return outputs(asked, { status: { succeeded: 1 } });
};

const deploy: Realiser = async (asked) => {
  const { cluster, console } = asked.sandbox;
  const spec = readDeployment(asked.request.name, asked.shaped.state);
  const { replicas } = spec.spec;
  await console.step(`${replicas} replicas of ${spec.metadata.name}`, () => cluster.deploy(spec));
  return asked.shaped;
};

const addService: Realiser = async (asked) => {
  asked.sandbox.cluster.addService(readService(asked.request.name, asked.shaped.state));
  return asked.shaped;
};

const addIngress: Realiser = async (asked) => {
  const { sandbox } = asked;
  const { cluster, ports, certificates, loopback, console } = sandbox;
  cluster.addIngress(readIngress(asked.request.name, asked.shaped.state));
  sandbox.balancer ??= await console.step("load balancer", async () => {
    const balancer = new Balancer({
      certificates,
      httpsPort: ports.https,
      httpPort: ports.http,
      targets: (host, path) => {
        const backend = cluster.routes?.find(host, path);
        return backend && cluster.endpoints(backend);
      },
      redirect: () => cluster.routes?.redirect ?? false,
      sourceAddress: () => loopback.balancerAddress(),
    });
    await balancer.listen();
    return balancer;
  });
  return outputs(asked, { status: { loadBalancer: { ingress: [{ hostname: "localhost" }] } } });
};

export const workloadRealisers: Record<string, Realiser> = {
  "aws:ec2/subnet:Subnet": placeSubnet,
  "kubernetes:batch/v1:Job": runJob,
  "kubernetes:apps/v1:Deployment": deploy,
  "kubernetes:core/v1:Service": addService,
  "kubernetes:networking.k8s.io/v1:Ingress": addIngress,
};
