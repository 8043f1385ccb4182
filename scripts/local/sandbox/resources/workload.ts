import * as z from "zod";
import { Balancer } from "../balancer.ts";
import { readDeployment, readIngress, readJob, readService } from "../pod-spec.ts";
import { outputs, type Provisioner, properties } from "./provisioner.ts";

const subnet = z.object({ cidrBlock: z.string(), tags: z.record(z.string(), z.string()).default({}) });

/** The tags by which EKS itself finds the subnets for load balancers and for nodes. */
const placeSubnet: Provisioner = async (registration) => {
  const { cidrBlock, tags } = properties(registration, subnet);
  registration.sandbox.loopback.addSubnet(cidrBlock, {
    forPods: tags["kubernetes.io/role/internal-elb"] !== undefined,
    forBalancer: tags["kubernetes.io/role/elb"] !== undefined,
  });
  return registration.shaped;
};

const runJob: Provisioner = async (registration) => {
  const { cluster, console } = registration.sandbox;
  const spec = readJob(registration.request.name, registration.shaped.state);
  await console.step(`job ${spec.metadata.name}`, () => cluster.runJob(spec));
  return outputs(registration, { status: { succeeded: 1 } });
};

const deploy: Provisioner = async (registration) => {
  const { cluster, console } = registration.sandbox;
  const spec = readDeployment(registration.request.name, registration.shaped.state);
  const { replicas } = spec.spec;
  await console.step(`${replicas} replicas of ${spec.metadata.name}`, () => cluster.deploy(spec));
  return registration.shaped;
};

const addService: Provisioner = async (registration) => {
  registration.sandbox.cluster.addService(readService(registration.request.name, registration.shaped.state));
  return registration.shaped;
};

const addIngress: Provisioner = async (registration) => {
  const { sandbox } = registration;
  const { cluster, ports, certificates, loopback, console } = sandbox;
  cluster.addIngress(readIngress(registration.request.name, registration.shaped.state));
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
  return outputs(registration, { status: { loadBalancer: { ingress: [{ hostname: "localhost" }] } } });
};

export const workloadProvisioners: Record<string, Provisioner> = {
  "aws:ec2/subnet:Subnet": placeSubnet,
  "kubernetes:batch/v1:Job": runJob,
  "kubernetes:apps/v1:Deployment": deploy,
  "kubernetes:core/v1:Service": addService,
  "kubernetes:networking.k8s.io/v1:Ingress": addIngress,
};
